// The agent's live line: summaries of all conversations, messages of the one that is open.
import { LiveSocket, type LinkState, type Surroundings } from "../shared/live_socket.ts";
import { MessageLog } from "../shared/message_log.ts";
import { asProblem } from "../shared/problem.ts";
import type { Message } from "../shared/types.ts";
import { newId } from "../shared/ids.ts";
import type { DeskApi, Summary } from "./api.ts";

const HISTORY = 80;
const TYPING_SHOWN_MS = 6000;
const TYPING_EVERY_MS = 2500;

export class Live {
  link: LinkState = "connecting";
  hasFailed = false;
  summaries = new Map<string, Summary>();
  listState: "loading" | "ready" | "failed" = "loading";
  openId: string | null = null;
  log = new MessageLog();
  logState: "loading" | "ready" | "failed" = "loading";
  isShopperTyping = false;
  shopperReadSeq = 0;
  /** Rises with everything that may change profile, orders or cases of the open conversation. */
  contextVersion = 0;

  private readonly watchers = new Set<() => void>();
  private readonly queueWatchers = new Set<(summary: Summary) => void>();
  private readonly socket: LiveSocket;
  private typingTimer = 0;
  private typedAt = 0;
  private wasOpen = false;

  constructor(
    private readonly api: DeskApi,
    around?: Surroundings,
  ) {
    this.socket = new LiveSocket(
      {
        url: () => new URL(`/api/v1/events?language=${this.api.language}`, location.href).href.replace(/^http/, "ws"),
        onOpen: () => this.onOpen(),
        onFrame: (frame) => this.onFrame(frame),
        onState: (link, failures) => {
          this.link = link;
          this.hasFailed = failures > 0 || link === "waiting";
          // A refused handshake looks like a broken line: ask over HTTP whether the session still stands.
          if (link === "waiting" && failures % 3 === 2) void this.api.checkSession();
          this.changed();
        },
      },
      around,
    );
  }

  start(): void {
    void this.loadList();
    this.socket.start();
  }

  stop(): void {
    this.socket.stop();
  }

  retry(): void {
    this.socket.reconnectNow();
  }

  /** The page is looked at again. */
  wake(): void {
    if (this.socket.open) this.tellRead();
    else this.socket.reconnectNow();
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  watchQueue(watcher: (summary: Summary) => void): () => void {
    this.queueWatchers.add(watcher);
    return () => this.queueWatchers.delete(watcher);
  }

  async loadList(): Promise<void> {
    try {
      const views = await Promise.all([this.api.conversations("queue"), this.api.conversations("mine"), this.api.conversations("all")]);
      this.summaries = new Map(views.flat().map((summary) => [summary.id, summary]));
      this.listState = "ready";
    } catch {
      if (this.listState === "loading") this.listState = "failed";
    }
    this.changed();
  }

  /** Show a conversation: last page by HTTP, the rest by the line, both into one log. */
  async open(id: string | null): Promise<void> {
    if (id === this.openId) return;
    if (this.openId !== null) this.socket.send({ event: "close-view", conversation: this.openId });
    this.openId = id;
    this.isShopperTyping = false;
    this.shopperReadSeq = 0;
    this.logState = "loading";
    this.log = new MessageLog();
    this.changed();
    if (id === null) return;
    const after = Math.max(0, (this.summaries.get(id)?.last_seq ?? 0) - HISTORY);
    const log = new MessageLog(after);
    try {
      for (const message of await this.api.messagesAfter(id, after)) log.receive(message);
    } catch {
      if (this.openId === id) this.logState = "failed";
      this.changed();
      return;
    }
    if (this.openId !== id) return; // another one was chosen meanwhile
    this.log = log;
    this.logState = "ready";
    this.subscribe();
    this.tellRead();
    this.changed();
  }

  async loadEarlier(): Promise<void> {
    const id = this.openId;
    const first = this.log.firstSeq();
    if (id === null || first <= 1) return;
    const log = this.log;
    for (const message of await this.api.messagesAfter(id, Math.max(0, first - 1 - HISTORY))) log.confirm(message);
    this.changed();
  }

  say(text: string, audience: "all" | "agents", name: string, key = newId()): void {
    const id = this.openId;
    if (id === null) return;
    const log = this.log;
    log.addPending(key, { text }, new Date().toISOString(), "agent", audience);
    this.changed();
    this.api.say(id, key, text, audience).then(
      (message) => {
        log.confirm({ ...message, agent_name: message.agent_name ?? name });
        log.dropPending(key);
        this.changed();
      },
      (error: unknown) => {
        log.markPending(key, "failed", asProblem(error).code);
        this.changed();
      },
    );
  }

  tellTyping(): void {
    if (this.openId === null || Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = Date.now();
    this.socket.send({ event: "typing", conversation: this.openId });
  }

  /** Tell the shopper that an agent has it on the screen, and clear the unread count. */
  tellRead(): void {
    if (this.openId === null || this.logState !== "ready" || document.visibilityState !== "visible") return;
    this.socket.send({ event: "read", conversation: this.openId, seq: this.log.cursor });
  }

  /** Take over an answer that carries a newer summary. */
  updateSummary(summary: Summary): void {
    const before = this.summaries.get(summary.id);
    this.summaries.set(summary.id, { ...before, ...summary });
    if (summary.state === "queued" && before?.state !== "queued") for (const watcher of this.queueWatchers) watcher(summary);
    if (summary.id === this.openId && before?.state !== summary.state) this.contextVersion += 1;
    this.changed();
  }

  private subscribe(): void {
    if (this.openId !== null && this.logState === "ready") this.socket.send({ event: "open", conversation: this.openId, after: this.log.cursor });
  }

  private onOpen(): void {
    this.hasFailed = false;
    if (this.wasOpen) void this.loadList(); // what changed while the line was down
    this.wasOpen = true;
    this.subscribe();
    this.changed();
  }

  private onFrame(frame: Record<string, unknown>): void {
    if (frame.event === "conversation") {
      this.updateSummary(frame.conversation as Summary);
      return;
    }
    if (frame.conversation !== this.openId || this.openId === null) return;
    if (frame.event === "message" && this.logState === "ready") {
      const message = frame.message as Message;
      this.log.receive(message);
      if (message.sender === "shopper") this.isShopperTyping = false;
      if (message.content.card || message.content.state) this.contextVersion += 1;
      this.tellRead();
    } else if (frame.event === "read" && frame.who === "shopper") {
      this.shopperReadSeq = Math.max(this.shopperReadSeq, Number(frame.seq) || 0);
    } else if (frame.event === "typing" && (frame.who ?? "shopper") === "shopper") {
      this.isShopperTyping = true;
      clearTimeout(this.typingTimer);
      this.typingTimer = window.setTimeout(() => {
        this.isShopperTyping = false;
        this.changed();
      }, TYPING_SHOWN_MS);
    }
    this.changed();
  }

  private changed(): void {
    for (const watcher of this.watchers) watcher();
  }
}

const WAITING_FIRST = (a: Summary, b: Summary): number => (a.queued_at ?? "").localeCompare(b.queued_at ?? "");
const NEWEST_FIRST = (a: Summary, b: Summary): number => b.updated_at.localeCompare(a.updated_at);

/** The three lists, out of what is known. */
export function viewsOf(summaries: Iterable<Summary>, agentLogin: string): Record<"queue" | "mine" | "all", Summary[]> {
  const all = [...summaries].sort(NEWEST_FIRST);
  return {
    queue: all.filter(({ state }) => state === "queued").sort(WAITING_FIRST),
    mine: all.filter(({ state, agent_login }) => state === "with_agent" && agent_login === agentLogin),
    all,
  };
}
