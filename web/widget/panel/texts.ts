// The panel's words: its own and those of the cards.
import type { CardKey } from "../../shared/cards.ts";
import { makeTranslate, type Translate } from "../../shared/i18n.ts";
import sharedEn from "../../shared/i18n/en.json";
import sharedZh from "../../shared/i18n/zh.json";
import type { Language } from "../../shared/types.ts";
import en from "../i18n/en.json";
import zh from "../i18n/zh.json";

export type Key = keyof typeof en | CardKey;
export type T = Translate<Key>;

const TEXTS: Record<Language, Record<Key, string>> = { en: { ...sharedEn, ...en }, zh: { ...sharedZh, ...zh } };

export const textsOf = (language: Language): T => makeTranslate(TEXTS[language]);
