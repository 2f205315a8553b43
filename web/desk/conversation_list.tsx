// The left pane: who waits, who is mine, everybody.
import type { JSX } from "preact";
import { formatMoment } from "../shared/format.ts";
import type { Summary, View } from "./api.ts";
import { useDesk, type T } from "./context.ts";
import { viewsOf } from "./live.ts";
import { useLive, Waited } from "./parts.tsx";

const VIEWS: View[] = ["queue", "mine", "all"];

interface Props {
  view: View;
  onView: (view: View) => void;
  onOpen: (id: string) => void;
}

export function ConversationList({ view, onView, onOpen }: Props): JSX.Element {
  const { t, agent } = useDesk();
  const live = useLive();
  const views = viewsOf(live.summaries.values(), agent.login);
  return (
    <section class="list" aria-label={t("list.label")}>
      <div class="tabs" role="tablist">
        {VIEWS.map((name) => (
          <button key={name} type="button" role="tab" aria-selected={name === view} onClick={() => onView(name)}>
            {t(`view.${name}`)}
            <span class={name === "queue" && views.queue.length > 0 ? "count hot" : "count"}>{views[name].length}</span>
          </button>
        ))}
      </div>
      {live.listState === "failed" && (
        <p class="empty">
          {t("list.failed")}{" "}
          <button type="button" class="link-button" onClick={() => void live.loadList()}>
            {t("link.again")}
          </button>
        </p>
      )}
      {live.listState === "ready" && views[view].length === 0 && <p class="empty">{t(`list.empty.${view}`)}</p>}
      <ul class="entries">
        {views[view].map((summary) => (
          <li key={summary.id}>
            <Row summary={summary} isOpen={summary.id === live.openId} onOpen={() => onOpen(summary.id)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The last words; the desk writes "[photo]" and "[card]" for messages without any. */
function lastWords({ last_message }: Summary, t: T): string {
  const text = last_message?.text ?? "";
  return text === "[photo]" ? t("last.photo") : text === "[card]" ? t("last.card") : text;
}

function Row({ summary, isOpen, onOpen }: { summary: Summary; isOpen: boolean; onOpen: () => void }): JSX.Element {
  const { t, language } = useDesk();
  const vip = summary.shopper?.vip_level ?? 0;
  const isQueued = summary.state === "queued";
  return (
    <button type="button" class={`entry ${summary.state}`} aria-current={isOpen ? "true" : undefined} onClick={onOpen}>
      <span class="entry-top">
        <span class="entry-name">{summary.shopper?.name ?? t("list.visitor")}</span>
        {vip > 0 && <span class="tag vip">{t("list.vip", { n: vip })}</span>}
        {summary.language !== language && <span class="tag">{t(`lang.${summary.language}`)}</span>}
        <span class="entry-when">{isQueued && summary.queued_at !== null ? <Waited since={summary.queued_at} /> : formatMoment(summary.updated_at, language)}</span>
      </span>
      <span class="entry-state">{isQueued ? (summary.reason_text ?? summary.queue_reason ?? t("state.queued")) : t(`state.${summary.state}`, { name: summary.agent_name ?? "" })}</span>
      <span class="entry-last">
        <span dir="auto">{lastWords(summary, t)}</span>
        {summary.unread > 0 && (
          <span class="unread" aria-label={t("list.unread", { n: summary.unread })}>
            {summary.unread}
          </span>
        )}
      </span>
    </button>
  );
}
