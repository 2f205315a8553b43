// The demonstration shop: a page that embeds the widget like any shop would, and a bar to sign in as somebody.
import { h, icon, safeUrl, type Child } from "../shared/dom.ts";
import { formatMoney } from "../shared/format.ts";
import { languageOf, makeTranslate } from "../shared/i18n.ts";
import type { Language } from "../shared/types.ts";
import { loadProducts, loadShoppers, signIn, type DemoShopper, type Product } from "./api.ts";
import en from "./i18n/en.json";
import "../shared/tokens.css";
import "./shop.css";
import zh from "./i18n/zh.json";

type Key = keyof typeof en;

const TEXTS: Record<Language, Record<Key, string>> = { en, zh };
const FEATURED = ["S1001", "S1002", "S1021"];
const FIRST_SHELF = 12;

interface Shown {
  language: Language;
  products: Product[];
  shoppers: DemoShopper[];
  signedIn: string | null;
  category: string | null;
  showsAll: boolean;
  fault: boolean;
}

declare global {
  interface Window {
    Zhanggui?: { open: () => Promise<void>; close: () => void; identify: (token: string | null) => void };
  }
}

const note = (name: string): string | null => {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
};
function keep(name: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // the choice lasts for this page
  }
}

const wanted = new URLSearchParams(location.search).get("lang") ?? note("shop.language") ?? navigator.language;
const shown: Shown = { language: languageOf(wanted), products: [], shoppers: [], signedIn: null, category: null, showsAll: false, fault: false };
const place = document.getElementById("shop") as HTMLElement;

/** The one script tag that a shop adds to its page. */
function embedWidget(language: Language, token: string | null): void {
  const script = h("script", { src: "/widget.js", async: true, "data-language": language, "data-shopper-token": token });
  document.body.append(script);
}

async function enter(ref: string | null): Promise<void> {
  try {
    const token = ref === null ? null : await signIn(ref);
    shown.signedIn = ref;
    shown.fault = false;
    keep("shop.shopper", ref);
    window.Zhanggui?.identify(token);
  } catch {
    shown.fault = true;
  }
  paint();
}

function paint(): void {
  const t = makeTranslate(TEXTS[shown.language]);
  document.documentElement.lang = shown.language === "zh" ? "zh-Hans" : "en";
  document.title = t("shop");
  const switchTo: Language = shown.language === "zh" ? "en" : "zh";
  const change = (): void => {
    keep("shop.language", switchTo);
    location.href = `?lang=${switchTo}`; // the widget takes the page's language when it loads
  };
  place.replaceChildren(
    h("p", { class: "demo" }, t("demo")),
    h(
      "header",
      { class: "top" },
      h("a", { class: "name", href: "#" }, h("span", { class: "seal", "aria-hidden": "true" }, "巷"), t("shop")),
      h("nav", {}, h("a", { href: "#goods" }, t("goods")), h("a", { href: "/desk/" }, t("desk")), h("button", { type: "button", class: "plain", lang: switchTo, onclick: change }, t("switch"))),
    ),
    h(
      "section",
      { class: "hero" },
      h("div", { class: "hero-text" }, h("h1", {}, t("hero.title")), h("p", {}, t("hero.text")), h("p", { class: "acts" }, h("button", { type: "button", class: "primary", onclick: () => void window.Zhanggui?.open() }, t("hero.ask")), h("a", { class: "secondary", href: "#goods" }, t("hero.browse")))),
      h("div", { class: "front", "aria-hidden": "true" }, ...shown.products.slice(0, 60).filter((_, index) => index % Math.max(1, Math.floor(shown.products.length / 5)) === 0).slice(0, 4).map((product) => picture(product)), h("span", { class: "sign" }, "南巷好物")),
    ),
    tryBar(t),
    shelf(t),
    h("footer", {}, t("foot")),
  );
}

type T = (key: Key, values?: Record<string, string | number>) => string;

function tryBar(t: T): HTMLElement {
  const featured = FEATURED.map((ref) => shown.shoppers.find((shopper) => shopper.ref === ref)).filter((shopper) => shopper !== undefined);
  const shoppers = featured.length > 0 ? featured : shown.shoppers.slice(0, 3);
  const other = shown.shoppers.find((shopper) => shopper.ref === shown.signedIn && !shoppers.includes(shopper));
  const select = h("select", { "aria-label": t("try.other") }, h("option", { value: "" }, t("try.choose")), ...shown.shoppers.map((shopper) => h("option", { value: shopper.ref, selected: shopper === other }, `${shopper.name} · ${shopper.ref}`)));
  select.addEventListener("change", () => void enter(select.value === "" ? null : select.value));
  return h(
    "section",
    { class: "try", "aria-labelledby": "try-title" },
    h("div", { class: "try-head" }, h("h2", { id: "try-title" }, t("try.title")), h("p", {}, t("try.text")), shown.fault && h("p", { class: "fault", role: "alert" }, t("try.failed"))),
    h("div", { class: "people" }, ...(other ? [other, ...shoppers.slice(0, 2)] : shoppers).map((shopper) => person(shopper, t))),
    shown.shoppers.length > 3 && h("label", { class: "others" }, h("span", {}, t("try.other")), select),
  );
}

function person(shopper: DemoShopper, t: T): HTMLElement {
  const isIn = shopper.ref === shown.signedIn;
  const orders = shopper.orders.slice(0, 5).map((order) => {
    const button = h("button", { type: "button", class: "order" }, h("span", { class: "order-number" }, order.number), h("span", { class: "order-note" }, order.note[shown.language]), icon("copy"));
    button.addEventListener("click", () => {
      void navigator.clipboard.writeText(order.number).then(
        () => button.classList.add("copied"),
        () => undefined,
      );
    });
    return h("li", {}, button);
  });
  return h(
    "article",
    { class: isIn ? "person in" : "person" },
    h("header", {}, h("h3", {}, shopper.name), h("p", {}, [shopper.vip > 0 ? t("try.vip", { n: shopper.vip }) : "", shopper.ref, shopper.phoneLast4 === "" ? "" : t("try.phone", { n: shopper.phoneLast4 })].filter(Boolean).join(" · "))),
    orders.length > 0 && h("p", { class: "label" }, t("try.orders")),
    h("ul", {}, ...orders),
    h("button", { type: "button", class: "secondary", onclick: () => void enter(isIn ? null : shopper.ref) }, t(isIn ? "try.sign_out" : "try.sign_in")),
  );
}

function shelf(t: T): HTMLElement {
  const categories = new Map(shown.products.map((product) => [product.category, product.categoryTitle[shown.language]]));
  const products = shown.products.filter((product) => shown.category === null || product.category === shown.category);
  const visible = shown.showsAll || shown.category !== null ? products : products.slice(0, FIRST_SHELF);
  const tab = (category: string | null, label: string): HTMLElement =>
    h("button", { type: "button", class: "tab", "aria-pressed": String(shown.category === category), onclick: () => choose(category) }, label);
  const choose = (category: string | null): void => {
    shown.category = category;
    paint();
  };
  return h(
    "section",
    { class: "goods", id: "goods", "aria-labelledby": "goods-title" },
    h("div", { class: "goods-head" }, h("h2", { id: "goods-title" }, t("goods")), categories.size > 1 && h("div", { class: "tabs" }, tab(null, t("all")), ...[...categories].map(([category, title]) => tab(category, title)))),
    shown.products.length === 0 ? h("p", { class: "empty" }, t("goods.failed")) : h("ul", { class: "grid" }, ...visible.map((product) => h("li", {}, picture(product), h("h3", {}, product.title[shown.language]), h("p", {}, formatMoney(product.priceMinor, product.currency, shown.language))))),
    visible.length < products.length &&
      h(
        "button",
        {
          type: "button",
          class: "secondary wide",
          onclick: () => {
            shown.showsAll = true;
            paint();
          },
        },
        t("goods.more", { n: products.length }),
      ),
  );
}

function picture(product: Product): Child {
  const src = safeUrl(product.imageUrl, location.href);
  return src === null ? h("span", { class: "picture" }, icon("parcel")) : h("img", { class: "picture", src, alt: "", loading: "lazy", width: 240, height: 240 });
}

async function start(): Promise<void> {
  paint();
  [shown.products, shown.shoppers] = await Promise.all([loadProducts(), loadShoppers()]);
  const ref = note("shop.shopper");
  let token: string | null = null;
  if (ref !== null) {
    token = await signIn(ref).catch(() => null);
    shown.signedIn = token === null ? null : ref;
  }
  paint();
  embedWidget(shown.language, token);
}

void start();
