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
  orders: { number: string; note: Record<Language, string> }[];
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The list in an answer, whether bare or under its name. */
const listIn = (body: unknown, name: string): Fields[] => {
  const list = Array.isArray(body) ? body : fields(body)[name];
  return Array.isArray(list) ? (list as unknown[]).map(fields) : [];
};

function bothLanguages(value: unknown): Record<Language, string> {
  const { zh, en } = fields(value);
  const plain = text(value);
  return { zh: text(zh) || plain || text(en), en: text(en) || plain || text(zh) };
}

async function load(url: string): Promise<unknown> {
  try {
    return await fetchJson(url, {});
  } catch {
    return null; // the page says that the shelves are empty
  }
}

export async function loadProducts(): Promise<Product[]> {
  const body = await load("/demo/products.json");
  const categories = new Map(listIn(body, "categories").map((category) => [text(category.id), bothLanguages(category.title)]));
  return listIn(body, "products").map((item) => ({
    sku: text(item.sku),
    title: bothLanguages(item.title),
    category: text(item.category),
    categoryTitle: categories.get(text(item.category)) ?? bothLanguages(item.category),
    priceMinor: Number(item.price_minor) || 0,
    currency: text(item.currency) || "CNY",
    imageUrl: text(item.image_url),
  }));
}

export async function loadShoppers(): Promise<DemoShopper[]> {
  return listIn(await load("/demo/shoppers.json"), "shoppers").map((item) => ({
    ref: text(item.ref) || text(item.shopper_ref),
    name: text(item.name),
    vip: Number(item.vip_level) || 0,
    phoneLast4: text(item.phone_last4),
    orders: (Array.isArray(item.orders) ? (item.orders as unknown[]) : []).map((order) => (typeof order === "string" ? { number: order, note: bothLanguages("") } : { number: text(fields(order).number), note: bothLanguages(fields(order).label) })),
  }));
}

export async function signIn(ref: string): Promise<string> {
  const answer = await fetchJson("/demo/sign-in", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ shopper_ref: ref }) });
  return text(fields(answer).shopper_token);
}
