// Money, moments and sizes as people read them. Time zone: the reader's.
import type { Language } from "./types.ts";

const LOCALE: Record<Language, string> = { zh: "zh-CN", en: "en-GB" };

/** Integer minor units of an ISO currency: 12900 CNY is ¥129.00, 500 JPY is ¥500. */
export function formatMoney(minor: number, currency: string, language: Language): string {
  const format = new Intl.NumberFormat(LOCALE[language], { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

export function formatTime(iso: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** A calendar day; the year only when it is not this one. */
export function formatDay(iso: string, language: Language, now = new Date()): string {
  // "2025-11-18" is a day in the shop's zone, not midnight UTC: read it as a local day.
  const day = /^\d{4}-\d{2}-\d{2}$/.test(iso) ? new Date(`${iso}T12:00:00`) : new Date(iso);
  const year = day.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(LOCALE[language], { year, month: language === "zh" ? "long" : "short", day: "numeric" }).format(day);
}

/** Day and time; today is only the time. */
export function formatMoment(iso: string, language: Language, now = new Date()): string {
  const moment = new Date(iso);
  const time = formatTime(iso, language);
  return moment.toDateString() === now.toDateString() ? time : `${formatDay(iso, language, now)} ${time}`;
}

/** How long somebody has waited: 0:42, 12:05, 3:07:00. */
export function formatWait(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 512 B, 340 KB, 2.4 MB (1 KB = 1024 B, as file managers show it). */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kilobytes = bytes / 1024;
  if (Math.round(kilobytes) < 1024) return `${Math.round(kilobytes)} KB`;
  const megabytes = kilobytes / 1024;
  return `${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`;
}
