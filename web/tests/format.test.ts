import { describe, expect, it } from "vitest";
import { formatDay, formatMoney, formatSize, formatWait } from "../shared/format.ts";
import { viewsOf } from "../desk/live.ts";
import type { Summary } from "../desk/api.ts";

describe("formatSize", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KB"],
    [340 * 1024, "340 KB"],
    [1024 * 1024 - 1, "1.0 MB"],
    [2.4 * 1024 * 1024, "2.4 MB"],
    [10 * 1024 * 1024, "10 MB"],
  ])("%i bytes are %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe("formatMoney", () => {
  it.each([
    [12900, "CNY", "zh", "¥129.00"],
    [12900, "GBP", "en", "£129.00"],
    [500, "JPY", "en", "¥500"],
  ] as const)("%i minor units of %s in %s are %s", (minor, currency, language, text) => {
    expect(formatMoney(minor, currency, language)).toBe(text);
  });
});

describe("formatWait", () => {
  it.each([
    [-3, "0:00"],
    [42.9, "0:42"],
    [725, "12:05"],
    [11_220, "3:07:00"],
  ])("%d s are %s", (seconds, text) => {
    expect(formatWait(seconds)).toBe(text);
  });
});

describe("formatDay", () => {
  const now = new Date("2025-11-20T12:00:00");
  it("reads a bare date as a day in the shop, not as midnight somewhere else", () => {
    expect(formatDay("2025-11-18", "zh", now)).toBe("11月18日");
    expect(formatDay("2025-11-18", "en", now)).toBe("18 Nov");
  });
  it("tells the year when it is another one", () => {
    expect(formatDay("2024-11-18", "en", now)).toBe("18 Nov 2024");
  });
});

describe("viewsOf", () => {
  const row = (id: string, fields: Partial<Summary>): Summary => ({ id, channel: "widget", state: "bot", language: "zh", shopper: null, agent_login: null, agent_name: null, queue_reason: null, reason_text: null, queued_at: null, updated_at: "2025-11-18T10:00:00Z", last_message: null, unread: 0, last_seq: 1, ...fields });
  it("puts who waits longest first, and only my own among mine", () => {
    const views = viewsOf(
      [row("a", { state: "queued", queued_at: "2025-11-18T10:05:00Z" }), row("b", { state: "queued", queued_at: "2025-11-18T10:01:00Z" }), row("c", { state: "with_agent", agent_login: "lin", agent_name: "林小满" }), row("d", { state: "with_agent", agent_login: "chen", agent_name: "林小满" })],
      "lin",
    );
    expect(views.queue.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(views.mine.map(({ id }) => id)).toEqual(["c"]);
    expect(views.all).toHaveLength(4);
  });
});
