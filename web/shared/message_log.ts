// One conversation's messages, each exactly once, in the desk's order.
//
// `cursor` is the only thing a reconnect asks "after". It moves only with what the stream (or a poll) delivered in
// order. The answer to our own POST may overtake an earlier message on the stream; if it moved the cursor too, that
// earlier message would be skipped for ever after a drop. That is lesson 3, so it does not.
import type { Content, Message } from "./types.ts";

export type Delivery = "sending" | "failed" | "sent";

export interface Entry {
  key: string; // stable from the optimistic message to the stored one
  message: Message;
  delivery: Delivery;
  failure: string | null; // code of the problem, when failed
}

export class MessageLog {
  cursor: number;
  private readonly bySeq = new Map<number, Entry>();
  private readonly pending = new Map<string, Entry>();
  private sorted: Entry[] | null = null;

  constructor(cursor = 0) {
    this.cursor = cursor;
  }

  /** Everything to show: stored messages by seq, then our own that the desk has not confirmed. */
  entries(): readonly Entry[] {
    this.sorted ??= [...this.bySeq.values()].sort((a, b) => a.message.seq - b.message.seq);
    return [...this.sorted, ...this.pending.values()];
  }

  /** A message from the stream or a poll. Returns false when it was known already. */
  receive(message: Message): boolean {
    this.cursor = Math.max(this.cursor, message.seq);
    return this.store(message);
  }

  /** A stored message learnt in another way (answer to a POST, an older page): shown, but the cursor stays. */
  confirm(message: Message): boolean {
    return this.store(message);
  }

  /** Show a message before the desk has it. */
  addPending(externalId: string, content: Content, createdAt: string, sender: "shopper" | "agent" = "shopper", audience: "all" | "agents" = "all"): void {
    const message: Message = { seq: 0, sender, audience, agent_name: null, created_at: createdAt, external_id: externalId, content, understanding: null };
    this.pending.set(externalId, { key: externalId, message, delivery: "sending", failure: null });
  }

  markPending(externalId: string, delivery: "sending" | "failed", failure: string | null = null): void {
    const entry = this.pending.get(externalId);
    if (entry) this.pending.set(externalId, { ...entry, delivery, failure });
  }

  dropPending(externalId: string): void {
    this.pending.delete(externalId);
  }

  /** Smallest seq held, or 0: where an older page would end. */
  firstSeq(): number {
    return this.bySeq.size === 0 ? 0 : Math.min(...this.bySeq.keys());
  }

  private store(message: Message): boolean {
    if (message.external_id !== null) this.pending.delete(message.external_id);
    const known = this.bySeq.has(message.seq);
    if (!known) {
      const key = message.external_id !== null && message.sender !== "bot" ? message.external_id : `seq-${message.seq}`;
      this.bySeq.set(message.seq, { key, message, delivery: "sent", failure: null });
      this.sorted = null;
    }
    return !known;
  }
}
