// What every part of the desk needs, passed by one Preact context instead of through each level.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { CardKey } from "../shared/cards.ts";
import { makeTranslate, type Translate } from "../shared/i18n.ts";
import sharedEn from "../shared/i18n/en.json";
import sharedZh from "../shared/i18n/zh.json";
import type { Language } from "../shared/types.ts";
import type { Agent, DeskApi } from "./api.ts";
import en from "./i18n/en.json";
import zh from "./i18n/zh.json";
import type { Live } from "./live.ts";

export type Key = keyof typeof en | CardKey;
export type T = Translate<Key>;

export const TEXTS: Record<Language, Record<Key, string>> = { en: { ...sharedEn, ...en }, zh: { ...sharedZh, ...zh } };
export const textsOf = (language: Language): T => makeTranslate(TEXTS[language]);

export interface Desk {
  api: DeskApi;
  live: Live;
  agent: Agent;
  language: Language;
  t: T;
  /** The name of a state, type, team or other word of the domain; the word itself when it is not known here. */
  word: (name: string | null | undefined) => string;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error("useDesk outside of DeskContext");
  return desk;
}

/** A case step as a verb, for its button; the desk's own label for a step that is not known here. */
export function stepOf(language: Language, state: string, label: string): string {
  const texts: Readonly<Record<string, string>> = TEXTS[language];
  return texts[`step.${state}`] ?? label;
}

export function wordOf(language: Language, name: string | null | undefined): string {
  if (name === null || name === undefined) return "";
  const texts: Readonly<Record<string, string>> = TEXTS[language];
  return texts[`word.${name}`] ?? name.replaceAll("_", " ");
}
