// All cases: state, who has them, by when.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { formatMoment } from "../shared/format.ts";
import { titleOf, type CaseRow } from "./api.ts";
import { useDesk } from "./context.ts";

const STATES = ["submitted", "under_review", "approved", "waiting_for_parcel", "received", "inspected", "refunding", "resent", "repaired", "rejected", "withdrawn", "reopened", "closed"];
const TYPES = ["return", "exchange", "repair", "complaint", "logistics_exception", "price_protection", "invoice_request", "payment_problem", "callback", "other"];
const TEAMS = ["service", "after_sales", "warehouse", "finance", "technical"];

type Name = "state" | "type" | "team";
let kept: Record<Name | "is_overdue", string> = { state: "", type: "", team: "", is_overdue: "" }; // filters survive a look at one case

export function Cases(): JSX.Element {
  const { t, api, language, word } = useDesk();
  const [filter, setFilter] = useState(kept);
  const [rows, setRows] = useState<CaseRow[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [hasFailed, setFailed] = useState(false);

  async function load(after: string | null, isCurrent: () => boolean): Promise<void> {
    setFailed(false);
    try {
      const page = await api.cases(filter, after);
      if (!isCurrent()) return;
      setRows((before) => (after === null ? page.items : [...(before ?? []), ...page.items]));
      setCursor(page.next_cursor);
    } catch {
      if (isCurrent()) setFailed(true);
    }
  }

  useEffect(() => {
    let isCurrent = true;
    kept = filter;
    void load(null, () => isCurrent);
    return () => {
      isCurrent = false;
    };
  }, [filter]);

  const choice = (name: Name, values: string[]): JSX.Element => (
    <label>
      {t(`cases.${name}`)}
      <select value={filter[name]} onChange={({ currentTarget }) => setFilter({ ...filter, [name]: currentTarget.value })}>
        <option value="">{t("cases.any")}</option>
        {values.map((value) => (
          <option key={value} value={value}>
            {word(value)}
          </option>
        ))}
      </select>
    </label>
  );

  return (
    <main class="page">
      <header class="page-head">
        <h1>{t("cases.title")}</h1>
        <div class="filters">
          {choice("state", STATES)}
          {choice("type", TYPES)}
          {choice("team", TEAMS)}
          <label>
            <input type="checkbox" checked={filter.is_overdue !== ""} onChange={({ currentTarget }) => setFilter({ ...filter, is_overdue: currentTarget.checked ? "true" : "" })} />
            {t("cases.only_overdue")}
          </label>
        </div>
      </header>
      {hasFailed && (
        <p class="fault" role="alert">
          {t("cases.failed")}
        </p>
      )}
      {rows === null && !hasFailed && <p class="empty">{t("cases.loading")}</p>}
      {rows?.length === 0 && <p class="empty">{t("cases.empty")}</p>}
      {rows !== null && rows.length > 0 && (
        <table class="cases">
          <thead>
            <tr>
              <th>{t("cases.number")}</th>
              <th>{t("cases.about")}</th>
              <th>{t("cases.state")}</th>
              <th>{t("cases.shopper")}</th>
              <th>{t("cases.team")}</th>
              <th>{t("cases.deadline")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.number} class={row.is_overdue ? "overdue" : ""} onClick={() => (location.hash = `#/cases/${encodeURIComponent(row.number)}`)}>
                <td>
                  <a class="number" href={`#/cases/${encodeURIComponent(row.number)}`}>
                    {row.number}
                  </a>
                </td>
                <td class="about">
                  <strong>{word(row.type)}</strong> {[titleOf(row, language), word(row.reason)].filter(Boolean).join(" · ")}
                </td>
                <td>
                  <span class={`badge ${row.state}`}>{word(row.state)}</span>
                  {(row.severity === "high" || row.severity === "critical") && <span class="tag hot">{word(row.severity)}</span>}
                </td>
                <td>{row.shopper?.name ?? t("list.visitor")}</td>
                <td>{word(row.team)}</td>
                <td class="deadline">
                  {row.deadline_at !== null && <time dateTime={row.deadline_at}>{formatMoment(row.deadline_at, language)}</time>}
                  {row.is_overdue && <strong>{t("cases.overdue")}</strong>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {cursor !== null && (
        <button type="button" class="secondary" onClick={() => void load(cursor, () => true)}>
          {t("cases.more")}
        </button>
      )}
    </main>
  );
}
