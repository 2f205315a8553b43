// Small pieces that several views share.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { makeCard } from "../shared/cards.ts";
import { iconPath, safeUrl, type IconName } from "../shared/dom.ts";
import { formatWait } from "../shared/format.ts";
import { openLightbox } from "../shared/lightbox.ts";
import type { Card, Photo } from "../shared/types.ts";
import { useDesk } from "./context.ts";

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={iconPath(name)} />
    </svg>
  );
}

/** A slip from shared/cards.ts, which makes plain nodes; nothing on it can be chosen here. */
export function Slip({ card }: { card: Card }): JSX.Element {
  const { t, language } = useDesk();
  const place = useRef<HTMLDivElement>(null);
  const key = JSON.stringify(card);
  const node = useMemo(() => makeCard(card, { t, language, base: location.href, choose: null, judge: null }), [key, language]);
  useEffect(() => {
    place.current?.replaceChildren(...(node === null ? [] : [node]));
  }, [node]);
  return <div ref={place} />;
}

export function Picture({ photo }: { photo: Photo }): JSX.Element | null {
  const { t } = useDesk();
  const src = safeUrl(photo.url, location.href);
  if (src === null) return null;
  return (
    <button type="button" class="photo" aria-label={t("photo.open")} onClick={() => openLightbox(document.body, src, t("photo.alt"), t("close"))}>
      <img src={src} alt={t("photo.alt")} width={photo.width} height={photo.height} />
    </button>
  );
}

/** A waiting time that ticks by itself. Long waits turn red, and say so by their length. */
export function Waited({ since, long_s = 300 }: { since: string; long_s?: number }): JSX.Element {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = (now - Date.parse(since)) / 1000;
  return <time class={seconds >= long_s ? "waited long" : "waited"}>{formatWait(seconds)}</time>;
}

/** A native modal dialog: the browser holds the focus inside and gives it back. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    <dialog ref={box} onClose={onClose} onClick={(event) => event.target === box.current && box.current?.close()} aria-label={title}>
      <div class="dialog">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/** Re-render when the live line has something new; returns the line. */
export function useLive(): ReturnType<typeof useDesk>["live"] {
  const { live } = useDesk();
  const [, setTick] = useState(0);
  useEffect(() => live.watch(() => setTick((tick) => tick + 1)), [live]);
  return live;
}
