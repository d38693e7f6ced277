// The window of the list: which of its pages are drawn, so that those in sight are, and few others.

import { fetchAgain, fetchNext, leaveOutFarPages } from "./feed.js";
import { checkInTurn } from "./listchecks.js";
import { drawPage, eraseRows, MAX_ROWS } from "./table.js";

/** @typedef {import("./feed.js").FeedPage} FeedPage */
/** @typedef {import("./list.js").List} List */

const NEAR_PIXELS = 900;
const MAX_EMPTY_PAGES = 5;

/**
 * Take out all rows, so that no page is drawn.
 *
 * @param {List} list
 */
export function eraseAll(list) {
  for (const page of list.feed?.pages ?? []) {
    if (page.body) eraseRows(list.table, page);
  }
  Object.assign(list, { first: 0, last: -1 });
  setHeights(list);
}

/**
 * Draw the page that is missing in sight. Returns whether there was one.
 *
 * @param {List} list
 * @returns {Promise<boolean>}
 */
export async function drawOneMore(list) {
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
export function eraseLast(list) {
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
export function setHeights(list) {
  const pages = list.feed?.pages ?? [];
  /** @param {FeedPage[]} some */
  const sum = (some) => some.reduce((height, each) => height + (each.height ?? 0), 0);
  list.above.style.height = `${sum(pages.slice(0, list.first))}px`;
  list.below.style.height = `${sum(pages.slice(list.last + 1))}px`;
}
