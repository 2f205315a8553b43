// The shopper's side of one conversation, without a page: session, history, live line, sending. Views watch it.
import { LiveSocket, browserSurroundings, type Surroundings } from "../shared/live_socket.ts";
import { MessageLog, type Entry } from "../shared/message_log.ts";
import { asProblem } from "../shared/problem.ts";
import type { Button, Language, Message, Photo, StateChange } from "../shared/types.ts";
import { newId } from "../shared/ids.ts";
import type { Outgoing, Session, WidgetApi } from "./api.ts";
import { Outbox } from "./outbox.ts";

export type Line = "starting" | "live" | "polling" | "offline" | "failed";

export interface Notes {
  read: (name: string) => string | null;
  write: (name: string, value: string | null) => void;
}

export interface ConversationOptions {
  api: WidgetApi;
  notes: Notes;
  language: Language;
  shopperToken: string | null;
  around?: Surroundings;
  isLooking: () => boolean; // the panel is open and the page is in front
  onChange: () => void;
}

const FIRST_PAGE = 60;
const FAILURES_UNTIL_POLLING = 2;
const POLL_MS = 3000;
const ECHO_LIMIT_MS = 6000;
const TYPING_SHOWN_MS = 8000;
const TYPING_EVERY_MS = 2500;

export class Conversation {
  line: Line = "starting";
  log = new MessageLog();
  state: StateChange = { state: "bot" };
  shopperName: string | null = null;
  greeting: { text: string; buttons: Button[] } | null = null;
  typing: { who: "bot" | "agent"; name: string | null } | null = null;
  language: Language;
  deskReadSeq = 0; // how far the other side has read
  readSeq = 0; // how far the shopper has
  hasEarlier = false;

  private token = "";
  private readonly around: Surroundings;
  private readonly socket: LiveSocket;
  private outbox: Outbox;
  private pollTimer: number | null = null;
  private typingTimer: number | null = null;
  private typedAt = 0;
  private isDestroyed = false;
  private opening: Promise<void> | null = null;

  constructor(private readonly options: ConversationOptions) {
    this.around = options.around ?? browserSurroundings;
    this.language = options.language;
    this.outbox = this.makeOutbox();
    this.socket = new LiveSocket(
      {
        url: () => options.api.eventsUrl(),
        onOpen: () => this.socket.send({ token: this.token, after: this.log.cursor }),
        onFrame: (frame) => this.onFrame(frame),
        onState: (link, failures) => this.onLink(link, failures),
      },
      this.around,
    );
  }

  entries(): readonly Entry[] {
    return this.log.entries();
  }

  unread(): number {
    return this.entries().filter(({ message }) => message.seq > this.readSeq && (message.sender === "bot" || message.sender === "agent")).length;
  }

  /** Open or resume the session, show history, then listen. Never throws; `line` is "failed" when nothing worked. */
  async start(): Promise<void> {
    this.setLine("starting");
    try {
      await this.openSession();
    } catch {
      if (!this.isDestroyed) this.setLine("failed");
      return;
    }
    if (this.isDestroyed) return;
    this.socket.start();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.socket.stop();
    this.stopPolling();
    if (this.typingTimer !== null) this.around.clearTimer(this.typingTimer);
  }

  say(text: string): void {
    this.outbox.send({ external_id: newId(), text });
  }

  choose(payload: string, title: string): void {
    this.outbox.send({ external_id: newId(), text: title, payload });
  }

  showPhoto(photo: Photo, text?: string): void {
    this.outbox.send({ external_id: newId(), photo, ...(text === undefined || text === "" ? {} : { text }) });
  }

  retry(externalId: string): void {
    this.outbox.retry(externalId);
  }

  discard(externalId: string): void {
    this.outbox.discard(externalId);
  }

  upload(key: string, file: Blob, onProgress: (part: number) => void): Promise<Photo> {
    return this.signedIn((token) => this.options.api.postPhoto(token, key, file, onProgress));
  }

  async judge(articleId: string, isHelpful: boolean): Promise<boolean> {
    try {
      await this.signedIn((token) => this.options.api.postFeedback(token, articleId, isHelpful));
      return true;
    } catch {
      return false;
    }
  }

  setLanguage(language: Language): void {
    this.language = language;
    this.options.onChange();
    // Only the next answers depend on it; if this is lost, the next session start says it again.
    void this.signedIn((token) => this.options.api.postLanguage(token, language)).catch(() => undefined);
  }

  /** Tell the other side that the shopper writes, at most every 2.5 s. */
  tellTyping(now: number): void {
    if (now - this.typedAt < TYPING_EVERY_MS) return;
    this.typedAt = now;
    this.socket.send({ event: "typing" });
  }

  /** Call when messages are on the screen. */
  markRead(): void {
    const seq = this.entries().reduce((last, { message }) => Math.max(last, message.seq), 0);
    if (seq <= this.readSeq || !this.options.isLooking()) return;
    this.readSeq = seq;
    this.options.notes.write(this.noteName("read"), String(seq));
    this.socket.send({ event: "read", seq });
    this.options.onChange();
  }

  async loadEarlier(): Promise<void> {
    const first = this.log.firstSeq();
    const after = Math.max(0, first - 1 - FIRST_PAGE);
    const items = await this.signedIn((token) => this.options.api.messagesAfter(token, after, FIRST_PAGE));
    for (const message of items) if (message.seq < first) this.log.confirm(message);
    this.hasEarlier = after > 0;
    this.options.onChange();
  }

  /** The network is back: whatever socket stood before may be dead without knowing it. */
  networkBack(): void {
    if (this.line === "failed" || this.line === "starting") this.wake();
    else this.socket.reconnectNow();
  }

  /** The page is looked at again, or the shopper wants to try. */
  wake(): void {
    if (this.line === "failed") void this.start();
    else if (!this.socket.open && this.line !== "starting") this.socket.reconnectNow();
  }

  private owner(): string {
    return subjectOf(this.options.shopperToken);
  }

  private noteName(kind: string): string {
    return `${kind}.${this.owner()}`;
  }

  private makeOutbox(): Outbox {
    return new Outbox({
      post: (message) => this.signedIn((token) => this.options.api.postMessage(token, message)),
      log: this.log,
      sleep: (ms) => new Promise((resolve) => this.around.setTimer(resolve, ms)),
      keep: (items) => this.options.notes.write(this.noteName("outbox"), items.length === 0 ? null : JSON.stringify(items)),
      onChange: () => this.options.onChange(),
      onSent: (message) => this.expectEcho(message),
      now: () => new Date().toISOString(),
    });
  }

  private async openSession(): Promise<void> {
    const { api, notes, shopperToken } = this.options;
    const kept = notes.read(this.noteName("session"));
    let session: Session;
    try {
      session = await api.openSession(this.language, shopperToken, kept);
    } catch (error) {
      // An expired shop token or a session of somebody else must not shut the door: go on as a visitor.
      if (asProblem(error).isPassing || (shopperToken === null && kept === null)) throw error;
      session = await api.openSession(this.language, null, null);
    }
    const before = this.token;
    this.token = session.session_token;
    if (before === "" || notes.read(this.noteName("conversation")) !== session.conversation.id) this.begin(session);
    notes.write(this.noteName("session"), session.session_token);
    notes.write(this.noteName("conversation"), session.conversation.id);
    await this.catchUp();
    this.restoreOutbox();
  }

  /** Take up a conversation from its last page of history. */
  private begin({ conversation, shopper, greeting }: Session): void {
    this.log = new MessageLog(Math.max(0, conversation.last_seq - FIRST_PAGE));
    this.outbox = this.makeOutbox();
    this.hasEarlier = this.log.cursor > 0;
    this.shopperName = shopper?.name ?? null;
    this.greeting = greeting;
    this.state = { state: conversation.state, agent_name: conversation.agent_name };
    this.readSeq = Number(this.options.notes.read(this.noteName("read")) ?? 0);
    if (this.readSeq > conversation.last_seq) this.readSeq = 0; // a note about another conversation
    this.noteLive();
    if (conversation.language !== this.language) void this.options.api.postLanguage(this.token, this.language).catch(() => undefined);
  }

  private restoreOutbox(): void {
    const note = this.options.notes.read(this.noteName("outbox"));
    if (note === null) return;
    try {
      const known = new Set(this.entries().map(({ message }) => message.external_id ?? ""));
      this.outbox.restore(JSON.parse(note) as Outgoing[], known);
    } catch {
      this.options.notes.write(this.noteName("outbox"), null);
    }
  }

  /** Run a call with the session; a session that has ended is renewed once. */
  private async signedIn<Result>(call: (token: string) => Promise<Result>): Promise<Result> {
    const token = this.token;
    try {
      return await call(token);
    } catch (error) {
      if (asProblem(error).status !== 401) throw error;
      if (this.token === token) await this.renew();
      return await call(this.token);
    }
  }

  private renew(): Promise<void> {
    this.options.notes.write(this.noteName("session"), null);
    this.opening ??= this.openSession().finally(() => {
      this.opening = null;
      this.socket.reconnectNow();
    });
    return this.opening;
  }

  /** Fetch everything after the cursor by plain HTTP, page by page. */
  private async catchUp(): Promise<void> {
    for (;;) {
      const items = await this.options.api.messagesAfter(this.token, this.log.cursor, 100);
      for (const message of items) this.take(message);
      if (items.length < 100) break;
    }
    this.options.onChange();
  }

  private take(message: Message): void {
    if (message.external_id !== null) this.outbox.confirmed(message.external_id);
    const isNew = this.log.receive(message);
    if (!isNew) return;
    if (message.content.state) {
      this.state = message.content.state;
      this.setTyping(null);
      this.noteLive();
    }
    if (message.sender === "bot" || message.sender === "agent") this.setTyping(null);
    else if (message.turn_state === "pending" && this.state.state === "bot") this.setTyping({ who: "bot", name: null });
  }

  private noteLive(): void {
    this.options.notes.write("live", this.state.state === "queued" || this.state.state === "with_agent" ? "1" : null);
  }

  private onFrame(frame: Record<string, unknown>): void {
    if (this.line !== "live") {
      this.setLine("live");
      this.outbox.retryAfterOutage();
    }
    switch (frame.event) {
      case "message":
        this.take(frame.message as Message);
        break;
      case "typing":
        this.setTyping({ who: frame.who === "agent" ? "agent" : "bot", name: typeof frame.name === "string" ? frame.name : null });
        break;
      case "read":
        this.deskReadSeq = Math.max(this.deskReadSeq, Number(frame.seq) || 0);
        break;
      case "error":
        if (frame.code !== "bad_frame") void this.renew().catch(() => undefined);
        break;
    }
    this.options.onChange();
  }

  private onLink(link: "connecting" | "open" | "waiting", failures: number): void {
    if (link === "open") {
      this.stopPolling();
      // An idle conversation has no first frame to prove the line; the open socket has to do.
      this.setLine("live");
      this.outbox.retryAfterOutage();
    } else if (link === "waiting") {
      if (this.line === "live") this.setLine("offline");
      if (failures >= FAILURES_UNTIL_POLLING && this.pollTimer === null) void this.poll();
    }
  }

  /** The way round a blocked WebSocket: ask every few seconds until it stands again. */
  private async poll(): Promise<void> {
    this.pollTimer = -1;
    try {
      await this.signedIn(() => this.catchUp());
      if (!this.socket.open) this.setLine("polling");
      this.outbox.retryAfterOutage();
    } catch {
      if (!this.socket.open) this.setLine("offline");
    }
    if (this.isDestroyed || this.socket.open) this.pollTimer = null;
    else this.pollTimer = this.around.setTimer(() => void this.poll(), this.options.isLooking() ? POLL_MS : POLL_MS * 5);
  }

  private stopPolling(): void {
    if (this.pollTimer !== null && this.pollTimer !== -1) this.around.clearTimer(this.pollTimer);
    if (this.pollTimer !== -1) this.pollTimer = null;
  }

  /** Our own message must come back on the stream; if it does not, the line is dead without saying so. */
  private expectEcho(message: Message): void {
    const isLast = this.entries().every((entry) => entry.message.seq <= message.seq);
    if (this.state.state === "bot" && isLast) this.setTyping({ who: "bot", name: null });
    this.around.setTimer(() => {
      if (!this.isDestroyed && this.socket.open && this.log.cursor < message.seq) this.socket.reconnectNow();
    }, ECHO_LIMIT_MS);
    this.options.onChange();
  }

  private setTyping(typing: Conversation["typing"]): void {
    if (this.typingTimer !== null) this.around.clearTimer(this.typingTimer);
    this.typing = typing;
    this.typingTimer = typing === null ? null : this.around.setTimer(() => {
      this.typing = null;
      this.options.onChange();
    }, TYPING_SHOWN_MS);
  }

  private setLine(line: Line): void {
    if (this.line === line) return;
    this.line = line;
    this.options.onChange();
  }
}

/** Whose session it is: the token's subject. Unverified; it only names a drawer in this browser. */
export function subjectOf(token: string | null): string {
  if (token === null || token === "") return "visitor";
  try {
    const part = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const claims = JSON.parse(atob(part)) as { sub?: unknown };
    return typeof claims.sub === "string" ? `shopper.${claims.sub}` : "visitor";
  } catch {
    return "visitor";
  }
}
