import { describe, expect, it } from "vitest";
import { MessageLog } from "../shared/message_log.ts";
import { makeMessage } from "./fakes.ts";

const texts = (log: MessageLog): (string | null | undefined)[] => log.entries().map(({ message }) => message.content.text);

describe("MessageLog", () => {
  it("shows a message once, however often it comes", () => {
    const log = new MessageLog();
    expect(log.receive(makeMessage(1))).toBe(true);
    expect(log.receive(makeMessage(1))).toBe(false);
    expect(log.entries()).toHaveLength(1);
  });

  it("keeps the order of the desk, not of arrival", () => {
    const log = new MessageLog();
    for (const seq of [3, 1, 2]) log.receive(makeMessage(seq));
    expect(texts(log)).toEqual(["message 1", "message 2", "message 3"]);
  });

  it("does not move the cursor with the answer to our own POST, which may overtake the stream", () => {
    const log = new MessageLog();
    log.receive(makeMessage(1));
    log.confirm(makeMessage(3, { sender: "shopper", external_id: "a" }));
    expect(log.cursor).toBe(1); // a reconnect still asks for 2
    log.receive(makeMessage(2));
    expect(texts(log)).toEqual(["message 1", "message 2", "message 3"]);
  });

  it("turns the optimistic message into the stored one, keeping its key", () => {
    const log = new MessageLog();
    log.addPending("a", { text: "hi" }, "2025-11-18T10:00:00Z");
    const before = log.entries()[0]?.key;
    log.receive(makeMessage(7, { sender: "shopper", external_id: "a", content: { text: "hi" } }));
    expect(log.entries()).toHaveLength(1);
    expect(log.entries()[0]).toMatchObject({ key: before, delivery: "sent" });
  });

  it("lets seq have gaps: internal notes are not sent to shoppers", () => {
    const log = new MessageLog();
    log.receive(makeMessage(1));
    log.receive(makeMessage(4));
    expect(log.cursor).toBe(4);
  });
});
