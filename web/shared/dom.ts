// Nodes without markup strings: text is always a text node, links and pictures only go where they may.

export type Child = Node | string | null | undefined | false;
type Handler = (event: never) => void;
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined | Handler>>;

/** Build an element. `onclick`-like functions become listeners, null and false attributes are left out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
}

/** Resolve a URL from data against the desk's address; null when its scheme could run something. */
export function safeUrl(url: string, base: string): string | null {
  try {
    const resolved = new URL(url, base);
    return ["https:", "http:", "blob:", "mailto:", "tel:"].includes(resolved.protocol) ? resolved.href : null;
  } catch {
    return null;
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** Line icons on a 24-unit grid, drawn with the text colour; decorative, so hidden from screen readers. */
const ICONS = {
  chat: "M5 5h14v11h-7l-4 4v-4H5z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V6M6 11l6-6 6 6",
  photo: "M4 6h16v13H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5v.01",
  down: "M6 9l6 6 6-6",
  next: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  up: "M7 11v9H4v-9zM7 11l4-7c2 0 2.600 1.300 2.300 3l-.5 3H19l-1.500 8c-.2 1.200-1 2-2 2H7",
  thumbdown: "M7 13V4H4v9zM7 13l4 7c2 0 2.600-1.300 2.300-3l-.5-3H19l-1.500-8c-.2-1.200-1-2-2-2H7",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.500 20c.8-4 4-5.500 7.500-5.500s6.700 1.500 7.500 5.500",
  retry: "M19 12a7 7 0 11-2-4.900M19 4v4h-4",
  parcel: "M4 8l8-4 8 4v9l-8 4-8-4zM4 8l8 4 8-4M12 12v9",
  search: "M11 17a6 6 0 100-12 6 6 0 000 12zM15.500 15.500L20 20",
  bell: "M6 17h12l-1.500-2.500V11a4.500 4.500 0 00-9 0v3.500zM10.500 20h3",
  keyboard: "M3 7h18v11H3zM7 11v.01M11 11v.01M15 11v.01M8 14.500h8",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5",
  dots: "M6 12v.01M12 12v.01M18 12v.01",
} as const;

export type IconName = keyof typeof ICONS;

export const iconPath = (name: IconName): string => ICONS[name];

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" })) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
