import { describe, expect, it } from "vitest";
import { backoffMs, LiveSocket } from "../shared/live_socket.ts";
import { FakeAround } from "./fakes.ts";

function make(around: FakeAround): { socket: LiveSocket; frames: Record<string, unknown>[]; states: string[] } {
  const frames: Record<string, unknown>[] = [];
  const states: string[] = [];
  const socket = new LiveSocket({ url: () => "ws://x", onOpen: () => undefined, onFrame: (frame) => frames.push(frame), onState: (state) => states.push(state) }, around);
  return { socket, frames, states };
}

describe("backoffMs", () => {
  it.each([
    [1, 500],
    [2, 1000],
    [3, 2000],
    [20, 30_000],
  ])("waits at most for try %i: %i ms", (failures, most) => {
    expect(backoffMs(failures, () => 1)).toBe(most);
    expect(backoffMs(failures, () => 0)).toBe(most / 2);
  });
});

describe("LiveSocket", () => {
  it("comes back after a drop, waiting longer each time", async () => {
    const around = new FakeAround();
    const { socket } = make(around);
    socket.start();
    around.socket.drop();
    expect(around.waits()).toEqual([500]);
    await around.pass(500);
    around.socket.drop();
    expect(around.waits()).toEqual([1000]);
  });

  it("begins afresh only when the desk has spoken", async () => {
    const around = new FakeAround();
    const { socket } = make(around);
    socket.start();
    around.socket.drop();
    await around.pass(500);
    around.socket.open(); // opened and closed at once: a proxy, not the desk
    around.socket.drop();
    expect(around.waits()).toEqual([1000]);
    await around.pass(1000);
    around.socket.open();
    around.socket.deliver({ event: "typing" });
    around.socket.drop();
    expect(around.waits()).toEqual([500]);
  });

  it("gives up on a handshake that hangs", async () => {
    const around = new FakeAround();
    const { socket, states } = make(around);
    socket.start();
    await around.pass(8000);
    expect(around.socket.isClosed).toBe(true);
    expect(states.at(-1)).toBe("waiting");
  });

  it("ignores what is not a JSON object, and anything from a socket it has left", () => {
    const around = new FakeAround();
    const { socket, frames } = make(around);
    socket.start();
    const first = around.socket;
    first.open();
    first.deliver("{broken");
    first.deliver("null");
    socket.reconnectNow();
    first.deliver({ event: "message" });
    expect(frames).toEqual([]);
  });

  it("stays quiet after stop", async () => {
    const around = new FakeAround();
    const { socket } = make(around);
    socket.start();
    around.socket.drop();
    socket.stop();
    await around.pass(500);
    expect(around.sockets).toHaveLength(1);
  });

  it("survives a browser that forbids WebSockets", () => {
    const around = new FakeAround();
    around.isBlocked = true;
    const { socket, states } = make(around);
    socket.start();
    expect(states).toEqual(["connecting", "waiting"]);
  });
});
