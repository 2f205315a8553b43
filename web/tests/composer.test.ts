import { describe, expect, it } from "vitest";
import { makeComposer } from "../widget/panel/composer.ts";
import { faultOf, PhotoTray } from "../widget/panel/photo_tray.ts";
import { textsOf } from "../widget/panel/texts.ts";

type Press = KeyboardEventInit & { code229?: boolean };

const t = textsOf("zh");

function make(): { box: HTMLTextAreaElement; sent: string[]; press: (init: Press) => KeyboardEvent } {
  const sent: string[] = [];
  const tray = new PhotoTray(t, () => Promise.reject(new Error("no upload here")));
  const { box } = makeComposer({ t, send: (text) => sent.push(text), onTyping: () => undefined, tray });
  const press = (init: Press): KeyboardEvent => {
    const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
    if (init.code229 === true) Object.defineProperty(event, "keyCode", { value: 229 });
    if (init.isComposing !== undefined) Object.defineProperty(event, "isComposing", { value: init.isComposing });
    box.dispatchEvent(event);
    return event;
  };
  return { box, sent, press };
}

describe("composer", () => {
  it("sends on Enter and empties the box", () => {
    const { box, sent, press } = make();
    box.value = " 你好 ";
    press({ key: "Enter" });
    expect(sent).toEqual(["你好"]);
    expect(box.value).toBe("");
  });

  it.each([
    ["while pinyin is being composed", { key: "Enter", isComposing: true }],
    ["for Safari's Enter that ends a composition", { key: "Enter", code229: true }],
    ["with Shift, which breaks the line", { key: "Enter", shiftKey: true }],
  ])("does not send %s", (_, init) => {
    const { box, sent, press } = make();
    box.value = "nihao";
    expect(press(init).defaultPrevented).toBe(false);
    expect(sent).toEqual([]);
    expect(box.value).toBe("nihao");
  });

  it("does not send nothing, nor too much", () => {
    const { box, sent, press } = make();
    box.value = "   ";
    press({ key: "Enter" });
    box.value = "x".repeat(4001);
    press({ key: "Enter" });
    expect(sent).toEqual([]);
    expect(box.value).toHaveLength(4001);
  });
});

describe("faultOf", () => {
  const MB = 1024 * 1024;
  it.each([
    ["exactly 10 MB", { name: "a.jpg", type: "image/jpeg", size: 10 * MB }, null],
    ["one byte more", { name: "a.jpg", type: "image/jpeg", size: 10 * MB + 1 }, "a.jpg 有 10 MB，照片不能超过 10 MB。"],
    ["SVG, which may hold script", { name: "a.svg", type: "image/svg+xml", size: 10 }, "a.svg 不是可用的照片（支持 JPEG、PNG、WebP）。"],
  ])("judges %s", (_, file, expected) => {
    expect(faultOf(file, t)).toBe(expected);
  });
});
