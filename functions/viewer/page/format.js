// Times, numbers and sizes as people read them. Times are local; the title of each has UTC.

import { make } from "./dom.js";

const localDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const localDayAndYear = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const localTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const localWhole = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const utcDay = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const utcMonth = new Intl.DateTimeFormat("en-GB", {
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});
const numbers = new Intl.NumberFormat("en-GB");

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * A number with separators of thousands.
 *
 * @param {number} count
 */
export function formatCount(count) {
  return numbers.format(count);
}

/**
 * `1 event`, `2 events`.
 *
 * @param {number} count
 * @param {string} word
 */
export function counted(count, word) {
  return `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;
}

/**
 * A time as a cell shows it: the day, muted, and the time; UTC in the title.
 *
 * @param {string} text
 */
export function timeElement(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return make("span", {}, text);
  const isThisYear = time.getFullYear() === new Date().getFullYear();
  const day = (isThisYear ? localDay : localDayAndYear).format(time);
  return make(
    "time",
    { datetime: text, title: `${text} (UTC)` },
    make("span", { class: "day" }, `${day}, `),
    localTime.format(time),
  );
}

/**
 * A time in full, in the local zone, with UTC beside it.
 *
 * @param {string} text
 */
export function wholeTime(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return make("span", {}, text);
  return make(
    "span",
    {},
    make("time", { datetime: text }, localWhole.format(time)),
    make("span", { class: "beside" }, text),
  );
}

/**
 * A time in a sentence.
 *
 * @param {number} milliseconds
 */
export function timeInWords(milliseconds) {
  const time = new Date(milliseconds);
  return `${localDayAndYear.format(time)}, ${localTime.format(time)}`;
}

/**
 * How long ago, roughly: `2 minutes`, `3 days`.
 *
 * @param {number} milliseconds
 */
export function ageInWords(milliseconds) {
  /** @type {[word: string, size: number][]} */
  const units = [
    ["day", DAY_MS],
    ["hour", HOUR_MS],
    ["minute", MINUTE_MS],
  ];
  for (const [word, size] of units) {
    if (milliseconds >= size) return counted(Math.floor(milliseconds / size), word);
  }
  return counted(Math.max(0, Math.floor(milliseconds / 1_000)), "second");
}

/**
 * A size in bytes, as people say it.
 *
 * @param {number} bytes
 */
export function formatSize(bytes) {
  if (bytes < 1_000) return counted(bytes, "byte");
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/**
 * A day in UTC, such as `2026-11-27`, in words.
 *
 * @param {string} day
 */
export function dayInWords(day) {
  return utcDay.format(new Date(`${day}T00:00:00Z`));
}

/**
 * A month in UTC, such as `2026-11`, in words.
 *
 * @param {string} month
 */
export function monthInWords(month) {
  return utcMonth.format(new Date(`${month}-01T00:00:00Z`));
}

/**
 * The day of a time, in UTC.
 *
 * @param {number} milliseconds
 */
export function utcDate(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/**
 * A text in which characters that hide, reorder or control others are written out.
 *
 * @param {string} text
 */
export function visibleText(text) {
  return text.replace(HIDDEN, (each) => {
    const code = each.charCodeAt(0);
    return code < 0x20
      ? String.fromCodePoint(0x2400 + code)
      : `⟦U+${code.toString(16).toUpperCase().padStart(4, "0")}⟧`;
  });
}
