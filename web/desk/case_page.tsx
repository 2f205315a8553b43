// One case: what it is, why the rules say so, what has happened, what may come next.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { formatMoment, formatMoney } from "../shared/format.ts";
import { newId } from "../shared/ids.ts";
import { asProblem } from "../shared/problem.ts";
import { titleOf, type CaseDetail, type CaseEvent } from "./api.ts";
import { stepOf, useDesk } from "./context.ts";
import { Dialog, Icon, Picture } from "./parts.tsx";

export function CasePage({ number }: { number: string }): JSX.Element {
  const { t, api, language, word } = useDesk();
  const [found, setFound] = useState<CaseDetail | null>(null);
  const [fault, setFault] = useState<"case.conflict" | "case.missing" | "case.photo_failed" | "chat.failed" | null>(null);
  const [step, setStep] = useState<{ state: string; label: string } | null>(null);

  async function load(): Promise<void> {
    try {
      setFound(await api.case(number));
    } catch (error) {
      setFault(asProblem(error).status === 404 ? "case.missing" : "chat.failed");
    }
  }
  useEffect(() => {
    setFound(null);
    setFault(null);
    void load();
  }, [number, language]);

  /** Do one write, then show the case as it is now. */
  async function act(write: () => Promise<void>, failure: "case.photo_failed" | "chat.failed" = "chat.failed"): Promise<boolean> {
    setFault(null);
    try {
      await write();
      await load();
      return true;
    } catch (error) {
      await load();
      setFault(asProblem(error).status === 409 ? "case.conflict" : failure);
      return false;
    }
  }

  const money = (minor: number | null, currency: string | null): string | null => (minor === null || currency === null ? null : formatMoney(minor, currency, language));
  return (
    <main class="page">
      <a class="back" href="#/cases">
        <Icon name="back" /> {t("case.back")}
      </a>
      {fault !== null && (
        <p class="fault" role="alert">
          {t(fault)}
        </p>
      )}
      {found && (
        <>
          <header class="page-head case-head">
            <div>
              <p class="eyebrow">{word(found.type)}</p>
              <h1 class="number">{found.number}</h1>
            </div>
            <div class="case-state">
              <span class={`badge ${found.state}`}>{word(found.state)}</span>
              {found.deadline_at !== null && (
                <span class={found.is_overdue ? "deadline overdue" : "deadline"}>
                  {t("cases.deadline")} <time dateTime={found.deadline_at}>{formatMoment(found.deadline_at, language)}</time>
                  {found.is_overdue && <strong>{t("cases.overdue")}</strong>}
                </span>
              )}
            </div>
          </header>
          <div class="case-body">
            <div class="case-main">
              <Panel title={t("case.next")}>
                {found.next_states.length === 0 && <p class="hint">{t("case.next.none")}</p>}
                <p class="acts">
                  {found.next_states.map((next, index) => (
                    <button key={next.state} type="button" class={index === 0 ? "primary" : "secondary"} onClick={() => setStep(next)}>
                      {stepOf(language, next.state, next.label)}
                    </button>
                  ))}
                </p>
              </Panel>
              <Panel title={t("case.facts")}>
                <dl class="facts-grid two">
                  <Fact term={t("cases.shopper")} value={found.shopper?.name ?? t("list.visitor")} />
                  <Fact term={t("case.order")} value={found.order_number} isNumber />
                  <Fact term={t("case.item")} value={titleOf(found, language)} />
                  <Fact term={t("case.quantity")} value={found.quantity} />
                  <Fact term={t("case.reason")} value={word(found.reason)} />
                  <Fact term={t("case.wanted")} value={word(found.wanted)} />
                  <Fact term={t("case.refund")} value={money(found.refund_minor, found.currency)} />
                  <Fact term={t("case.severity")} value={word(found.severity)} />
                  <Fact term={t("cases.team")} value={word(found.team)} />
                  <Fact term={t("case.opened")} value={formatMoment(found.created_at, language)} />
                  <Fact term={t("case.updated")} value={formatMoment(found.updated_at, language)} />
                </dl>
                {found.description !== "" && (
                  <>
                    <h3>{t("case.description")}</h3>
                    <blockquote dir="auto">{found.description}</blockquote>
                  </>
                )}
                {found.conversation_id !== null && (
                  <a class="secondary" href={`#/conversations/${encodeURIComponent(found.conversation_id)}`}>
                    {t("case.conversation")}
                  </a>
                )}
              </Panel>
              <Panel title={t("case.decision")}>
                <Decision decision={found.decision} sentence={found.decision_text} />
              </Panel>
              <Panel title={t("case.photos")}>
                <div class="photos">
                  {found.photos.map((photo) => (
                    <Picture key={photo.id} photo={photo} />
                  ))}
                  <label class="secondary add-photo">
                    <Icon name="photo" /> {t("case.add_photo")}
                    <input
                      type="file"
                      accept="image/jpeg,image/png,image/webp"
                      onChange={({ currentTarget }) => {
                        const file = currentTarget.files?.[0];
                        currentTarget.value = "";
                        if (file) void act(() => api.addCasePhoto(number, newId(), file), "case.photo_failed");
                      }}
                    />
                  </label>
                </div>
              </Panel>
            </div>
            <Panel title={t("case.history")}>
              <Remark onAdd={(text, isPublic) => act(() => api.remark(number, newId(), text, isPublic))} />
              <ol class="history">
                {[...found.events].reverse().map((event, index) => (
                  <Happened key={index} event={event} />
                ))}
              </ol>
            </Panel>
          </div>
          {step && (
            <MoveDialog
              label={stepOf(language, step.state, step.label)}
              onClose={() => setStep(null)}
              onMove={async (key, note) => {
                await act(() => api.moveCase(number, key, step.state, note));
                setStep(null);
              }}
            />
          )}
        </>
      )}
    </main>
  );
}

function Panel({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Fact({ term, value, isNumber = false }: { term: string; value: string | number | null; isNumber?: boolean }): JSX.Element | null {
  if (value === null || value === "") return null;
  return (
    <div>
      <dt>{term}</dt>
      <dd class={isNumber ? "number" : ""}>{value}</dd>
    </div>
  );
}

function Decision({ decision, sentence }: { decision: Record<string, unknown> | null; sentence: string | null }): JSX.Element {
  const { t, word } = useDesk();
  const text = (name: string): string => {
    const value = decision?.[name];
    return typeof value === "string" ? value : "";
  };
  const rule = text("rule");
  if (decision === null || (rule === "" && text("outcome") === "")) return <p class="hint">{t("case.no_decision")}</p>;
  const findings = Array.isArray(decision.findings) ? (decision.findings as Record<string, unknown>[]) : [];
  const facts = Object.entries((decision.facts ?? {}) as Record<string, unknown>).filter(([, value]) => value !== null && value !== "");
  return (
    <div class="decision">
      {text("outcome") !== "" && <span class={`badge ${text("outcome")}`}>{word(text("outcome"))}</span>}
      {sentence !== null && <p>{sentence}</p>}
      {rule !== "" && (
        <p class="hint">
          {t("case.rule")} <code>{rule}</code>
        </p>
      )}
      {findings.map((finding, index) => (
        <p key={index} class="hint">
          <code>{String(finding.rule)}</code> {Array.isArray(finding.because) && finding.because.join(", ")}
        </p>
      ))}
      {facts.length > 0 && (
        <dl class="facts-grid">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Remark({ onAdd }: { onAdd: (text: string, isPublic: boolean) => Promise<boolean> }): JSX.Element {
  const { t } = useDesk();
  const [text, setText] = useState("");
  const [isPublic, setPublic] = useState(false);
  return (
    <form
      class="remark"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") void onAdd(text.trim(), isPublic).then((done) => done && setText(""));
      }}
    >
      <textarea rows={2} value={text} maxLength={4000} aria-label={t("case.remark")} placeholder={t("case.remark.placeholder")} onInput={({ currentTarget }) => setText(currentTarget.value)} />
      <div>
        <label>
          <input type="checkbox" checked={isPublic} onChange={({ currentTarget }) => setPublic(currentTarget.checked)} /> {t("case.remark.public")}
        </label>
        <button class="secondary" disabled={text.trim() === ""}>
          {t("case.remark.add")}
        </button>
      </div>
    </form>
  );
}

function Happened({ event }: { event: CaseEvent }): JSX.Element {
  const { t, language, word } = useDesk();
  const known: Record<string, string> = { bot: t("actor.bot"), shopper: t("actor.shopper"), clock: t("actor.clock") };
  const actor = event.actor_name ?? known[event.actor] ?? event.actor.replace(/^agent:/, "");
  const what =
    event.kind === "moved" ? t("event.moved", { from: word(event.from_state), to: word(event.to_state) }) : event.kind === "opened" || event.kind === "photo" || event.kind === "remark" ? t(`event.${event.kind}`) : word(event.kind);
  return (
    <li>
      <p>
        <strong>{what}</strong> {event.kind === "remark" && event.is_public === true && <span class="tag">{t("event.public")}</span>}
      </p>
      {event.note && <p dir="auto">{event.note}</p>}
      <p class="hint">
        {actor} · <time dateTime={event.at}>{formatMoment(event.at, language)}</time>
      </p>
    </li>
  );
}

function MoveDialog({ label, onClose, onMove }: { label: string; onClose: () => void; onMove: (key: string, note: string) => Promise<void> }): JSX.Element {
  const { t } = useDesk();
  const [key] = useState(newId); // one key per dialog: pressing twice moves once
  const [note, setNote] = useState("");
  const [isBusy, setBusy] = useState(false);
  return (
    <Dialog title={label} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void onMove(key, note.trim());
        }}
      >
        <label>
          {t("case.move.note")}
          <textarea rows={3} maxLength={2000} value={note} autofocus onInput={({ currentTarget }) => setNote(currentTarget.value)} />
        </label>
        <p class="acts">
          <button class="primary" disabled={isBusy}>
            {t("case.move.confirm")}
          </button>
          <button type="button" class="secondary" onClick={onClose}>
            {t("dialog.cancel")}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
