// A clock, a socket and a desk that tests drive by hand: no waiting, no network.
import type { SocketLike, Surroundings } from "../shared/live_socket.ts";
import { Problem } from "../shared/problem.ts";
import type { Message } from "../shared/types.ts";
import type { Outgoing, Session, WidgetApi } from "../widget/api.ts";

export class FakeSocket implements SocketLike {
  sent: Record<string, unknown>[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code?: number }) => void) | null = null;
  onerror: (() => void) | null = null;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }
  close(): void {
    this.isClosed = true;
  }
  open(): void {
    this.onopen?.();
  }
  deliver(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
  drop(): void {
    this.onclose?.({});
  }
}

export class FakeAround implements Surroundings {
  sockets: FakeSocket[] = [];
  isBlocked = false;
  private timers = new Map<number, { run: () => void; ms: number }>();
  private next = 1;

  makeSocket = (): SocketLike => {
    if (this.isBlocked) throw new Error("blocked by a policy of the page");
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };
  setTimer = (run: () => void, ms: number): number => {
    this.timers.set(this.next, { run, ms });
    return this.next++;
  };
  clearTimer = (id: number): void => {
    this.timers.delete(id);
  };
  random = (): number => 1;

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error("no socket was opened");
    return last;
  }
  waits(): number[] {
    return [...this.timers.values()].map(({ ms }) => ms);
  }
  /** Let every timer of this length run out. */
  async pass(ms: number): Promise<void> {
    for (const [id, timer] of [...this.timers])
      if (timer.ms === ms) {
        this.timers.delete(id);
        timer.run();
      }
    await settle();
  }
}

/** Let promises that are already decided go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

export const makeMessage = (seq: number, fields: Partial<Message> = {}): Message => ({
  seq,
  sender: "bot",
  audience: "all",
  agent_name: null,
  created_at: "2025-11-18T10:00:00Z",
  external_id: null,
  content: { text: `message ${seq}` },
  understanding: null,
  ...fields,
});

/** A desk in memory. `fault` decides what the next POST /messages meets. */
export class FakeDesk implements WidgetApi {
  stored: Message[] = [];
  posts: Outgoing[] = [];
  sessions: { shopperToken: string | null; sessionToken: string | null }[] = [];
  fault: Problem | null = null;
  isDown = false;

  openSession(_language: "zh" | "en", shopperToken: string | null, sessionToken: string | null): Promise<Session> {
    this.sessions.push({ shopperToken, sessionToken });
    if (this.isDown) return Promise.reject(new Problem(0, "network"));
    return Promise.resolve({
      session_token: sessionToken ?? `t${this.sessions.length}`,
      conversation: { id: "c_1", state: "bot", agent_name: null, language: "zh", last_seq: this.stored.length },
      shopper: null,
      greeting: { text: "您好", buttons: [] },
    });
  }
  postMessage(_token: string, message: Outgoing): Promise<Message> {
    this.posts.push(message);
    if (this.fault) return Promise.reject(this.fault);
    const known = this.stored.find(({ external_id }) => external_id === message.external_id);
    if (known) return Promise.resolve(known);
    return Promise.resolve(this.store({ sender: "shopper", external_id: message.external_id, content: { text: message.text ?? "" } }));
  }
  messagesAfter(_token: string, after: number, limit: number): Promise<Message[]> {
    if (this.isDown) return Promise.reject(new Problem(0, "network"));
    return Promise.resolve(this.stored.filter(({ seq }) => seq > after).slice(0, limit));
  }
  postPhoto(): Promise<never> {
    return Promise.reject(new Problem(0, "network"));
  }
  postFeedback(): Promise<void> {
    return Promise.resolve();
  }
  postLanguage(): Promise<void> {
    return Promise.resolve();
  }
  eventsUrl(): string {
    return "ws://desk.test/api/v1/widget/events";
  }
  store(fields: Partial<Message>): Message {
    const message = makeMessage(this.stored.length + 1, fields);
    this.stored.push(message);
    return message;
  }
}
