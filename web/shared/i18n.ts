// Interface texts: one flat JSON per language with the same keys; a test holds them to each other.
import type { Language } from "./types.ts";

export type Catalogue = Readonly<Record<string, string>>;
export type Values = Readonly<Record<string, string | number>>;
export type Translate<Key extends string = string> = (key: Key, values?: Values) => string;

/** Return `t` for one language; `{name}` in a text is replaced by the value of that name. */
export function makeTranslate<Key extends string>(texts: Readonly<Record<Key, string>>): Translate<Key> {
  return (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The language that a tag such as "zh-Hans-CN" asks for; English for everything that is not Chinese. */
export function languageOf(tag: string | null | undefined): Language {
  return tag?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** First character of a name, for a round face; a surname in Chinese, an initial in Latin script. */
export const firstSign = (name: string): string => Array.from(name)[0] ?? "";
