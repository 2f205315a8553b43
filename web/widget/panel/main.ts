// The panel: everything the shopper sees after pressing the button. It runs inside the loader's shadow root.
import { h, icon, type Child } from "../../shared/dom.ts";
import { firstSign } from "../../shared/i18n.ts";
import { openLightbox } from "../../shared/lightbox.ts";
import type { Language } from "../../shared/types.ts";
import { makeWidgetApi } from "../api.ts";
import { Conversation } from "../conversation.ts";
import { PANEL_READY, type Panel, type PanelOptions, type StartPanel } from "../embed.ts";
import { readNote, writeNote } from "../storage.ts";
import { makeComposer, type Composer } from "./composer.ts";
import { fill, MessageList, scrolledToEnd, typingRow } from "./message_list.ts";
import cards from "../../shared/cards.css?inline";
import css from "./panel.css?inline";
import { PhotoTray } from "./photo_tray.ts";
import { textsOf } from "./texts.ts";
import tokens from "../../shared/tokens.css?inline";

const SHEET_QUERY = "(max-width: 480px)"; // below, the panel fills the screen and is modal

const startPanel: StartPanel = (root, options) => new PanelView(root, options);

class PanelView implements Panel {
  private readonly host: HTMLElement;
  private readonly frame = h("section", { class: "panel", role: "dialog", hidden: true });
  private readonly conversation: Conversation;
  private readonly styles: CSSStyleSheet | HTMLStyleElement;
  private readonly sheetQuery = matchMedia(SHEET_QUERY);
  private readonly leave = new AbortController();
  private language: Language;
  private isLarge = readNote("large") === "1";
  private isStarted = false;
  private paintPart: () => void = () => undefined;
  private composer: Composer | null = null;
  private sizes = new ResizeObserver(() => undefined);

  constructor(
    private readonly root: ShadowRoot,
    private readonly options: PanelOptions,
  ) {
    this.host = root.host as HTMLElement;
    this.language = options.language;
    this.styles = addStyles(root, tokens + cards + css);
    this.conversation = new Conversation({
      api: makeWidgetApi(options.base),
      notes: { read: (name) => readNote(name), write: (name, value) => writeNote(name, value) },
      language: options.language,
      shopperToken: options.shopperToken,
      isLooking: () => !this.frame.hidden && document.visibilityState === "visible",
      onChange: () => this.paint(),
    });
    if (options.theme !== null) this.host.dataset.theme = options.theme;
    root.append(this.frame);
    this.build();
    this.listen();
    this.begin();
  }

  open(takesFocus: boolean): void {
    this.frame.hidden = false;
    this.fitSheet();
    this.begin();
    this.conversation.wake();
    this.paint();
    const log = this.root.querySelector(".log");
    if (log) log.scrollTop = log.scrollHeight;
    this.composer?.fit();
    if (takesFocus) this.composer?.box.focus();
    this.conversation.markRead();
  }

  close(): void {
    if (this.frame.hidden) return;
    this.frame.hidden = true;
    this.options.onClose();
  }

  destroy(): void {
    this.leave.abort();
    this.sizes.disconnect();
    this.conversation.destroy();
    this.frame.remove();
    if (this.styles instanceof HTMLStyleElement) this.styles.remove();
    else this.root.adoptedStyleSheets = this.root.adoptedStyleSheets.filter((sheet) => sheet !== this.styles);
  }

  private begin(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    void this.conversation.start();
  }

  private listen(): void {
    const { signal } = this.leave;
    const wake = (): void => {
      if (document.visibilityState !== "visible") return;
      this.conversation.wake();
      this.conversation.markRead();
    };
    window.addEventListener("online", () => this.conversation.networkBack(), { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    window.visualViewport?.addEventListener("resize", () => this.fitSheet(), { signal });
    this.sheetQuery.addEventListener("change", () => this.fitSheet(), { signal });
    this.frame.addEventListener("keydown", (event) => this.onKey(event));
  }

  private onKey(event: KeyboardEvent): void {
    event.stopPropagation(); // the shop's own shortcuts must not fire while somebody writes to it
    if (event.key === "Escape" && !event.isComposing) this.close();
    if (event.key === "Tab" && this.sheetQuery.matches) this.holdFocus(event);
  }

  /** On a phone the sheet covers the page, so Tab stays inside; on a desktop the page beside it stays in reach. */
  private holdFocus(event: KeyboardEvent): void {
    const controls = [...this.frame.querySelectorAll<HTMLElement>("button, textarea, a[href], summary")].filter((control) => control.offsetParent !== null);
    const edge = event.shiftKey ? controls[0] : controls.at(-1);
    if (this.root.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? controls.at(-1) : controls[0])?.focus();
  }

  /** Keep the sheet above the on-screen keyboard. */
  private fitSheet(): void {
    const isSheet = this.sheetQuery.matches;
    this.frame.setAttribute("aria-modal", String(isSheet));
    const height = window.visualViewport?.height;
    this.frame.style.blockSize = isSheet && height !== undefined ? `${height}px` : "";
  }

  private setLanguage(language: Language): void {
    this.language = language;
    this.options.onLanguage(language);
    this.build();
    this.conversation.setLanguage(language);
    this.root.querySelector<HTMLElement>(".language")?.focus();
  }

  private toggleLarge(): void {
    this.isLarge = !this.isLarge;
    writeNote("large", this.isLarge ? "1" : null);
    this.build();
    this.root.querySelector<HTMLElement>(".size")?.focus();
  }

  /** Lay out the panel in the current language; the conversation keeps going underneath. */
  private build(): void {
    const t = textsOf(this.language);
    const { conversation } = this;
    const draft = this.composer?.box.value ?? "";
    const status = h("p", { class: "status" });
    const banner = h("div", { class: "banner", role: "status" });
    const bar = h("div", { class: "bar", role: "status" });
    const enlarge = (src: string): void => openLightbox(this.frame, src, t("photo.alt"), t("close"));
    const list = new MessageList({ t, language: this.language, base: this.options.base, conversation, enlarge });
    const typing = typingRow(t);
    const earlier = h("button", { type: "button", class: "earlier", hidden: true }, t("history.earlier"));
    const greeting = h("div", { class: "greeting" });
    const log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("log.label"), tabindex: 0 }, earlier, greeting, list.element, typing.element);
    const fresh = h("button", { type: "button", class: "fresh", hidden: true }, t("history.new"), icon("down"));
    const tray = new PhotoTray(t, (key, file, onProgress) => conversation.upload(key, file, onProgress));
    const composer = makeComposer(
      {
        t,
        tray,
        onTyping: () => conversation.tellTyping(Date.now()),
        send: (text) => {
          follows = true;
          if (tray.isEmpty()) conversation.say(text);
          else void tray.takeAll((photo) => conversation.showPhoto(photo)).then(() => (text === "" ? undefined : conversation.say(text)));
        },
      },
      draft,
    );
    this.composer = composer;
    if (draft !== "") queueMicrotask(composer.fit);

    fresh.addEventListener("click", () => {
      log.scrollTop = log.scrollHeight;
    });
    let follows = true; // stay at the end until the shopper scrolls up
    log.addEventListener("scroll", () => {
      follows = scrolledToEnd(log);
      if (follows) fresh.hidden = true;
    });
    this.sizes.disconnect(); // photos and folded parts get their height after they are in place
    this.sizes = new ResizeObserver(() => {
      if (follows) log.scrollTop = log.scrollHeight;
    });
    this.sizes.observe(list.element);
    this.sizes.observe(log);
    earlier.addEventListener("click", () => {
      const height = log.scrollHeight;
      void conversation.loadEarlier().then(
        () => (log.scrollTop += log.scrollHeight - height),
        () => undefined,
      );
    });
    this.frame.ondragover = (event) => {
      event.preventDefault();
    };
    this.frame.ondrop = (event) => {
      event.preventDefault();
      tray.add([...(event.dataTransfer?.files ?? [])]);
    };

    const tool = (name: string, label: string, run: () => void, ...children: Child[]): HTMLElement => h("button", { type: "button", class: `tool ${name}`, "aria-label": label, title: label, onclick: run }, ...children);
    const other: Language = this.language === "zh" ? "en" : "zh";
    this.frame.lang = this.language === "zh" ? "zh-Hans" : "en";
    this.frame.dir = this.options.direction;
    this.frame.setAttribute("aria-label", t("title"));
    this.frame.classList.toggle("large", this.isLarge);
    fill(
      this.frame,
      h(
        "header",
        { class: "head" },
        h("span", { class: "seal", "aria-hidden": "true" }, "掌"),
        h("div", { class: "head-text" }, h("h2", {}, t("title")), status),
        tool("language", t("menu.language.label"), () => this.setLanguage(other), h("span", { lang: other === "zh" ? "zh-Hans" : "en" }, t("menu.language"))),
        tool("size", t(this.isLarge ? "menu.large.off" : "menu.large"), () => this.toggleLarge(), h("span", { class: "aa", "aria-hidden": "true" }, this.language === "zh" ? "大" : "A")),
        tool("close", t("menu.close"), () => this.close(), icon("close")),
      ),
      banner,
      bar,
      log,
      fresh,
      composer.element,
    );
    this.root.querySelector(".size")?.setAttribute("aria-pressed", String(this.isLarge));

    let shownState = "";
    let shownLine = "";
    let seen = 0;
    this.paintPart = () => {
      log.setAttribute("aria-busy", String(conversation.line === "starting"));
      const { state, agent_name, position, wait_minutes } = conversation.state;
      const name = agent_name ?? t("sender.person");
      status.textContent = conversation.line === "starting" ? t("status.connecting") : t(`status.${state}`, { name });
      status.className = `status ${state}`;

      const line = conversation.line;
      if (line !== shownLine) {
        shownLine = line;
        banner.className = `banner ${line}`;
        const again = (): Child => h("button", { type: "button", class: "link-button", onclick: () => conversation.wake() }, t(line === "failed" ? "start.retry" : "status.retry"));
        if (line === "offline") fill(banner, t("status.offline"), again());
        else if (line === "failed") fill(banner, t("start.failed"), again());
        else if (line === "polling") fill(banner, t("status.polling"));
        else banner.replaceChildren();
      }

      const stateKey = [state, name, position, wait_minutes].join("|");
      if (stateKey !== shownState) {
        shownState = stateKey;
        bar.className = `bar ${state}`;
        if (state === "with_agent") fill(bar, h("span", { class: "face", "aria-hidden": "true" }, firstSign(name)), h("span", {}, t("bar.with_agent", { name })));
        else if (state === "queued") {
          const place = position ? t("bar.position", { n: position }) : t("bar.queued");
          fill(bar, h("span", { class: "dot", "aria-hidden": "true" }), h("span", {}, h("strong", {}, [place, wait_minutes ? t("bar.wait", { n: wait_minutes }) : ""].filter(Boolean).join(this.language === "zh" ? "，" : ", ")), h("br"), t("bar.keep_writing")));
        } else bar.replaceChildren();
      }

      earlier.hidden = !conversation.hasEarlier;
      const hello = conversation.greeting?.text;
      const showsHello = hello !== undefined && !conversation.hasEarlier && !conversation.entries().some(({ message }) => message.sender === "bot" && message.seq === 1);
      if (showsHello && greeting.textContent !== hello) fill(greeting, h("p", { class: "bubble" }, hello));
      greeting.hidden = !showsHello;
      list.update();
      typing.show(conversation.typing);

      const count = conversation.entries().length;
      const own = conversation.entries().at(-1)?.message.sender === "shopper";
      if (own && count > seen) follows = true;
      if (follows || seen === 0) log.scrollTop = log.scrollHeight;
      else if (count > seen) fresh.hidden = false;
      seen = count;
    };
    this.paint();
  }

  private paint(): void {
    this.paintPart();
    if (this.frame.hidden) this.options.onUnread(this.conversation.line === "starting" ? 0 : this.conversation.unread());
    else queueMicrotask(() => this.conversation.markRead());
  }
}

/** Constructed sheets are not subject to the page's style-src; older browsers get a style element. */
function addStyles(root: ShadowRoot, text: string): CSSStyleSheet | HTMLStyleElement {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return sheet;
  } catch {
    const style = h("style", {}, text);
    root.append(style);
    return style;
  }
}

document.currentScript?.dispatchEvent(new CustomEvent<StartPanel>(PANEL_READY, { detail: startPanel }));
