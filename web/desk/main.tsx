// The agent desk: sign-in, then conversations or cases. The address after # says which.
import { render, type JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { firstSign, languageOf } from "../shared/i18n.ts";
import type { Language } from "../shared/types.ts";
import { DeskApi, type Agent, type Signed, type View } from "./api.ts";
import { CasePage } from "./case_page.tsx";
import { Cases } from "./cases.tsx";
import { DeskContext, textsOf, useDesk, wordOf, type Desk } from "./context.ts";
import { Conversation } from "./conversation.tsx";
import { ConversationList } from "./conversation_list.tsx";
import "../shared/tokens.css";
import "../shared/cards.css";
import "./desk.css";
import { Live, viewsOf } from "./live.ts";
import { notify, setNotices, wantsNotices } from "./notices.ts";
import { Icon, useLive } from "./parts.tsx";
import { ShopperPanel } from "./shopper_panel.tsx";
import { onShortcut, ShortcutSheet } from "./shortcuts.tsx";
import { SignIn } from "./sign_in.tsx";

function App(): JSX.Element {
  const [language, setLanguage] = useState<Language>(() => languageOf(keptLanguage() ?? navigator.language));
  const [agent, setAgent] = useState<Agent | null>(null);
  const [door, setDoor] = useState<"asking" | "closed" | "ended" | "open">("asking");
  const api = useMemo(
    () =>
      new DeskApi(() => {
        setAgent(null);
        setDoor((before) => (before === "open" ? "ended" : before));
      }),
    [],
  );
  api.language = language;
  const t = textsOf(language);
  const enter = (signed: Signed): void => {
    setAgent(signed.agent);
    setDoor("open");
  };
  const switchLanguage = (): void => {
    const other = language === "zh" ? "en" : "zh";
    keepLanguage(other);
    setLanguage(other);
  };
  useEffect(() => {
    api.me().then(enter, () => setDoor("closed"));
  }, []);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  }, [language]);

  if (door === "asking") return <main class="door" aria-busy="true" />;
  if (agent === null) return <SignIn key={door} api={api} t={t} hasEnded={door === "ended"} onSigned={enter} onLanguage={switchLanguage} />;
  return (
    <Signedin
      api={api}
      agent={agent}
      language={language}
      onLanguage={switchLanguage}
      onSignOut={() => {
        void api.signOut().catch(() => undefined);
        setDoor("closed");
        setAgent(null);
      }}
    />
  );
}

interface SignedinProps {
  api: DeskApi;
  agent: Agent;
  language: Language;
  onLanguage: () => void;
  onSignOut: () => void;
}

function Signedin({ api, agent, language, onLanguage, onSignOut }: SignedinProps): JSX.Element {
  const live = useMemo(() => new Live(api), [api, agent.login]);
  useEffect(() => {
    live.start();
    const retry = (): void => live.retry(); // the old socket may be dead without knowing it
    const wake = (): void => {
      if (document.visibilityState === "visible") live.wake();
    };
    window.addEventListener("online", retry);
    document.addEventListener("visibilitychange", wake);
    return () => {
      live.stop();
      window.removeEventListener("online", retry);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [live]);
  const spoken = useRef(language);
  useEffect(() => {
    if (spoken.current === language) return;
    spoken.current = language;
    live.retry(); // a new line, which speaks the other language
    void live.loadList();
  }, [live, language]);
  const desk: Desk = { api, live, agent, language, t: textsOf(language), word: (name) => wordOf(language, name) };
  return (
    <DeskContext.Provider value={desk}>
      <Frame onLanguage={onLanguage} onSignOut={onSignOut} />
    </DeskContext.Provider>
  );
}

function useHash(): string[] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const onChange = (): void => setHash(location.hash);
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, []);
  return hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
}

function Frame({ onLanguage, onSignOut }: { onLanguage: () => void; onSignOut: () => void }): JSX.Element {
  const { t, agent, word } = useDesk();
  const live = useLive();
  const [room = "", id] = useHash();
  const [view, setView] = useState<View>("queue");
  const [hasSheet, setSheet] = useState(false);
  const [hasNotices, setHasNotices] = useState(wantsNotices());
  const [showsSide, setShowsSide] = useState(false);
  const isCases = room === "cases";
  const open = (wanted: string): void => {
    location.hash = `#/conversations/${encodeURIComponent(wanted)}`;
  };

  useEffect(() => {
    if (isCases) return;
    setShowsSide(false);
    void live.open(id === undefined || id === "" ? null : id);
  }, [room, id]);

  const views = viewsOf(live.summaries.values(), agent.login);
  const waiting = views.queue.length;
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${t("title")}` : t("title");
  }, [waiting, t]);
  useEffect(() => live.watchQueue((summary) => notify(t("notice.title"), summary, summary.shopper?.name ?? t("list.visitor"), () => open(summary.id))), [live, t]);

  const step = (by: 1 | -1): void => {
    const rows = views[view];
    const at = rows.findIndex((row) => row.id === live.openId);
    const next = rows[at === -1 ? (by === 1 ? 0 : rows.length - 1) : at + by];
    if (next) open(next.id);
  };
  const acts = useRef({ step, view: setView, go: (hash: string) => void (location.hash = hash), help: () => setSheet(true) });
  acts.current.step = step;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => onShortcut(event, acts.current);
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <div class={`desk ${isCases ? "at-cases" : id ? "at-conversation" : "at-list"}`}>
      <nav class="rail">
        <span class="seal" aria-hidden="true">
          掌
        </span>
        <a href="#/conversations" aria-current={isCases ? undefined : "page"}>
          <Icon name="chat" />
          <span>{t("nav.conversations")}</span>
          {waiting > 0 && <b class="rail-count">{waiting}</b>}
        </a>
        <a href="#/cases" aria-current={isCases ? "page" : undefined}>
          <Icon name="note" />
          <span>{t("nav.cases")}</span>
        </a>
        <span class="rail-gap" />
        <button
          type="button"
          class={hasNotices ? "on" : ""}
          aria-pressed={hasNotices}
          title={t(hasNotices ? "nav.notices.on" : "nav.notices.off")}
          aria-label={t(hasNotices ? "nav.notices.on" : "nav.notices.off")}
          onClick={() => {
            setHasNotices(!hasNotices);
            void setNotices(!hasNotices);
          }}
        >
          <Icon name="bell" />
        </button>
        <button type="button" class="not-phone" title={t("nav.shortcuts")} aria-label={t("nav.shortcuts")} onClick={() => setSheet(true)}>
          <Icon name="keyboard" />
        </button>
        <button type="button" class="rail-language" aria-label={t("nav.language")} title={t("nav.language")} onClick={onLanguage}>
          {t("nav.language").startsWith("S") ? "EN" : "中"}
        </button>
        <button type="button" class="rail-agent" title={`${agent.name} · ${word(agent.role)} · ${t("signout")}`} aria-label={`${t("signout")} (${agent.name})`} onClick={onSignOut}>
          <span aria-hidden="true">{firstSign(agent.name)}</span>
          <small>{t("signout")}</small>
        </button>
      </nav>
      {live.link !== "open" && live.hasFailed && (
        <p class="link-lost" role="status">
          {t("link.lost")}{" "}
          <button type="button" class="link-button" onClick={() => live.retry()}>
            {t("link.again")}
          </button>
        </p>
      )}
      {isCases ? (
        id ? (
          <CasePage number={id} />
        ) : (
          <Cases />
        )
      ) : (
        <>
          <ConversationList view={view} onView={setView} onOpen={open} />
          <Conversation onTaken={() => setView("mine")} onBack={() => (location.hash = "#/conversations")} onDetails={() => setShowsSide(true)} />
          <ShopperPanel isShown={showsSide} onClose={() => setShowsSide(false)} />
        </>
      )}
      {hasSheet && <ShortcutSheet onClose={() => setSheet(false)} />}
    </div>
  );
}

function keptLanguage(): string | null {
  try {
    return localStorage.getItem("desk.language");
  } catch {
    return null;
  }
}

function keepLanguage(language: Language): void {
  try {
    localStorage.setItem("desk.language", language);
  } catch {
    // the choice lasts for this page
  }
}

render(<App />, document.getElementById("desk") as HTMLElement);
