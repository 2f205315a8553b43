// The right pane: what an agent needs to know before the first word.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { formatDay, formatMoney } from "../shared/format.ts";
import type { Detail, Profile } from "./api.ts";
import { CaseDialog } from "./case_dialog.tsx";
import { useDesk } from "./context.ts";
import { Icon, Slip, useLive } from "./parts.tsx";

export function ShopperPanel({ isShown, onClose }: { isShown: boolean; onClose: () => void }): JSX.Element {
  const { t, api, language } = useDesk();
  const [isOpening, setOpening] = useState(false);
  const live = useLive();
  const [detail, setDetail] = useState<Detail | null>(null);
  const id = live.openId;
  useEffect(() => {
    let isCurrent = true;
    if (id === null) setDetail(null);
    else
      api.conversation(id).then(
        (answer) => isCurrent && setDetail(answer),
        () => undefined, // the conversation itself works without it; the next change asks again
      );
    return () => {
      isCurrent = false;
    };
  }, [id, live.contextVersion, language]);
  const shown = detail?.id === id ? detail : null;
  return (
    <aside class={isShown ? "side shown" : "side"} aria-label={t("context.label")}>
      <button type="button" class="tool side-close" aria-label={t("dialog.close")} onClick={onClose}>
        <Icon name="close" />
      </button>
      {shown && (
        <>
          {shown.summary !== "" && (
            <Block title={t("context.summary")}>
              <p class="summary">{shown.summary}</p>
            </Block>
          )}
          <Block title={t("context.shopper")}>{shown.shopper === null ? <p class="hint">{t("context.visitor")}</p> : <Facts profile={shown.shopper} />}</Block>
          <Block title={t("context.cases")} count={shown.cases.length}>
            {shown.cases.map((card) => (
              <a key={card.number} class="slip-link" href={`#/cases/${encodeURIComponent(card.number)}`}>
                <Slip card={card} />
              </a>
            ))}
            <button type="button" class="secondary" onClick={() => setOpening(true)}>
              <Icon name="note" /> {t("open_case.title")}
            </button>
          </Block>
          <Block title={t("context.orders")} count={shown.orders.length}>
            {shown.orders.map((card) => (
              <Slip key={card.number} card={card} />
            ))}
          </Block>
          {isOpening && <CaseDialog key={shown.id} detail={shown} onClose={() => setOpening(false)} />}
        </>
      )}
    </aside>
  );
}

function Block({ title, count, children }: { title: string; count?: number; children: ComponentChildren }): JSX.Element {
  return (
    <section class="block">
      <h2>
        {title} {count !== undefined && <span class="count">{count}</span>}
      </h2>
      {children}
    </section>
  );
}

function Facts({ profile }: { profile: Profile }): JSX.Element {
  const { t, language } = useDesk();
  const facts: [string, string | number | undefined][] = [
    [t("context.phone"), profile.phone],
    [t("context.email"), profile.email],
    [t("context.country"), profile.country],
    [t("context.since"), profile.registered_on === undefined ? undefined : formatDay(profile.registered_on, language)],
    [t("context.order_count"), profile.order_count],
    [t("context.spent"), profile.spent_minor === undefined ? undefined : formatMoney(profile.spent_minor, profile.currency ?? "CNY", language)],
    [t("context.return_rate"), profile.return_rate_percent === undefined ? undefined : `${profile.return_rate_percent} %`],
  ];
  return (
    <>
      <p class="who">
        <strong>{profile.name}</strong> {profile.vip_level > 0 && <span class="tag vip">{t("list.vip", { n: profile.vip_level })}</span>}
        {profile.ref !== undefined && <span class="hint">{profile.ref}</span>}
      </p>
      {profile.is_blacklisted === true && <p class="fault">{t("context.blacklisted")}</p>}
      <dl class="facts-grid">
        {facts.map(
          ([term, value]) =>
            value !== undefined &&
            value !== "" && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </>
  );
}
