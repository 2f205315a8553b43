// Whatever data says, it is text: no element, no script, no link that runs something.
import { describe, expect, it } from "vitest";
import { makeCard, type CardContext } from "../shared/cards.ts";
import { safeUrl } from "../shared/dom.ts";
import { makeTranslate } from "../shared/i18n.ts";
import en from "../shared/i18n/en.json";
import { plainText, renderMarkdown } from "../shared/markdown.ts";
import type { Card } from "../shared/types.ts";
import { Conversation } from "../widget/conversation.ts";
import { MessageList } from "../widget/panel/message_list.ts";
import { textsOf } from "../widget/panel/texts.ts";
import { FakeAround, FakeDesk, makeMessage } from "./fakes.ts";

const EVIL = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
const context: CardContext = { t: makeTranslate(en), language: "en", base: "https://desk.example/", choose: () => undefined, judge: () => Promise.resolve(true) };

const line = { id: EVIL, title: EVIL, variant: EVIL, quantity: 2, image_url: "javascript:alert(1)", paid_minor: 1, currency: "CNY", payload: EVIL };
const cards: Card[] = [
  { type: "order", number: EVIL, state: EVIL, state_text: EVIL, placed_at: "2025-11-18T10:00:00Z", total_minor: 1, currency: "CNY", lines: [line], parcels: [{ carrier: EVIL, tracking_number: EVIL, state: EVIL, state_text: EVIL, promised_on: null, delivered_at: null, scans: [{ at: "2025-11-18T10:00:00Z", place: EVIL, note: EVIL }] }] },
  { type: "orders", orders: [{ number: EVIL, state_text: EVIL, placed_at: "2025-11-18T10:00:00Z", total_minor: 1, currency: "CNY", title: EVIL, image_url: EVIL, line_count: 1, payload: EVIL }] },
  { type: "lines", order_number: EVIL, lines: [line] },
  { type: "case", number: EVIL, case_type: EVIL, type_text: EVIL, state: EVIL, state_text: EVIL, deadline_at: null, refund_minor: null, currency: null, next_step: EVIL },
  { type: "article", id: EVIL, title: EVIL, body: EVIL, related: [{ id: EVIL, title: EVIL, payload: EVIL }], language: "en" },
];

describe("hostile data", () => {
  it.each(cards)("stays text in a card: $type", (card) => {
    const node = makeCard(card, context);
    expect(node?.textContent).toContain(EVIL);
    expect(node?.querySelectorAll("script, [onerror], [src^='javascript']")).toHaveLength(0);
  });

  it("stays text in a message", () => {
    const conversation = new Conversation({ api: new FakeDesk(), notes: { read: () => null, write: () => undefined }, language: "en", shopperToken: null, around: new FakeAround(), isLooking: () => false, onChange: () => undefined });
    conversation.log.receive(makeMessage(1, { sender: "agent", agent_name: EVIL, content: { text: EVIL, buttons: [{ title: EVIL, payload: "/x" }] } }));
    const list = new MessageList({ t: textsOf("en"), language: "en", base: "https://desk.example/", conversation, enlarge: () => undefined });
    list.update();
    expect(list.element.textContent).toContain(EVIL);
    expect(list.element.querySelectorAll("img, script")).toHaveLength(0);
  });

  it("does not know cards of a later version, and says nothing", () => {
    expect(makeCard({ type: "hologram" } as unknown as Card, context)).toBe(null);
  });

  it.each(["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,<script>", "vbscript:x"])("refuses the address %s", (url) => {
    expect(safeUrl(url, "https://desk.example/")).toBe(null);
  });

  it("resolves relative addresses against the desk, not the shop's page", () => {
    expect(safeUrl("/photos/p_1?sig=x", "https://desk.example/")).toBe("https://desk.example/photos/p_1?sig=x");
  });
});

describe("renderMarkdown", () => {
  const html = (source: string): string => {
    const place = document.createElement("div");
    place.append(renderMarkdown(source, "https://desk.example/"));
    return place.innerHTML; // eslint-disable-line no-restricted-syntax -- read, not written
  };

  it.each([
    ["paragraphs", "one\n\ntwo", "<p>one</p><p>two</p>"],
    ["soft breaks in Latin script", "one\ntwo", "<p>one two</p>"],
    ["soft breaks in Chinese", "一，\n二", "<p>一，二</p>"],
    ["headings", "## Title\ntext", "<h4>Title</h4><p>text</p>"],
    ["bullets", "- a\n- **b**", "<ul><li>a</li><li><strong>b</strong></li></ul>"],
    ["numbers", "1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
    ["a list after a paragraph", "text\n- a", "<p>text</p><ul><li>a</li></ul>"],
    ["continued items", "- a\n  more\n\ntext", "<ul><li>a more</li></ul><p>text</p>"],
    ["code", "`ZG1`", "<p><code>ZG1</code></p>"],
    ["an unclosed mark", "**a", "<p>**a</p>"],
    ["HTML", "<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"],
    ["a link that runs something", "[x](javascript:alert)", "<p>x</p>"],
  ])("renders %s", (_, source, expected) => {
    expect(html(source)).toBe(expected);
  });

  it("opens links apart from the shop", () => {
    expect(html("[x](/help)")).toBe('<p><a href="https://desk.example/help" target="_blank" rel="noopener noreferrer">x</a></p>');
  });
});

describe("plainText", () => {
  it("leaves the words and takes the marks", () => {
    expect(plainText("## 退款\n一般 **1–3 天**，见[说明](/help)，编号 `R7`")).toBe("退款\n一般 1–3 天，见说明，编号 R7");
  });
});
