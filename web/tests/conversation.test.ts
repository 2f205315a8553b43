import { describe, expect, it } from "vitest";
import { Problem } from "../shared/problem.ts";
import { Conversation, subjectOf } from "../widget/conversation.ts";
import { FakeAround, FakeDesk, makeMessage, settle } from "./fakes.ts";

function make(desk = new FakeDesk(), notes = new Map<string, string>(), shopperToken: string | null = null) {
  const around = new FakeAround();
  const conversation = new Conversation({
    api: desk,
    notes: { read: (name) => notes.get(name) ?? null, write: (name, value) => {
        if (value === null) notes.delete(name);
        else notes.set(name, value);
      },
    },
    language: "zh",
    shopperToken,
    around,
    isLooking: () => true,
    onChange: () => undefined,
  });
  return { desk, around, conversation, notes };
}

const texts = (conversation: Conversation): (string | null | undefined)[] => conversation.entries().map(({ message }) => message.content.text);

async function started(desk?: FakeDesk, notes?: Map<string, string>) {
  const parts = make(desk, notes);
  await parts.conversation.start();
  parts.around.socket.open();
  return parts;
}

describe("history and reconnect", () => {
  it("shows the history, then asks the line for exactly the rest", async () => {
    const desk = new FakeDesk();
    desk.store({});
    desk.store({});
    const { conversation, around } = await started(desk);
    expect(texts(conversation)).toEqual(["message 1", "message 2"]);
    expect(around.socket.sent).toEqual([{ token: "t1", after: 2 }]);
  });

  it("catches up after a drop without loss or double", async () => {
    const { conversation, desk, around } = await started();
    around.socket.deliver({ event: "message", message: desk.store({}) });
    around.socket.drop();
    desk.store({});
    const third = desk.store({});
    await around.pass(500);
    around.socket.open();
    expect(around.socket.sent).toEqual([{ token: "t1", after: 1 }]);
    for (const seq of [2, 3]) around.socket.deliver({ event: "message", message: makeMessage(seq) });
    around.socket.deliver({ event: "message", message: third });
    expect(texts(conversation)).toEqual(["message 1", "message 2", "message 3"]);
  });

  it("asks for a message that our own POST overtook", async () => {
    const { conversation, desk, around } = await started();
    desk.store({ content: { text: "from an agent" } }); // seq 1, still under way on the stream
    conversation.say("mine"); // seq 2, confirmed by HTTP
    await settle();
    around.socket.drop();
    await around.pass(500);
    around.socket.open();
    expect(around.socket.sent[0]).toEqual({ token: "t1", after: 0 });
  });

  it("drops a line that stays silent about our own message", async () => {
    const { conversation, around } = await started();
    conversation.say("mine");
    await settle();
    await around.pass(6000);
    expect(around.sockets).toHaveLength(2);
  });

  it("polls while WebSockets are blocked", async () => {
    const desk = new FakeDesk();
    const { conversation, around } = make(desk);
    around.isBlocked = true;
    await conversation.start();
    await around.pass(500);
    expect(conversation.line).toBe("polling");
    desk.store({ content: { text: "still arrives" } });
    await around.pass(3000);
    expect(texts(conversation)).toEqual(["still arrives"]);
  });

  it("keeps trying when the desk cannot be reached at all", async () => {
    const desk = new FakeDesk();
    desk.isDown = true;
    const { conversation } = make(desk);
    await conversation.start();
    expect(conversation.line).toBe("failed");
    desk.isDown = false;
    conversation.wake();
    await settle();
    expect(conversation.line).not.toBe("failed");
  });

  it("resumes its session after a reload and takes a new one when it has ended", async () => {
    const notes = new Map<string, string>();
    const desk = new FakeDesk();
    await started(desk, notes);
    await started(desk, notes);
    expect(desk.sessions.map(({ sessionToken }) => sessionToken)).toEqual([null, "t1"]);
    const { conversation } = await started(desk, notes);
    desk.fault = new Problem(401, "session_unknown");
    conversation.say("x");
    await settle();
    expect(desk.sessions.at(-1)?.sessionToken).toBe(null);
  });
});

describe("sending", () => {
  it("shows the message at once and once", async () => {
    const { conversation, desk, around } = await started();
    conversation.say("你好");
    expect(conversation.entries().map(({ delivery }) => delivery)).toEqual(["sending"]);
    await settle();
    around.socket.deliver({ event: "message", message: desk.stored[0] });
    expect(conversation.entries()).toHaveLength(1);
    expect(conversation.entries()[0]?.delivery).toBe("sent");
  });

  it("repeats with the same id, so that the desk knows the repeat", async () => {
    const { conversation, desk, around } = await started();
    desk.fault = new Problem(503, "desk_busy");
    conversation.say("你好");
    await settle();
    desk.fault = null;
    await around.pass(1000);
    expect(desk.posts).toHaveLength(2);
    expect(new Set(desk.posts.map(({ external_id }) => external_id)).size).toBe(1);
    expect(desk.stored).toHaveLength(1);
  });

  it("keeps what could not be sent, offers it again, and sends it when the line stands", async () => {
    const { conversation, desk, around } = await started();
    desk.fault = new Problem(0, "network");
    conversation.say("你好");
    await settle();
    for (const wait of [1000, 2000, 4000]) await around.pass(wait);
    expect(conversation.entries()[0]).toMatchObject({ delivery: "failed", failure: "network" });
    desk.fault = null;
    around.socket.drop();
    await around.pass(500);
    around.socket.open();
    await settle();
    expect(conversation.entries()[0]?.delivery).toBe("sent");
  });

  it("sends what failed when the network returns, even if the old socket never noticed", async () => {
    const { conversation, desk, around } = await started();
    desk.fault = new Problem(0, "network");
    conversation.say("你好");
    await settle();
    for (const wait of [1000, 2000, 4000]) await around.pass(wait);
    desk.fault = null;
    conversation.networkBack();
    around.socket.open();
    await settle();
    expect(conversation.entries()[0]?.delivery).toBe("sent");
  });

  it("does not repeat what the desk refuses", async () => {
    const { conversation, desk } = await started();
    desk.fault = new Problem(400, "payload_not_offered");
    conversation.choose("/affirm", "是");
    await settle();
    expect(desk.posts).toHaveLength(1);
    expect(conversation.entries()[0]).toMatchObject({ delivery: "failed", failure: "payload_not_offered" });
  });

  it("keeps unsent messages over a reload, without sending behind the shopper's back", async () => {
    const notes = new Map<string, string>();
    const first = await started(new FakeDesk(), notes);
    first.desk.fault = new Problem(0, "network");
    first.conversation.say("很重要");
    await settle();
    const second = await started(new FakeDesk(), notes);
    expect(texts(second.conversation)).toEqual(["很重要"]);
    expect(second.conversation.entries()[0]?.delivery).toBe("failed");
    expect(second.desk.posts).toHaveLength(0);
  });

  it("sends in the order of writing", async () => {
    const { conversation, desk } = await started();
    for (const text of ["一", "二", "三"]) conversation.say(text);
    await settle();
    expect(desk.stored.map(({ content }) => content.text)).toEqual(["一", "二", "三"]);
  });
});

describe("state", () => {
  it("follows the hand-over and remembers that a person is at it", async () => {
    const { conversation, around, notes } = await started();
    around.socket.deliver({ event: "message", message: makeMessage(1, { sender: "system", content: { state: { state: "with_agent", agent_name: "林小满" } } }) });
    expect(conversation.state).toMatchObject({ state: "with_agent", agent_name: "林小满" });
    expect(notes.get("live")).toBe("1");
  });

  it("keeps a drawer per shopper, so that a shared computer mixes nothing", () => {
    const token = (claims: object): string => `x.${btoa(JSON.stringify(claims))}.y`;
    expect(subjectOf(token({ sub: "S1001" }))).toBe("shopper.S1001");
    expect(subjectOf(null)).toBe("visitor");
    expect(subjectOf("nonsense")).toBe("visitor");
  });
});
