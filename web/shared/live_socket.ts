// A WebSocket that comes back by itself. It knows frames, not messages: what to catch up is the caller's first frame.
// Timers, randomness and the socket are handed in so that tests never wait.

export type LinkState = "connecting" | "open" | "waiting";

export interface SocketLike {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code?: number }) => void) | null;
  onerror: (() => void) | null;
}

export interface Surroundings {
  makeSocket: (url: string) => SocketLike;
  setTimer: (run: () => void, ms: number) => number;
  clearTimer: (id: number) => void;
  random: () => number;
}

export interface LiveSocketOptions {
  url: () => string;
  onOpen: () => void;
  onFrame: (frame: Record<string, unknown>) => void;
  onState: (state: LinkState, failures: number) => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const CONNECT_LIMIT_MS = 8_000;

/** Wait before try `failures + 1`: doubles up to 30 s, the upper half of it random so that pages do not return in step. */
export function backoffMs(failures: number, random: () => number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(whole / 2 + (random() * whole) / 2);
}

export const browserSurroundings: Surroundings = {
  makeSocket: (url) => new WebSocket(url) as unknown as SocketLike,
  setTimer: (run, ms) => window.setTimeout(run, ms),
  clearTimer: (id) => window.clearTimeout(id),
  random: Math.random,
};

export class LiveSocket {
  private socket: SocketLike | null = null;
  private isOpen = false;
  private isStopped = true;
  private failures = 0;
  private timer: number | null = null;

  constructor(
    private readonly options: LiveSocketOptions,
    private readonly around: Surroundings = browserSurroundings,
  ) {}

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.connect();
  }

  stop(): void {
    this.isStopped = true;
    this.drop();
  }

  /** Try at once: the network came back, the page is looked at again, or an echo is overdue. */
  reconnectNow(): void {
    if (this.isStopped) return;
    this.drop();
    this.connect();
  }

  /** True when the socket stands and took the frame. */
  send(frame: Record<string, unknown>): boolean {
    if (!this.isOpen || this.socket === null) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  get open(): boolean {
    return this.isOpen;
  }

  private connect(): void {
    this.options.onState("connecting", this.failures);
    let socket: SocketLike;
    try {
      socket = this.around.makeSocket(this.options.url());
    } catch {
      this.retry(); // blocked by the browser or by a policy of the page
      return;
    }
    this.socket = socket;
    this.timer = this.around.setTimer(() => this.failed(socket), CONNECT_LIMIT_MS);
    socket.onopen = () => {
      if (this.socket !== socket) return;
      this.clearTimer();
      this.isOpen = true;
      this.options.onState("open", this.failures);
      this.options.onOpen();
    };
    socket.onmessage = (event) => {
      if (this.socket !== socket) return;
      const frame = parseFrame(event.data);
      if (frame === null) return;
      this.failures = 0; // only a desk that talks counts as back; an open that closes at once does not
      this.options.onFrame(frame);
    };
    socket.onclose = () => this.failed(socket);
    socket.onerror = () => this.failed(socket);
  }

  private failed(socket: SocketLike): void {
    if (this.socket !== socket) return;
    this.drop();
    this.retry();
  }

  private retry(): void {
    if (this.isStopped) return;
    this.failures += 1;
    this.options.onState("waiting", this.failures);
    this.timer = this.around.setTimer(() => this.connect(), backoffMs(this.failures, this.around.random));
  }

  private drop(): void {
    this.clearTimer();
    this.isOpen = false;
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }

  private clearTimer(): void {
    if (this.timer !== null) this.around.clearTimer(this.timer);
    this.timer = null;
  }
}

function parseFrame(data: unknown): Record<string, unknown> | null {
  if (typeof data !== "string") return null;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === "object" && frame !== null ? (frame as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
