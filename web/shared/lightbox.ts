// A photo at full size, over everything, until it is closed; the focus returns to where it came from.
import { h, icon } from "./dom.ts";

export function openLightbox(into: ParentNode & Node, src: string, alt: string, closeLabel: string): void {
  const before = (into instanceof ShadowRoot ? into.activeElement : document.activeElement) as HTMLElement | null;
  const button = h("button", { type: "button", class: "tool", "aria-label": closeLabel }, icon("close"));
  const box = h("div", { class: "lightbox", role: "dialog", "aria-modal": "true", "aria-label": alt }, h("img", { src, alt }), button);
  const close = (): void => {
    box.remove();
    before?.focus();
  };
  box.addEventListener("click", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Tab" || event.key === "Escape") {
      event.preventDefault(); // one control: the focus has nowhere else to go
      event.stopPropagation();
    }
  });
  into.appendChild(box);
  button.focus();
}
