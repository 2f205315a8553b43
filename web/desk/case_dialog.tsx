// Open a case out of a conversation: what it is about, the goods if any, and the agent's words.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { newId } from "../shared/ids.ts";
import { asProblem } from "../shared/problem.ts";
import type { Detail } from "./api.ts";
import { useDesk } from "./context.ts";
import { Dialog } from "./parts.tsx";

const TYPES = ["return", "exchange", "repair", "complaint", "logistics_exception", "price_protection", "invoice_request", "payment_problem", "callback", "other"];
const ABOUT_A_LINE = ["return", "exchange", "repair"]; // the desk refuses these without goods
const REASONS = ["no_longer_wanted", "wrong_size", "not_as_described", "quality_fault", "damaged", "wrong_item", "other"];
const SEVERITIES = ["low", "normal", "high", "critical"];

export function CaseDialog({ detail, onClose }: { detail: Detail; onClose: () => void }): JSX.Element {
  const { t, api, word } = useDesk();
  const [key] = useState(newId); // one key per dialog: pressing twice opens one case
  const [type, setType] = useState("complaint");
  const [orderNumber, setOrderNumber] = useState("");
  const [lineId, setLineId] = useState("");
  const [reason, setReason] = useState("quality_fault");
  const [severity, setSeverity] = useState("normal");
  const [description, setDescription] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const isAboutLine = ABOUT_A_LINE.includes(type);
  const lines = detail.orders.find(({ number }) => number === orderNumber)?.lines ?? [];
  const goods = isAboutLine ? { reason, ...(lineId === "" ? {} : { quantity: lines.find(({ id }) => id === lineId)?.quantity ?? 1 }) } : {};

  async function open(): Promise<void> {
    setBusy(true);
    setFailed(false);
    try {
      const number = await api.openCase(key, {
        type,
        conversation_id: detail.id,
        severity,
        description: description.trim(),
        ...(orderNumber === "" ? {} : { order_number: orderNumber }),
        ...(lineId === "" ? {} : { line_id: lineId }),
        ...goods,
      });
      location.hash = `#/cases/${encodeURIComponent(number)}`;
    } catch (error) {
      setFailed(asProblem(error).status !== 401); // signed out: the door is shown
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("open_case.title")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void open();
        }}
      >
        <div class="pair">
          <Choice label={t("open_case.type")} value={type} options={TYPES.map((name) => [name, word(name)])} onChange={setType} />
          <Choice label={t("case.severity")} value={severity} options={SEVERITIES.map((name) => [name, word(name)])} onChange={setSeverity} />
        </div>
        <Choice
          label={t("case.order")}
          value={orderNumber}
          isNeeded={isAboutLine}
          options={[["", t("open_case.no_order")], ...detail.orders.map(({ number, state_text, lines: items }): [string, string] => [number, `${number} · ${state_text} · ${items[0]?.title ?? ""}`])]}
          onChange={(number) => {
            setOrderNumber(number);
            setLineId("");
          }}
        />
        {orderNumber !== "" && (
          <Choice
            label={t("case.item")}
            value={lineId}
            isNeeded={isAboutLine}
            options={[["", t("open_case.whole_order")], ...lines.map(({ id, title, variant }): [string, string] => [id, [title, variant].filter(Boolean).join(" · ")])]}
            onChange={setLineId}
          />
        )}
        {isAboutLine && detail.orders.length === 0 && <p class="hint">{t("open_case.verify")}</p>}
        {isAboutLine && <Choice label={t("case.reason")} value={reason} options={REASONS.map((name) => [name, word(name)])} onChange={setReason} />}
        <label>
          {t("open_case.description")}
          <textarea rows={4} required maxLength={4000} value={description} placeholder={t("open_case.placeholder")} onInput={({ currentTarget }) => setDescription(currentTarget.value)} />
        </label>
        {hasFailed && (
          <p class="fault" role="alert">
            {t("open_case.failed")}
          </p>
        )}
        <p class="acts">
          <button class="primary" disabled={isBusy || description.trim() === "" || (isAboutLine && lineId === "")}>
            {t("open_case.confirm")}
          </button>
          <button type="button" class="secondary" onClick={onClose}>
            {t("dialog.cancel")}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: [string, string][];
  isNeeded?: boolean;
  onChange: (value: string) => void;
}

function Choice({ label, value, options, isNeeded = false, onChange }: ChoiceProps): JSX.Element {
  return (
    <label>
      {label}
      <select value={value} required={isNeeded} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
