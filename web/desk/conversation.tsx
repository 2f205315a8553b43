// The middle pane: what was said, what the bot made of it, and the box to answer.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatMoment } from "../shared/format.ts";
import type { Entry } from "../shared/message_log.ts";
import { asProblem } from "../shared/problem.ts";
import type { Understanding } from "../shared/types.ts";
import type { Move } from "./api.ts";
import { Composer } from "./composer.tsx";
import { useDesk } from "./context.ts";
import { Dialog, Icon, Picture, Slip, useLive } from "./parts.tsx";

interface Props {
  onTaken: () => void;
  onBack: () => void;
  onDetails: () => void;
}

export function Conversation({ onTaken, onBack, onDetails }: Props): JSX.Element {
  const { t, api, agent, language } = useDesk();
  const live = useLive();
  const [fault, setFault] = useState<"chat.conflict" | "chat.failed" | null>(null);
  const [isClosing, setClosing] = useState(false);
  const id = live.openId;
  const summary = id === null ? undefined : live.summaries.get(id);
  const isMine = summary?.state === "with_agent" && summary.agent_login === agent.login;

  async function move(step: Move): Promise<void> {
    if (id === null) return;
    setFault(null);
    setClosing(false);
    try {
      live.updateSummary(await api.move(id, step));
      if (step === "take") onTaken();
    } catch (error) {
      setFault(asProblem(error).status === 409 ? "chat.conflict" : "chat.failed");
      void live.loadList();
    }
  }

  const canTake = summary !== undefined && !isMine && summary.state !== "closed";
  useDeskKeys({
    take: () => canTake && void move("take"),
    back: () => isMine && void move("hand-back"),
    close: () => isMine && setClosing(true),
  });

  if (id === null)
    return (
      <section class="chat none">
        <p>{t("chat.none")}</p>
        <p class="hint">{t("chat.none.hint")}</p>
      </section>
    );
  return (
    <section class="chat" aria-label={t("chat.log")}>
      <header class="chat-head">
        <button type="button" class="tool only-phone" aria-label={t("chat.back")} onClick={onBack}>
          <Icon name="back" />
        </button>
        <div class="chat-who">
          <h1>{summary?.shopper?.name ?? t("list.visitor")}</h1>
          {summary && (
            <p class={`state ${summary.state}`}>
              {t(`state.${summary.state}`, { name: summary.agent_name ?? "" })} · {t(`lang.${summary.language}`)}
            </p>
          )}
        </div>
        {canTake && (
          <button type="button" class="primary" onClick={() => void move("take")}>
            {t("chat.take")}
          </button>
        )}
        {isMine && (
          <>
            <button type="button" class="secondary" onClick={() => void move("hand-back")}>
              {t("chat.hand_back")}
            </button>
            <button type="button" class="secondary" onClick={() => setClosing(true)}>
              {t("chat.close")}
            </button>
          </>
        )}
        <button type="button" class="tool not-wide" aria-label={t("chat.details")} title={t("chat.details")} onClick={onDetails}>
          <Icon name="person" />
        </button>
      </header>
      {fault !== null && (
        <p class="fault strip" role="alert">
          {t(fault)}
        </p>
      )}
      <Log key={id} />
      <Composer key={`composer-${id}`} canReply={isMine} conversationLanguage={summary?.language ?? language} />
      {isClosing && (
        <Dialog title={t("chat.close.ask")} onClose={() => setClosing(false)}>
          <p>{t("chat.close.text")}</p>
          <p class="acts">
            <button type="button" class="primary" autofocus onClick={() => void move("close")}>
              {t("chat.close")}
            </button>
            <button type="button" class="secondary" onClick={() => setClosing(false)}>
              {t("dialog.cancel")}
            </button>
          </p>
        </Dialog>
      )}
    </section>
  );
}

function Log(): JSX.Element {
  const { t } = useDesk();
  const live = useLive();
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const entries = live.log.entries();
  const lastAgent = entries.findLast(({ message }) => message.sender === "agent" && message.audience === "all");
  const own = entries.at(-1)?.delivery === "sending";
  useLayoutEffect(() => {
    if (own) follows.current = true;
    const end = (): void => {
      if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
    };
    const sizes = new ResizeObserver(end); // cards and pictures get their size after they are in place
    for (const child of box.current?.children ?? []) sizes.observe(child);
    end();
    return () => sizes.disconnect();
  }, [entries.length, own, live.logState, live.isShopperTyping]);
  return (
    <div
      class="log"
      role="log"
      aria-live="polite"
      tabIndex={0}
      ref={box}
      onScroll={({ currentTarget: log }) => {
        follows.current = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
        if (log.scrollTop === 0 && live.log.firstSeq() > 1) void live.loadEarlier().catch(() => undefined);
      }}
    >
      {live.logState === "loading" && <p class="empty">{t("chat.loading")}</p>}
      {live.logState === "failed" && <p class="empty">{t("chat.failed")}</p>}
      {entries.map((entry, index) => (
        <Turn key={entry.key} entry={entry} before={entries[index - 1]} isLastAgent={entry === lastAgent} />
      ))}
      {live.isShopperTyping && <p class="typing-line">{t("chat.typing")}</p>}
    </div>
  );
}

function Turn({ entry, before, isLastAgent }: { entry: Entry; before: Entry | undefined; isLastAgent: boolean }): JSX.Element | null {
  const { t, language, agent } = useDesk();
  const live = useLive();
  const { message } = entry;
  const { text, card, photo, buttons, state } = message.content;
  if (message.sender === "system") {
    const line = state ? t(`line.${state.state}`, { name: state.agent_name ?? "", reason: live.summaries.get(live.openId ?? "")?.reason_text ?? state.reason ?? t("state.queued") }) : (text ?? "");
    return (
      <p class="system">
        <span>
          {line} · {formatMoment(message.created_at, language)}
        </span>
      </p>
    );
  }
  const isNote = message.audience === "agents";
  const startsGroup = before?.message.sender !== message.sender || before.message.audience !== message.audience || before.message.agent_name !== message.agent_name;
  const name = message.sender === "agent" ? (message.agent_name ?? agent.name) : t(message.sender === "bot" ? "chat.bot" : "chat.shopper");
  return (
    <div class={`turn ${message.sender} ${isNote ? "note" : ""} ${entry.delivery} ${startsGroup ? "first" : ""}`}>
      {startsGroup && (
        <p class="name">
          {isNote && <Icon name="note" />}
          {isNote ? `${t("chat.note")} · ${name}` : name} <time dateTime={message.created_at}>{formatMoment(message.created_at, language)}</time>
        </p>
      )}
      {photo && <Picture photo={photo} />}
      {text && (
        <p class="bubble" dir="auto">
          {text}
        </p>
      )}
      {card && <Slip card={card} />}
      {buttons && buttons.length > 0 && (
        <p class="offered">
          {buttons.map((button) => (
            <span key={button.payload}>{button.title}</span>
          ))}
        </p>
      )}
      {message.understanding?.intent && <Understood understanding={message.understanding} />}
      {message.sender === "agent" && !isNote && entry.delivery === "sent" && isLastAgent && live.shopperReadSeq >= message.seq && <p class="delivery">{t("send.read")}</p>}
      {entry.delivery === "sending" && <p class="delivery">{t("send.sending")}</p>}
      {entry.delivery === "failed" && (
        <p class="delivery failed" role="alert">
          {t("send.failed")}{" "}
          <button type="button" class="link-button" onClick={() => live.say(text ?? "", message.audience, agent.name, entry.key)}>
            {t("send.retry")}
          </button>
        </p>
      )}
    </div>
  );
}

function Understood({ understanding }: { understanding: Understanding }): JSX.Element {
  const { t, word } = useDesk();
  const sure = t("understood.sure", { percent: Math.round(understanding.confidence * 100) });
  return (
    <details class="understood">
      <summary>
        <code>{understanding.intent}</code> {sure}
      </summary>
      <dl>
        {(understanding.entities ?? []).map((entity, index) => (
          <div key={index}>
            <dt>{word(entity.entity)}</dt>
            <dd>{typeof entity.value === "string" ? entity.value : JSON.stringify(entity.value)}</dd>
          </div>
        ))}
        {(understanding.ranking ?? []).slice(1, 4).map((other) => (
          <div key={other.intent}>
            <dt>
              <code>{other.intent}</code>
            </dt>
            <dd>{Math.round(other.confidence * 100)} %</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** The shortcuts that act on the open conversation arrive as events from the page's one key listener. */
function useDeskKeys(acts: Record<"take" | "back" | "close", () => unknown>): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    const onAct = (event: Event): void => {
      const name = (event as CustomEvent<string>).detail;
      if (name === "take" || name === "back" || name === "close") latest.current[name]();
    };
    document.addEventListener("desk:act", onAct);
    return () => document.removeEventListener("desk:act", onAct);
  }, []);
}
