// The slips that the shop hands over: order, choice of order or line, case, article. Plain nodes, for widget and desk.
import { append, h, icon, safeUrl, type Child } from "./dom.ts";
import { formatDay, formatMoment, formatMoney } from "./format.ts";
import type { Translate } from "./i18n.ts";
import en from "./i18n/en.json";
import { renderMarkdown } from "./markdown.ts";
import type { ArticleCard, Card, CaseCard, Language, LinesCard, OrderCard, OrdersCard, Parcel } from "./types.ts";

export type CardKey = keyof typeof en;

export interface CardContext {
  t: Translate<CardKey>;
  language: Language;
  base: string; // where relative picture addresses start
  choose: ((payload: string, title: string) => void) | null; // null: shown, not answered (agent desk)
  judge: ((articleId: string, isHelpful: boolean) => Promise<boolean>) | null;
}

const SHOWN_LINES = 3;
const LONG_ARTICLE = 420; // characters; above that an article opens folded

/** Build a card, or null for a type that this version does not know. */
export function makeCard(card: Card, context: CardContext): HTMLElement | null {
  switch (card.type) {
    case "order":
      return orderCard(card, context);
    case "orders":
      return ordersCard(card, context);
    case "lines":
      return linesCard(card, context);
    case "case":
      return caseCard(card, context);
    case "article":
      return articleCard(card, context);
    default:
      return null; // a newer desk; the text beside it still says the same
  }
}

function thumbnail(url: string, context: CardContext): HTMLElement {
  const src = url === "" ? null : safeUrl(url, context.base);
  if (src === null) return h("span", { class: "thumb" }, icon("parcel"));
  const image = h("img", { class: "thumb", src, alt: "", loading: "lazy", width: 52, height: 52 });
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "thumb" }, icon("parcel"))));
  return image;
}

/** A colour says the same as the words beside it, never more. */
function tone(state: string): string {
  if (["exception", "rejected", "refused", "lost", "held", "damaged"].includes(state)) return "bad";
  if (["delivered", "approved", "closed", "refunded", "resolved"].includes(state)) return "good";
  return "plain";
}

const badge = (text: string, state: string): HTMLElement => h("span", { class: `badge ${tone(state)}` }, text);

function copyable(text: string, { t }: CardContext): HTMLElement {
  const label = h("span", {}, t("copy"));
  const button = h("button", { type: "button", class: "copy", "aria-label": `${t("copy")} ${text}` }, icon("copy"), label);
  button.addEventListener("click", () => {
    void copy(text, button).then((done) => {
      if (!done) return;
      label.textContent = t("copied");
      setTimeout(() => (label.textContent = t("copy")), 2000);
    });
  });
  return button;
}

/** Copy by the clipboard API, or, on plain http, by selecting the number for the shopper. */
async function copy(text: string, button: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const number = button.parentElement?.querySelector(".number");
    if (number) getSelection()?.selectAllChildren(number);
    return false;
  }
}

function lineRow(line: { title: string; variant: string; quantity: number; image_url: string; paid_minor: number }, currency: string, context: CardContext): Child[] {
  const details = [line.variant, line.quantity > 1 ? context.t("card.quantity", { n: line.quantity }) : ""].filter(Boolean).join(" · ");
  return [
    thumbnail(line.image_url, context),
    h("span", { class: "row-text" }, h("span", { class: "row-title" }, line.title), details !== "" && h("span", { class: "row-detail" }, details)),
    h("span", { class: "row-money" }, formatMoney(line.paid_minor, currency, context.language)),
  ];
}

function orderCard(card: OrderCard, context: CardContext): HTMLElement {
  const { t, language } = context;
  const rows = card.lines.map((line, index) => h("li", { class: "row", hidden: index >= SHOWN_LINES }, ...lineRow(line, card.currency, context)));
  const list = h("ul", { class: "rows" }, ...rows);
  const slip = h(
    "article",
    { class: "slip", "aria-label": `${t("card.order")} ${card.number}` },
    h("header", { class: "slip-head" }, h("span", { class: "eyebrow" }, t("card.order")), badge(card.state_text, card.state)),
    h("p", { class: "number-line" }, h("span", { class: "number" }, card.number), copyable(card.number, context)),
    list,
  );
  if (rows.length > SHOWN_LINES) {
    const more = h("button", { type: "button", class: "more" }, t("card.more_items", { n: rows.length }), icon("down"));
    more.addEventListener("click", () => {
      for (const row of rows) row.hidden = false;
      more.remove();
    });
    slip.append(more);
  }
  slip.append(h("p", { class: "sum" }, h("span", {}, formatDay(card.placed_at, language)), h("span", {}, `${t("card.total")} `, h("strong", {}, formatMoney(card.total_minor, card.currency, language)))));
  append(slip, card.parcels.map((parcel, index) => parcelSection(parcel, index, card.parcels.length, context)));
  return slip;
}

function parcelSection(parcel: Parcel, index: number, total: number, context: CardContext): HTMLElement {
  const { t, language } = context;
  const when = parcel.delivered_at !== null ? t("card.delivered", { moment: formatMoment(parcel.delivered_at, language) }) : parcel.promised_on !== null ? t("card.promised", { day: formatDay(parcel.promised_on, language) }) : null;
  const scans = parcel.scans.map((scan) => h("li", {}, h("span", { class: "scan-note" }, scan.note), h("span", { class: "scan-where" }, [scan.place, formatMoment(scan.at, language)].filter(Boolean).join(" · "))));
  return h(
    "section",
    { class: "parcel" },
    h("p", { class: "parcel-head" }, h("span", {}, total > 1 ? t("card.parcel_of", { n: index + 1, total }) : t("card.parcel"), ` · ${parcel.carrier}`), badge(parcel.state_text, parcel.state)),
    when !== null && h("p", { class: "parcel-when" }, when),
    h(
      "details",
      {},
      h("summary", {}, t("card.show_scans"), icon("down")),
      h("p", { class: "tracking" }, h("span", { class: "number" }, parcel.tracking_number), copyable(parcel.tracking_number, context)),
      scans.length > 0 ? h("ol", { class: "scans" }, ...scans) : h("p", { class: "row-detail" }, t("card.no_scans")),
    ),
  );
}

/** A row that answers when it may be tapped, and only tells when it may not. */
function choiceRow(payload: string, title: string, context: CardContext, ...children: Child[]): HTMLElement {
  const choose = context.choose;
  if (choose === null) return h("li", {}, h("div", { class: "row" }, ...children));
  return h("li", {}, h("button", { type: "button", class: "row choice", onclick: () => choose(payload, title) }, ...children, icon("next")));
}

function ordersCard(card: OrdersCard, context: CardContext): HTMLElement {
  const { t, language } = context;
  const rows = card.orders.map((order) =>
    choiceRow(
      order.payload,
      order.number,
      context,
      thumbnail(order.image_url, context),
      h(
        "span",
        { class: "row-text" },
        h("span", { class: "row-title" }, order.title),
        h("span", { class: "row-detail" }, [order.state_text, formatDay(order.placed_at, language), order.line_count === 1 ? t("card.item") : t("card.items", { n: order.line_count })].join(" · ")),
        h("span", { class: "row-number number" }, order.number),
      ),
      h("span", { class: "row-money" }, formatMoney(order.total_minor, order.currency, language)),
    ),
  );
  return h("section", { class: "slip", "aria-label": t("card.orders") }, h("header", { class: "slip-head" }, h("span", { class: "eyebrow" }, t("card.orders"))), h("ul", { class: "rows" }, ...rows));
}

function linesCard(card: LinesCard, context: CardContext): HTMLElement {
  const { t } = context;
  const rows = card.lines.map((line) => choiceRow(line.payload, line.variant === "" ? line.title : `${line.title} · ${line.variant}`, context, ...lineRow(line, line.currency, context)));
  return h(
    "section",
    { class: "slip", "aria-label": t("card.lines") },
    h("header", { class: "slip-head" }, h("span", { class: "eyebrow" }, t("card.lines")), h("span", { class: "number small" }, card.order_number)),
    h("ul", { class: "rows" }, ...rows),
  );
}

function caseCard(card: CaseCard, context: CardContext): HTMLElement {
  const { t, language } = context;
  const fact = (term: string, value: Child): HTMLElement => h("div", {}, h("dt", {}, term), h("dd", {}, value));
  return h(
    "article",
    { class: "slip case", "aria-label": `${card.type_text} ${card.number}` },
    h("header", { class: "slip-head" }, h("span", { class: "eyebrow" }, card.type_text), badge(card.state_text, card.state)),
    h("p", { class: "case-label" }, t("card.case_number")),
    h("p", { class: "number-line" }, h("span", { class: "number big" }, card.number), copyable(card.number, context)),
    h(
      "dl",
      { class: "facts" },
      card.refund_minor !== null && card.currency !== null && fact(t("card.refund"), formatMoney(card.refund_minor, card.currency, language)),
      card.deadline_at !== null && fact(t("card.deadline"), h("time", { datetime: card.deadline_at }, card.deadline_text ?? formatMoment(card.deadline_at, language))),
      card.next_step !== null && card.next_step !== "" && fact(t("card.next_step"), card.next_step),
    ),
  );
}

function articleCard(card: ArticleCard, context: CardContext): HTMLElement {
  const { t, choose, judge } = context;
  const body = h("div", { class: "prose" });
  body.append(renderMarkdown(card.body, context.base));
  const slip = h("article", { class: "slip article", lang: card.language, "aria-label": card.title }, h("h3", {}, card.title), body);
  if (card.body.length > LONG_ARTICLE) {
    body.classList.add("folded");
    const more = h("button", { type: "button", class: "more", "aria-expanded": "false" }, t("card.read_more"), icon("down"));
    more.addEventListener("click", () => {
      body.classList.remove("folded");
      more.remove();
    });
    slip.append(more);
  }
  if (judge !== null) slip.append(verdict(card.id, judge, context));
  if (card.related.length > 0 && choose !== null)
    slip.append(
      h("div", { class: "related" }, h("p", { class: "eyebrow" }, t("card.related")), ...card.related.map((other) => h("button", { type: "button", class: "link", onclick: () => choose(other.payload, other.title) }, other.title, icon("next")))),
    );
  return slip;
}

function verdict(articleId: string, judge: (articleId: string, isHelpful: boolean) => Promise<boolean>, { t }: CardContext): HTMLElement {
  const said = h("p", { class: "verdict", role: "status" });
  const say = (isHelpful: boolean) => async (): Promise<void> => {
    const taken = await judge(articleId, isHelpful);
    said.textContent = t(!taken ? "card.feedback_failed" : isHelpful ? "card.feedback_yes" : "card.feedback_no");
  };
  append(said, [
    h("span", {}, t("card.was_helpful")),
    h("button", { type: "button", class: "pill", onclick: () => void say(true)() }, icon("up"), t("card.helpful")),
    h("button", { type: "button", class: "pill", onclick: () => void say(false)() }, icon("thumbdown"), t("card.not_helpful")),
  ]);
  return said;
}
