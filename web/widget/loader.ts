// widget.js: the button on the shop's page. It weighs a few KB; the rest is fetched when somebody first wants it.
//
//   <script src="https://desk.example/widget.js" async data-language="zh" data-shopper-token="…"></script>
//
// The panel comes by a classic script tag, not import(), so it needs no CORS headers from the desk.
import { languageOf } from "../shared/i18n.ts";
import type { Language } from "../shared/types.ts";
import { PANEL_READY, type Panel, type PanelOptions, type StartPanel } from "./embed.ts";
import css from "./loader.css?inline";
import { readNote, writeNote } from "./storage.ts";

declare const __PANEL__: string; // path of the panel's script below the desk, set by the build
declare const __LABELS__: Record<Language, [label: string, unread: string]>;

function start(script: HTMLScriptElement): void {
  const base = new URL(".", script.src).href;
  let shopperToken = script.dataset.shopperToken ?? null;
  let language = asLanguage(readNote("language")) ?? languageOf(script.dataset.language ?? (document.documentElement.lang || navigator.language));
  let panel: Panel | null = null;
  let loading: Promise<Panel> | null = null;
  let isOpen = false;

  const host = document.createElement("zhanggui-widget");
  const root = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = css;
  const button = document.createElement("button");
  button.className = "launch";
  button.type = "button";
  const label = document.createElement("span");
  const badge = document.createElement("span");
  badge.className = "unread";
  badge.hidden = true;
  button.append(bubble(), label, badge);
  if ("adoptedStyleSheets" in root) {
    // not subject to the page's style-src, unlike a style element
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    root.append(button);
  } else (root as ShadowRoot).append(style, button);

  function show(count: number): void {
    const [name, unread] = __LABELS__[language];
    host.lang = language === "zh" ? "zh-Hans" : "en";
    host.dir = script.dataset.dir ?? (getComputedStyle(document.documentElement).direction || "ltr");
    label.textContent = name;
    badge.hidden = count === 0;
    badge.textContent = count > 99 ? "99+" : String(count);
    button.setAttribute("aria-label", count === 0 ? name : unread.replace("{n}", String(count)));
    button.setAttribute("aria-expanded", String(isOpen));
    button.hidden = isOpen;
  }

  const options = (): PanelOptions => ({
    base,
    language,
    shopperToken,
    theme: script.dataset.theme ?? null,
    direction: script.dataset.dir ?? "ltr", // both languages of the widget run left to right
    onUnread: show,
    onLanguage: (chosen) => {
      language = chosen;
      writeNote("language", chosen);
    },
    onClose: () => {
      isOpen = false;
      writeNote("open", null, "session");
      show(0);
      button.focus();
    },
  });

  /** Fetch the panel once; a failed fetch may be tried again. */
  function load(): Promise<Panel> {
    loading ??= new Promise<Panel>((resolve, reject) => {
      const tag = document.createElement("script");
      tag.src = base + __PANEL__;
      tag.addEventListener(PANEL_READY, (event) => {
        panel = (event as CustomEvent<StartPanel>).detail(root, options());
        resolve(panel);
      });
      tag.onerror = () => {
        loading = null;
        tag.remove();
        reject(new Error("zhanggui: panel not loaded"));
      };
      document.head.append(tag);
    });
    return loading;
  }

  async function open(takesFocus = true): Promise<void> {
    button.setAttribute("aria-busy", "true");
    try {
      const loaded = await load();
      isOpen = true;
      writeNote("open", "1", "session");
      loaded.open(takesFocus);
      show(0);
    } catch {
      // offline or blocked: the button stays and may be pressed again
    }
    button.removeAttribute("aria-busy");
  }

  /** The shop's page signed somebody in or out without a reload. */
  function identify(token: string | null): void {
    shopperToken = token;
    if (panel === null) return;
    panel.destroy();
    panel = loading = null;
    if (isOpen) void open(false);
  }

  button.addEventListener("click", () => void open());
  show(0);
  document.body.append(host);
  Object.assign(window, { Zhanggui: { open, close: () => panel?.close(), identify } });
  // Open before this page: go on. A person is at it: load quietly, so that their words raise the badge.
  if (readNote("open", "session") === "1") void open(false);
  else if (readNote("live") === "1") void load().catch(() => undefined);
}

function bubble(): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M4 5h16v11h-8l-4 4v-4H4z");
  svg.append(path);
  return svg;
}

const asLanguage = (note: string | null): Language | null => (note === "zh" || note === "en" ? note : null);

const script = document.currentScript as HTMLScriptElement | null ?? document.querySelector<HTMLScriptElement>('script[src*="widget.js"]');
if (script !== null && document.querySelector("zhanggui-widget") === null) {
  if (document.body as HTMLElement | null) start(script);
  else document.addEventListener("DOMContentLoaded", () => start(script));
}
