import { describe, expect, it } from "vitest";
import { languageOf, makeTranslate } from "../shared/i18n.ts";
import deskEn from "../desk/i18n/en.json";
import deskZh from "../desk/i18n/zh.json";
import sharedEn from "../shared/i18n/en.json";
import sharedZh from "../shared/i18n/zh.json";
import shopEn from "../shop/i18n/en.json";
import shopZh from "../shop/i18n/zh.json";
import widgetEn from "../widget/i18n/en.json";
import widgetZh from "../widget/i18n/zh.json";

const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe.each([
  ["shared", sharedZh, sharedEn],
  ["widget", widgetZh, widgetEn],
  ["desk", deskZh, deskEn],
  ["shop", shopZh, shopEn],
])("texts of %s", (_, zh: Record<string, string>, en: Record<string, string>) => {
  it("exist in both languages", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });
  it("are nowhere empty", () => {
    expect([...Object.entries(zh), ...Object.entries(en)].filter(([, text]) => text.trim() === "")).toEqual([]);
  });
  it("have the same places for values", () => {
    for (const [key, text] of Object.entries(zh)) expect([key, places(text)]).toEqual([key, places(en[key] ?? "")]);
  });
});

describe("makeTranslate", () => {
  it("fills places and leaves unknown ones alone", () => {
    const t = makeTranslate({ a: "{n} of {total}" });
    expect(t("a", { n: 2 })).toBe("2 of {total}");
  });
});

describe("languageOf", () => {
  it.each([
    ["zh-CN", "zh"],
    ["zh-Hant-TW", "zh"],
    ["en-GB", "en"],
    ["de", "en"],
    [null, "en"],
  ] as const)("reads %s as %s", (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });
});
