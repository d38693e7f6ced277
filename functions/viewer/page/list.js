// The list: pages of the feed in the table, of which a window of at most MAX_ROWS is drawn.

import { isAborted } from "./api.js";
import { addNewer, fetchAgain, fetchNext, leaveOutFarPages, newFeed } from "./feed.js";
import { checkInTurn } from "./listchecks.js";
import { drawPage, eraseRows, MAX_ROWS } from "./table.js";
import { make } from "./dom.js";

/** @typedef {import("./checks.js").Checker} Checker */
/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("./feed.js").FeedPage} FeedPage */
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

const NEAR_PIXELS = 900;
const MAX_EMPTY_PAGES = 5;

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
 * Take out all rows, so that no page is drawn.
 *
 * @param {List} list
 */
function eraseAll(list) {
  for (const page of list.feed?.pages ?? []) {
    if (page.body) eraseRows(list.table, page);
  }
  Object.assign(list, { first: 0, last: -1 });
  setHeights(list);
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
 * Draw the page that is missing in sight. Returns whether there was one.
 *
 * @param {List} list
 * @returns {Promise<boolean>}
 */
async function drawOneMore(list) {
  if (list.first > 0 && list.above.getBoundingClientRect().bottom > -NEAR_PIXELS) {
    return drawAbove(list);
  }
  if (list.below.getBoundingClientRect().top < innerHeight + NEAR_PIXELS) return drawBelow(list);
  return false;
}

/**
 * Draw the page above those that are drawn, and take out pages at the other end.
 *
 * @param {List} list
 * @returns {Promise<boolean>}
 */
async function drawAbove(list) {
  const { feed } = list;
  if (!feed) return false;
  const page = feed.pages[list.first - 1];
  await makeReadable(list, page);
  if (list.feed !== feed || feed.pages[list.first - 1] !== page) return list.feed === feed;
  drawPage(list.table, page, { before: true });
  list.first -= 1;
  checkInTurn(list, page);
  eraseLast(list);
  setHeights(list);
  leaveOutFarPages(feed, list.first);
  return true;
}

/**
 * Take out the last pages that are drawn, beyond MAX_ROWS.
 *
 * @param {List} list
 */
function eraseLast(list) {
  if (!list.feed) return;
  while (drawnRows(list) > MAX_ROWS && list.last > list.first) {
    const last = list.feed.pages[list.last];
    last.height = eraseRows(list.table, last);
    list.last -= 1;
  }
}

/**
 * Draw the page below those that are drawn, and take out pages at the other end.
 *
 * @param {List} list
 * @returns {Promise<boolean>}
 */
async function drawBelow(list) {
  const { feed } = list;
  if (!feed) return false;
  /** @type {FeedPage | null | undefined} */
  let page = feed.pages[list.last + 1];
  if (!page) {
    if (feed.isAtEnd || list.emptyPages >= MAX_EMPTY_PAGES) return false;
    page = await fetchNext(feed, list.abort.signal);
    if (!page) return false;
    list.emptyPages = page.places.length === 0 ? list.emptyPages + 1 : 0;
  }
  await makeReadable(list, page);
  if (list.feed !== feed || feed.pages[list.last + 1] !== page) return list.feed === feed;
  drawPage(list.table, page);
  list.last += 1;
  checkInTurn(list, page);
  while (drawnRows(list) > MAX_ROWS && list.first < list.last) {
    const first = feed.pages[list.first];
    first.height = eraseRows(list.table, first);
    list.first += 1;
  }
  setHeights(list);
  leaveOutFarPages(feed, list.last);
  return true;
}

/**
 * Read a page again if it was left out of memory.
 *
 * @param {List} list
 * @param {FeedPage} page
 */
async function makeReadable(list, page) {
  if (page.events || !list.feed) return;
  page.result = null;
  await fetchAgain(list.feed, page, list.abort.signal);
}

/**
 * How many rows are drawn.
 *
 * @param {List} list
 */
function drawnRows(list) {
  return (list.feed?.pages ?? [])
    .slice(list.first, list.last + 1)
    .reduce((sum, each) => sum + (each.events?.length ?? 0), 0);
}

/**
 * The spacers are as high as the pages that are not drawn, so that nothing moves.
 *
 * @param {List} list
 */
function setHeights(list) {
  const pages = list.feed?.pages ?? [];
  /** @param {FeedPage[]} some */
  const sum = (some) => some.reduce((height, each) => height + (each.height ?? 0), 0);
  list.above.style.height = `${sum(pages.slice(0, list.first))}px`;
  list.below.style.height = `${sum(pages.slice(list.last + 1))}px`;
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
