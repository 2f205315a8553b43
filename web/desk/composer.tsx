// The agent's message box: reply or internal note, with a look into the knowledge base.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isSendKey } from "../shared/keys.ts";
import { plainText } from "../shared/markdown.ts";
import type { Language } from "../shared/types.ts";
import type { Found } from "./api.ts";
import { useDesk } from "./context.ts";
import { Icon, useLive } from "./parts.tsx";

const drafts = new Map<string, string>(); // by conversation: switching away must not lose what was typed

export function Composer({ canReply, conversationLanguage }: { canReply: boolean; conversationLanguage: Language }): JSX.Element {
  const { t, agent } = useDesk();
  const live = useLive();
  const id = live.openId ?? "";
  const [text, setText] = useState(drafts.get(id) ?? "");
  const [wantsNote, setWantsNote] = useState(false);
  const [isSearching, setSearching] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const isNote = wantsNote || !canReply;

  useLayoutEffect(() => {
    drafts.set(id, text);
    if (!box.current) return;
    box.current.style.blockSize = "auto";
    box.current.style.blockSize = `${box.current.scrollHeight}px`;
  }, [text]);

  useEffect(() => {
    const onAct = (event: Event): void => {
      const act = (event as CustomEvent<string>).detail;
      if (act === "reply" || act === "note") {
        setWantsNote(act === "note");
        box.current?.focus();
      }
      if (act === "knowledge") setSearching(true);
    };
    document.addEventListener("desk:act", onAct);
    return () => document.removeEventListener("desk:act", onAct);
  }, []);

  function send(): void {
    const words = text.trim();
    if (words === "") return;
    live.say(words, isNote ? "agents" : "all", agent.name);
    setText("");
  }

  function insert(snippet: string): void {
    setText((typed) => [typed.trimEnd(), snippet].filter(Boolean).join("\n"));
    setSearching(false);
    box.current?.focus();
  }

  return (
    <form
      class={isNote ? "composer note" : "composer"}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {isSearching && <Knowledge language={conversationLanguage} onInsert={insert} onClose={() => setSearching(false)} />}
      <div class="composer-bar">
        <div class="switch" role="radiogroup" aria-label={t("composer.mode")}>
          <button type="button" role="radio" aria-checked={!isNote} disabled={!canReply} onClick={() => setWantsNote(false)}>
            {t("composer.mode.reply")}
          </button>
          <button type="button" role="radio" aria-checked={isNote} onClick={() => setWantsNote(true)}>
            {t("composer.mode.note")}
          </button>
        </div>
        {!canReply && <span class="hint">{t("composer.taken")}</span>}
        <button type="button" class="quiet" aria-expanded={isSearching} onClick={() => setSearching(!isSearching)}>
          <Icon name="search" /> {t("composer.knowledge")}
        </button>
      </div>
      <div class="composer-row">
        <textarea
          ref={box}
          rows={2}
          dir="auto"
          maxLength={4000}
          value={text}
          aria-label={t(isNote ? "composer.note" : "composer.reply")}
          placeholder={t(isNote ? "composer.note.placeholder" : "composer.reply.placeholder")}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            if (!isNote && currentTarget.value !== "") live.tellTyping();
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") box.current?.blur();
            if (!isSendKey(event)) return;
            event.preventDefault();
            send();
          }}
        />
        <button class="primary" disabled={text.trim() === ""}>
          {t(isNote ? "composer.save" : "composer.send")}
        </button>
      </div>
    </form>
  );
}

function Knowledge({ language, onInsert, onClose }: { language: Language; onInsert: (text: string) => void; onClose: () => void }): JSX.Element {
  const { t, api } = useDesk();
  const live = useLive();
  const lastAsked = live.log.entries().findLast(({ message }) => message.sender === "shopper" && message.content.text)?.message.content.text ?? "";
  const [query, setQuery] = useState(lastAsked.slice(0, 120));
  const [found, setFound] = useState<Found[] | null>(null);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.select(), []);
  useEffect(() => {
    if (query.trim() === "") {
      setFound(null);
      return undefined;
    }
    let isCurrent = true; // an answer to an older query must not replace a newer one
    const timer = setTimeout(() => {
      api.searchKnowledge(query, language).then(
        (items) => isCurrent && setFound(items.map((item) => ({ ...item, snippet: plainText(item.snippet), body: plainText(item.body) }))),
        () => isCurrent && setFound([]),
      );
    }, 200);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query, language]);
  return (
    <div class="knowledge" onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <div class="knowledge-head">
        <Icon name="search" />
        <input
          ref={box}
          type="search"
          value={query}
          aria-label={t("knowledge.search")}
          placeholder={t("knowledge.search")}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
          onKeyDown={(event) => {
            if (!isSendKey(event)) return;
            event.preventDefault();
            const first = found?.[0];
            if (first) onInsert(first.body);
          }}
        />
        <button type="button" class="tool" aria-label={t("dialog.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {found !== null && found.length === 0 && <p class="empty">{t("knowledge.none")}</p>}
      <ul>
        {(found ?? []).slice(0, 5).map((item) => (
          <li key={item.id}>
            <button type="button" onClick={() => onInsert(item.body)}>
              <strong>{item.title}</strong>
              <span>{item.snippet}</span>
              <em>{t("knowledge.insert")}</em>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
