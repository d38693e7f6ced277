// The list: pages of the feed in the table, of which a window of at most MAX_ROWS is drawn.

import { isAborted } from "./api.js";
import { make } from "./dom.js";
import { addNewer, newFeed } from "./feed.js";
import { checkInTurn } from "./listchecks.js";
import { drawOneMore, eraseAll, eraseLast, setHeights } from "./listwindow.js";
import { drawPage } from "./table.js";

/** @typedef {import("./checks.js").Checker} Checker */
/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("./record.js").ListAnswer} ListAnswer */
/** @typedef {import("./table.js").Table} Table */
/** @typedef {import("./view.js").View} View */
/**
 * The list. `feed` is null before the first view. Its pages `first` to `last` are drawn.
 *
 * @typedef {object} List
 * @property {HTMLElement} element
 * @property {HTMLElement} above the space of the pages above those that are drawn
 * @property {HTMLElement} below the space of those below
 * @property {Table} table
 * @property {Checker} checker
 * @property {() => void} changed
 * @property {(error: unknown) => void} failed
 * @property {Feed | null} feed
 * @property {number} first
 * @property {number} last
 * @property {Feed | null} fitting the feed of which pages are being drawn
 * @property {number} emptyPages how many pages without an event came one after the other
 * @property {AbortController} abort ends the requests of this view
 * @property {Promise<void>} checks ends after the last check
 */

/**
 * A list without events. `changed()` is called after pages came or were checked.
 *
 * @param {Pick<List, "table" | "checker" | "changed" | "failed">} parts
 * @returns {List}
 */
export function newList({ table, checker, changed, failed }) {
  const [above, below] = [make("div", { class: "spacer" }), make("div", { class: "spacer" })];
  const element = make("div", { class: "list" }, above, table.element, below);
  return {
    element,
    above,
    below,
    table,
    checker,
    changed,
    failed,
    feed: null,
    first: 0,
    last: -1,
    fitting: null,
    emptyPages: 0,
    abort: new AbortController(),
    checks: Promise.resolve(),
  };
}

/**
 * Show the events of another view, from its beginning.
 *
 * @param {List} list
 * @param {View} view
 */
export function showView(list, view) {
  list.abort.abort();
  list.abort = new AbortController();
  eraseAll(list);
  list.feed = newFeed(view);
  list.emptyPages = 0;
  list.changed();
  return fitList(list);
}

/**
 * Draw the list from its beginning again, without asking for what is known.
 *
 * @param {List} list
 */
export function showBeginning(list) {
  eraseAll(list);
  scrollTo(0, 0);
  list.changed();
  return fitList(list);
}

/**
 * Draw pages until the window around what is in sight is full.
 *
 * @param {List} list
 */
export async function fitList(list) {
  const { feed } = list;
  if (!feed || list.fitting === feed) return;
  list.fitting = feed;
  try {
    while (list.feed === feed && (await drawOneMore(list))) list.changed();
  } catch (error) {
    if (!isAborted(error)) list.failed(error);
  }
  if (list.fitting === feed) list.fitting = null;
  if (list.feed === feed) list.changed();
}

/**
 * Search on, after so many pages without an event.
 *
 * @param {List} list
 */
export function searchOn(list) {
  list.emptyPages = 0;
  return fitList(list);
}

/**
 * Put newer events before all others, if the list is drawn from its beginning.
 *
 * @param {List} list
 * @param {ListAnswer} answer
 */
export function insertNewer(list, answer) {
  const wasAtBeginning = list.first === 0 && list.last >= 0;
  const page = addNewer(/** @type {Feed} */ (list.feed), answer);
  if (page.events.length === 0) return page;
  list.last += wasAtBeginning ? 1 : 0;
  list.first += wasAtBeginning ? 0 : 1;
  if (!wasAtBeginning) list.last += 1;
  else drawPage(list.table, page, { before: true });
  eraseLast(list);
  checkInTurn(list, page);
  setHeights(list);
  list.changed();
  return page;
}
