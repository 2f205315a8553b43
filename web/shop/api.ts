// The demo's own data. Read loosely: it is written by whichever demo connector runs behind the desk.
import { fetchJson } from "../shared/problem.ts";
import type { Language } from "../shared/types.ts";

export interface Product {
  sku: string;
  title: Record<Language, string>;
  category: string;
  categoryTitle: Record<Language, string>;
  priceMinor: number;
  currency: string;
  imageUrl: string;
}

export interface DemoShopper {
  ref: string;
  name: string;
  vip: number;
  phoneLast4: string;
  orders: { number: string; note: string }[];
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The list in an answer, whether bare or under some name. */
const listIn = (body: unknown): Fields[] => {
  const list = Array.isArray(body) ? body : Object.values(fields(body)).find(Array.isArray);
  return ((list ?? []) as unknown[]).map(fields);
};

function bothLanguages(value: unknown): Record<Language, string> {
  const { zh, en } = fields(value);
  const plain = text(value);
  return { zh: text(zh) || plain || text(en), en: text(en) || plain || text(zh) };
}

async function load(url: string): Promise<Fields[]> {
  try {
    return listIn(await fetchJson(url, {}));
  } catch {
    return []; // the page says that the shelves are empty
  }
}

export async function loadProducts(): Promise<Product[]> {
  return (await load("/demo/products.json")).map((item) => ({
    sku: text(item.sku),
    title: bothLanguages(item.title),
    category: text(item.category),
    categoryTitle: bothLanguages(item.category_title ?? item.category_text ?? item.category),
    priceMinor: Number(item.price_minor) || 0,
    currency: text(item.currency) || "CNY",
    imageUrl: text(item.image_url),
  }));
}

export async function loadShoppers(): Promise<DemoShopper[]> {
  return (await load("/demo/shoppers.json")).map((item) => ({
    ref: text(item.ref) || text(item.shopper_ref),
    name: text(item.name),
    vip: Number(item.vip_level) || 0,
    phoneLast4: text(item.phone_last4),
    orders: (Array.isArray(item.orders) ? (item.orders as unknown[]) : []).map((order) => (typeof order === "string" ? { number: order, note: "" } : { number: text(fields(order).number), note: text(fields(order).note) || text(fields(order).state_text) })),
  }));
}

export async function signIn(ref: string): Promise<string> {
  const answer = await fetchJson("/demo/sign-in", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ shopper_ref: ref }) });
  return text(fields(answer).shopper_token);
}
