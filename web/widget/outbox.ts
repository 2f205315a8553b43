// What the shopper has sent and the desk has not confirmed: one after the other, in order, repeated with the same id.
import type { MessageLog } from "../shared/message_log.ts";
import { asProblem } from "../shared/problem.ts";
import type { Content, Message } from "../shared/types.ts";
import type { Outgoing } from "./api.ts";

export interface OutboxOptions {
  post: (message: Outgoing) => Promise<Message>;
  log: MessageLog;
  sleep: (ms: number) => Promise<void>;
  keep: (items: readonly Outgoing[]) => void; // called with everything unconfirmed, to outlive the page
  onChange: () => void;
  onSent: (message: Message) => void;
  now: () => string;
}

const WAITS_MS = [1000, 2000, 4000];

const contentOf = ({ text, photo }: Outgoing): Content => ({ ...(text === undefined ? {} : { text }), ...(photo === undefined ? {} : { photo }) });

export class Outbox {
  private readonly items = new Map<string, Outgoing>();
  private waiting: string[] = [];
  private isBusy = false;

  constructor(private readonly options: OutboxOptions) {}

  send(item: Outgoing): void {
    this.items.set(item.external_id, item);
    this.options.log.addPending(item.external_id, contentOf(item), this.options.now());
    this.keep();
    this.enqueue(item.external_id);
  }

  /** Show what an earlier page could not send; it goes only when the shopper says so. */
  restore(items: readonly Outgoing[], known: ReadonlySet<string>): void {
    for (const item of items) {
      if (known.has(item.external_id)) continue;
      this.items.set(item.external_id, item);
      this.options.log.addPending(item.external_id, contentOf(item), this.options.now());
      this.options.log.markPending(item.external_id, "failed", "restored");
    }
    this.keep();
    this.options.onChange();
  }

  retry(externalId: string): void {
    if (!this.items.has(externalId) || this.waiting.includes(externalId)) return;
    this.options.log.markPending(externalId, "sending");
    this.enqueue(externalId);
  }

  /** The line stands again: whatever failed only for want of it goes out by itself. */
  retryAfterOutage(): void {
    for (const entry of this.options.log.entries()) if (entry.delivery === "failed" && entry.failure === "network") this.retry(entry.key);
  }

  discard(externalId: string): void {
    this.confirmed(externalId);
    this.options.log.dropPending(externalId);
    this.options.onChange();
  }

  /** The stream has shown our message: the answer to the POST no longer matters. */
  confirmed(externalId: string): void {
    if (this.items.delete(externalId)) this.keep();
  }

  private enqueue(externalId: string): void {
    this.waiting.push(externalId);
    this.options.onChange();
    if (!this.isBusy) void this.work();
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    for (let id = this.waiting[0]; id !== undefined; id = this.waiting[0]) {
      await this.deliver(id);
      this.waiting = this.waiting.filter((other) => other !== id);
      this.options.onChange();
    }
    this.isBusy = false;
  }

  private async deliver(id: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const item = this.items.get(id);
      if (item === undefined) return; // confirmed by the stream or discarded meanwhile
      try {
        const message = await this.options.post(item);
        this.options.log.confirm(message);
        this.options.log.dropPending(id);
        this.confirmed(id);
        this.options.onSent(message);
        return;
      } catch (error) {
        const problem = asProblem(error);
        const wait = WAITS_MS[attempt];
        if (!problem.isPassing || wait === undefined) {
          if (this.items.has(id)) this.options.log.markPending(id, "failed", problem.status === 0 ? "network" : problem.code);
          return;
        }
        await this.options.sleep(wait);
      }
    }
  }

  private keep(): void {
    this.options.keep([...this.items.values()]);
  }
}
