// Photos chosen and not yet sent: checked here, uploaded at once, shown with their progress.
import { h, icon } from "../../shared/dom.ts";
import { formatSize } from "../../shared/format.ts";
import { newId } from "../../shared/ids.ts";
import type { Photo } from "../../shared/types.ts";
import type { T } from "./texts.ts";

export const LARGEST_PHOTO_BYTES = 10 * 1024 * 1024;
const MOST_PHOTOS = 4;
const TYPES = ["image/jpeg", "image/png", "image/webp"];

export type Upload = (key: string, file: Blob, onProgress: (part: number) => void) => Promise<Photo>;

/** What is wrong with a file before any byte is sent, in the shopper's words; null when it may go. */
export function faultOf(file: { name: string; type: string; size: number }, t: T): string | null {
  if (!TYPES.includes(file.type)) return t("photo.wrong_type", { name: file.name });
  if (file.size > LARGEST_PHOTO_BYTES) return t("photo.too_large", { name: file.name, size: formatSize(file.size) });
  return null;
}

interface Waiting {
  key: string;
  element: HTMLElement;
  address: string;
  photo: Promise<Photo>;
}

export class PhotoTray {
  readonly element = h("div", { class: "tray" });
  onChange: () => void = () => undefined;
  private readonly fault = h("p", { class: "fault", role: "alert" });
  private readonly list = h("ul", {});
  private items: Waiting[] = [];

  constructor(
    private readonly t: T,
    private readonly upload: Upload,
  ) {
    this.element.append(this.fault, this.list);
  }

  isEmpty(): boolean {
    return this.items.length === 0;
  }

  add(files: readonly File[]): void {
    this.fault.textContent = "";
    for (const file of files) {
      const fault = this.items.length >= MOST_PHOTOS ? this.t("photo.too_many", { n: MOST_PHOTOS }) : faultOf(file, this.t);
      if (fault === null) this.hold(file, newId());
      else this.fault.textContent = fault;
    }
    this.onChange();
  }

  /** Hand over every photo that arrives; failed ones stay in the tray and can be tried again. */
  async takeAll(give: (photo: Photo) => void): Promise<void> {
    for (const item of [...this.items]) {
      try {
        const photo = await item.photo;
        this.remove(item);
        give(photo);
      } catch {
        // its row shows the failure and a way to try again
      }
    }
  }

  private hold(file: File, key: string): void {
    const { t } = this;
    const address = URL.createObjectURL(file);
    const bar = h("progress", { max: 1, value: 0, "aria-label": file.name });
    const state = h("span", { class: "tray-state" }, t("photo.uploading", { percent: 0 }));
    const again = h("button", { type: "button", class: "link-button", hidden: true }, t("photo.retry"));
    const remove = h("button", { type: "button", class: "tool", "aria-label": t("photo.remove") }, icon("close"));
    const element = h("li", {}, h("img", { src: address, alt: "", width: 44, height: 44 }), h("span", { class: "tray-text" }, h("span", { class: "tray-name" }, `${file.name} · ${formatSize(file.size)}`), bar, state), again, remove);
    const item: Waiting = { key, element, address, photo: this.start(file, key, bar, state, again) };
    again.addEventListener("click", () => {
      item.photo = this.start(file, key, bar, state, again);
    });
    remove.addEventListener("click", () => this.remove(item));
    this.items.push(item);
    this.list.append(element);
  }

  private start(file: File, key: string, bar: HTMLProgressElement, state: HTMLElement, again: HTMLElement): Promise<Photo> {
    again.hidden = true;
    bar.hidden = false;
    const photo = this.upload(key, file, (part) => {
      bar.value = part;
      state.textContent = this.t("photo.uploading", { percent: Math.round(part * 100) });
    });
    photo.then(
      () => {
        bar.hidden = true;
        state.textContent = this.t("photo.ready");
      },
      () => {
        bar.hidden = true;
        again.hidden = false;
        state.textContent = this.t("photo.failed");
      },
    );
    return photo;
  }

  private remove(item: Waiting): void {
    URL.revokeObjectURL(item.address);
    item.element.remove();
    this.items = this.items.filter((other) => other !== item);
    this.onChange();
  }
}
