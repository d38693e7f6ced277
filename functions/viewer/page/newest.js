// New events: looked for while the page is in sight, and shown without moving what somebody reads.

import { ApiFailure, isAborted } from "./api.js";
import { announce, fill, icon, make } from "./dom.js";
import { counted, utcDate } from "./format.js";
import { countNewer, fetchNewer } from "./feed.js";
import { insertNewer, showBeginning, showView } from "./list.js";
import { renewInTurn } from "./listchecks.js";
import { compareAgain } from "./onehistory.js";
import { filterValue } from "./view.js";

/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("./feed.js").FeedPage} FeedPage */
/** @typedef {import("./list.js").List} List */
/** @typedef {import("./record.js").ListAnswer} ListAnswer */
/** @typedef {import("./view.js").View} View */
/**
 * `waiting` is the answer with the new events that are not shown, none if there are none, or null
 * if there are more than one answer holds.
 *
 * @typedef {object} Watch
 * @property {List} list
 * @property {HTMLButtonElement} element
 * @property {HTMLElement} word
 * @property {ListAnswer[] | null} waiting
 * @property {number} pause in milliseconds
 * @property {number | undefined} timer
 * @property {() => boolean} isReading whether somebody reads, so that nothing should move
 * @property {() => void} grown called after new events were shown
 * @property {(error: unknown) => void} failed
 */

const POLL_MS = 20_000;
const LONGEST_POLL_MS = 120_000;
const TOP_PIXELS = 60;

/**
 * Look for new events. The element says how many there are; a press shows them.
 *
 * @param {List} list
 * @param {Pick<Watch, "isReading" | "grown" | "failed">} parts
 * @returns {Watch}
 */
export function newWatch(list, { isReading, grown, failed }) {
  const word = make("span", {});
  const element = make(
    "button",
    { type: "button", class: "button strong newer", hidden: true },
    icon("up"),
    word,
  );
  /** @type {Watch} */
  const watch = {
    list,
    element,
    word,
    waiting: null,
    pause: POLL_MS,
    timer: undefined,
    isReading,
    grown,
    failed,
  };
  element.addEventListener("click", () => showWaiting(watch));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) lookSoon(watch, 0);
  });
  lookSoon(watch, POLL_MS);
  return watch;
}

/**
 * Forget what is waiting, because another view is shown.
 *
 * @param {Watch} watch
 */
export function forgetWaiting(watch) {
  watch.waiting = null;
  watch.element.hidden = true;
  lookSoon(watch, POLL_MS);
}

/**
 * Look after a pause, instead of any look that was planned.
 *
 * @param {Watch} watch
 * @param {number} milliseconds
 */
function lookSoon(watch, milliseconds) {
  clearTimeout(watch.timer);
  watch.timer = setTimeout(() => look(watch), milliseconds);
}

/**
 * Look once. New events show at once if the beginning is in sight and nobody reads.
 *
 * @param {Watch} watch
 */
export async function look(watch) {
  const { list } = watch;
  const { feed } = list;
  if (feed && !document.hidden && feed.pages.length > 0 && canGrow(feed.view)) {
    try {
      const { answer, newer } = await fetchNewer(feed, list.abort.signal);
      if (list.feed === feed) take(watch, feed, newer);
      renewInTurn(list, answer);
      if (await compareAgain(list.checker)) list.changed();
      watch.pause = POLL_MS;
    } catch (error) {
      if (!isAborted(error)) {
        watch.pause = Math.min(watch.pause * 2, LONGEST_POLL_MS);
        if (error instanceof ApiFailure && error.kind === "expired") watch.failed(error);
      }
    }
  }
  lookSoon(watch, watch.pause);
}

/**
 * Whether new events would be in a view, and at its beginning.
 *
 * @param {View} view
 */
function canGrow(view) {
  const to = filterValue(view, "to");
  return view.order !== "asc" && (to === null || to >= utcDate(Date.now()));
}

/**
 * Show new events, or say that there are some.
 *
 * @param {Watch} watch
 * @param {Feed} feed
 * @param {ListAnswer[] | null} newer
 */
function take(watch, feed, newer) {
  const { list } = watch;
  watch.waiting = newer;
  if (newer !== null && newer.length === 0) return;
  if (newer === null && feed.known.size === 0) {
    showWaiting(watch);
    return;
  }
  if (newer !== null && scrollY < TOP_PIXELS && !watch.isReading()) {
    const page = insertNewer(list, newer[0]);
    markNew(watch, page);
    watch.waiting = null;
    return;
  }
  const text = newer === null ? "New events" : counted(countNewer(feed, newer[0]), "new event");
  if (watch.element.hidden) announce(text);
  fill(watch.word, text);
  watch.element.hidden = false;
}

/**
 * Show the new events that wait, at the beginning of the list.
 *
 * @param {Watch} watch
 */
async function showWaiting(watch) {
  const { list, waiting } = watch;
  watch.element.hidden = true;
  watch.waiting = null;
  if (waiting === null) {
    if (list.feed) await showView(list, list.feed.view);
    scrollTo(0, 0);
    return;
  }
  const page = insertNewer(list, waiting[0]);
  await showBeginning(list);
  markNew(watch, page);
}

/**
 * Make new rows stand out, and say how many there are.
 *
 * @param {Watch} watch
 * @param {FeedPage} page
 */
function markNew({ list, grown }, page) {
  for (const event of page.events ?? []) list.table.rows.get(event.id)?.classList.add("new");
  announce(counted(page.places.length, "new event"));
  grown();
}
