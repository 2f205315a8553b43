// The message box. It knows the page, not the network: what to do with a text or a photo is handed in.
import { h, icon } from "../../shared/dom.ts";
import { isSendKey } from "../../shared/keys.ts";
import type { PhotoTray } from "./photo_tray.ts";
import type { T } from "./texts.ts";

export const LONGEST_TEXT = 4000;
const COUNTER_FROM = 3800;

export interface ComposerOptions {
  t: T;
  send: (text: string) => void;
  onTyping: () => void;
  tray: PhotoTray;
}

export interface Composer {
  element: HTMLElement;
  box: HTMLTextAreaElement;
  fit: () => void; // call when the box becomes visible: a hidden box has no height to fit
}

export function makeComposer({ t, send, onTyping, tray }: ComposerOptions, draft = ""): Composer {
  const box = h("textarea", { rows: 1, "aria-label": t("composer.label"), placeholder: t("composer.placeholder"), enterkeyhint: "send", dir: "auto" });
  const counter = h("p", { class: "counter", role: "status" });
  const picker = h("input", { type: "file", accept: "image/jpeg,image/png,image/webp", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true" });
  const photo = h("button", { type: "button", class: "tool", "aria-label": t("composer.photo"), title: t("composer.photo"), onclick: () => picker.click() }, icon("photo"));
  const submit = h("button", { type: "submit", class: "send", "aria-label": t("composer.send"), title: t("composer.send") }, icon("send"));

  function fit(): void {
    box.style.blockSize = "auto";
    box.style.blockSize = `${box.scrollHeight}px`;
    const over = box.value.length - LONGEST_TEXT;
    counter.textContent = over > 0 ? t("composer.too_long", { n: over }) : box.value.length > COUNTER_FROM ? String(-over) : "";
    submit.classList.toggle("idle", box.value.trim() === "" && tray.isEmpty());
  }

  function submitNow(): void {
    const text = box.value.trim();
    if (box.value.length > LONGEST_TEXT || (text === "" && tray.isEmpty())) return;
    box.value = "";
    send(text);
    fit();
  }

  box.value = draft;
  box.addEventListener("input", () => {
    fit();
    if (box.value !== "") onTyping();
  });
  box.addEventListener("keydown", (event) => {
    if (!isSendKey(event)) return;
    event.preventDefault();
    submitNow();
  });
  box.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (files.length === 0) return;
    event.preventDefault();
    tray.add(files);
  });
  picker.addEventListener("change", () => {
    tray.add([...(picker.files ?? [])]);
    picker.value = "";
    box.focus();
  });
  tray.onChange = fit;

  const form = h("form", { class: "composer" }, photo, picker, box, submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitNow();
    box.focus();
  });
  return { element: h("div", { class: "foot" }, tray.element, counter, form), box, fit };
}
