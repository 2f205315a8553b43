// The messages on the screen. Rows are kept by key, so an optimistic message becomes the stored one in place.
import { makeCard, type CardContext } from "../../shared/cards.ts";
import { append, h, icon, safeUrl, type Child } from "../../shared/dom.ts";
import { formatDay, formatTime } from "../../shared/format.ts";
import type { Entry } from "../../shared/message_log.ts";
import type { Button, Language, Photo, StateChange } from "../../shared/types.ts";
import type { Conversation } from "../conversation.ts";
import type { T } from "./texts.ts";

export interface ListOptions {
  t: T;
  language: Language;
  base: string;
  conversation: Conversation;
  enlarge: (src: string) => void;
}

const PAUSE_MS = 10 * 60 * 1000; // after this long the time is shown again
const BUBBLE_SENDERS = ["bot", "agent"];

export class MessageList {
  readonly element = h("div", { class: "messages" });
  private readonly rows = new Map<string, { element: HTMLElement; shows: string }>();
  private readonly chips = h("div", { class: "chips", role: "group" });

  constructor(private readonly options: ListOptions) {}

  update(): void {
    const { conversation } = this.options;
    const entries = conversation.entries();
    const lastShopper = entries.findLast(({ message }) => message.sender === "shopper");
    const keys = new Set<string>();
    let before: Entry | null = null;
    let after: Element | null = null;
    for (const entry of entries) {
      keys.add(entry.key);
      const shows = this.fingerprint(entry, before, entry === lastShopper);
      let row = this.rows.get(entry.key);
      if (row?.shows !== shows) {
        const element = this.row(entry, before, entry === lastShopper);
        if (row) row.element.replaceWith(element);
        row = { element, shows };
        this.rows.set(entry.key, row);
      }
      const next: Element | null = after === null ? this.element.firstElementChild : after.nextElementSibling;
      if (row.element !== next) this.element.insertBefore(row.element, next);
      after = row.element;
      before = entry;
    }
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    this.updateChips(entries);
  }

  /** Quick replies belong to the last words only: once answered, an old question offers nothing. */
  private updateChips(entries: readonly Entry[]): void {
    const { conversation } = this.options;
    const last = entries.findLast(({ message }) => message.sender !== "system");
    const buttons = last === undefined ? conversation.greeting?.buttons : BUBBLE_SENDERS.includes(last.message.sender) ? last.message.content.buttons : null;
    const key = JSON.stringify(buttons ?? []);
    if (this.chips.dataset.key !== key) {
      this.chips.dataset.key = key;
      this.chips.replaceChildren(...(buttons ?? []).map((button) => this.chip(button)));
    }
    if ((buttons ?? []).length === 0) this.chips.remove();
    else if (this.element.lastElementChild !== this.chips) this.element.append(this.chips);
  }

  private chip({ title, payload }: Button): HTMLElement {
    return h("button", { type: "button", class: "chip", onclick: () => this.options.conversation.choose(payload, title) }, title);
  }

  /** Everything that a row's looks depend on, as one string. */
  private fingerprint(entry: Entry, before: Entry | null, isLastShopper: boolean): string {
    const isRead = isLastShopper && this.options.conversation.deskReadSeq >= entry.message.seq;
    return [entry.delivery, entry.failure, entry.message.seq > 0, this.startsGroup(entry, before), this.pause(entry, before), isLastShopper, isRead].join("|");
  }

  private startsGroup({ message }: Entry, before: Entry | null): boolean {
    return before?.message.sender !== message.sender || before.message.agent_name !== message.agent_name;
  }

  private pause({ message }: Entry, before: Entry | null): string {
    const { t, language } = this.options;
    const at = new Date(message.created_at);
    if (before !== null && at.getTime() - Date.parse(before.message.created_at) < PAUSE_MS) return "";
    const isToday = at.toDateString() === new Date().toDateString();
    return `${isToday ? t("today") : formatDay(message.created_at, language)} ${formatTime(message.created_at, language)}`;
  }

  private row(entry: Entry, before: Entry | null, isLastShopper: boolean): HTMLElement {
    const { message } = entry;
    const pause = this.pause(entry, before);
    const time = pause !== "" && h("p", { class: "pause" }, h("time", { datetime: message.created_at }, pause));
    if (message.sender === "system") return h("div", { class: "turn" }, time, ...this.systemLines(entry));
    const name = this.nameOf(entry);
    const showsName = this.startsGroup(entry, before) && BUBBLE_SENDERS.includes(message.sender);
    const { text, card, photo } = message.content;
    const body: Child[] = [
      h("span", { class: "hidden" }, this.options.t("says", { name })),
      showsName && h("p", { class: "name", "aria-hidden": "true" }, name),
      photo ? this.photo(photo) : null,
      text ? h("p", { class: "bubble", dir: "auto" }, text) : null,
      card ? makeCard(card, this.cardContext()) : null,
      message.sender === "shopper" && this.delivery(entry, isLastShopper),
    ];
    return h("div", { class: `turn ${message.sender} ${showsName || this.startsGroup(entry, before) ? "first" : ""} ${entry.delivery}` }, time, h("div", { class: "said" }, ...body));
  }

  private nameOf({ message }: Entry): string {
    const { t } = this.options;
    if (message.sender === "agent") return message.agent_name ?? t("sender.person");
    return t(message.sender === "shopper" ? "sender.shopper" : "sender.bot");
  }

  private systemLines({ message }: Entry): Child[] {
    const { text, state, card } = message.content;
    const line = state ? this.stateLine(state) : null;
    return [line && h("p", { class: "system" }, line), text ? h("p", { class: "system" }, text) : null, card ? h("div", { class: "said" }, makeCard(card, this.cardContext())) : null];
  }

  private stateLine(state: StateChange): string {
    const { t } = this.options;
    if (state.state === "with_agent") return t("line.with_agent", { name: state.agent_name ?? t("sender.person") });
    return t(`line.${state.state}`);
  }

  private photo(photo: Photo): Child {
    const { t, base, enlarge } = this.options;
    const src = safeUrl(photo.url, base);
    if (src === null) return null;
    const image = h("img", { src, alt: t("photo.alt"), width: photo.width, height: photo.height });
    return h("button", { type: "button", class: "photo", "aria-label": t("photo.open"), onclick: () => enlarge(src) }, image);
  }

  private delivery(entry: Entry, isLastShopper: boolean): Child {
    const { t, conversation } = this.options;
    if (entry.delivery === "failed") {
      const why = entry.failure === "payload_not_offered" ? t("message.failed.offer") : entry.failure === "rate_limited" ? t("message.failed.limit") : t("message.failed");
      const again = entry.failure !== "payload_not_offered" && h("button", { type: "button", class: "link-button", onclick: () => conversation.retry(entry.key) }, icon("retry"), t("message.retry"));
      return h("p", { class: "delivery failed", role: "alert" }, why, again, h("button", { type: "button", class: "link-button", onclick: () => conversation.discard(entry.key) }, t("message.discard")));
    }
    if (!isLastShopper) return null;
    if (entry.delivery === "sending") return h("p", { class: "delivery" }, t("message.sending"));
    return h("p", { class: "delivery" }, t(conversation.deskReadSeq >= entry.message.seq ? "message.read" : "message.sent"));
  }

  private cardContext(): CardContext {
    const { t, language, base, conversation } = this.options;
    return { t, language, base, choose: (payload, title) => conversation.choose(payload, title), judge: (id, isHelpful) => conversation.judge(id, isHelpful) };
  }
}

/** The three dots, with words for those who do not see them. */
export function typingRow(t: T): { element: HTMLElement; show: (typing: Conversation["typing"]) => void } {
  const words = h("span", { class: "hidden" });
  const element = h("div", { class: "typing", hidden: true }, words, h("i"), h("i"), h("i"));
  return {
    element,
    show: (typing) => {
      element.hidden = typing === null;
      const text = typing === null ? "" : typing.who === "bot" ? t("typing.bot") : t("typing.agent", { name: typing.name ?? t("sender.person") });
      if (words.textContent !== text) words.textContent = text;
      element.classList.toggle("person", typing?.who === "agent");
    },
  };
}

export function scrolledToEnd(box: HTMLElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 80;
}

export function fill(parent: HTMLElement, ...children: Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}
