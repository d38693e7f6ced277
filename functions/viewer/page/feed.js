// The feed: the pages of a list, in order and without repeats, of which few are kept in memory.

import { ApiFailure, requestJson, requestPatiently } from "./api.js";
import { eventsOfAnswer } from "./record.js";
import { parametersOf } from "./view.js";

/** @typedef {import("./api.js").Parameter} Parameter */
/** @typedef {import("./api.js").Patience} Patience */
/** @typedef {import("./results.js").CheckResult} CheckResult */
/** @typedef {import("./results.js").EventStatus} EventStatus */
/** @typedef {import("./record.js").ListAnswer} ListAnswer */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/** @typedef {import("./view.js").View} View */
/**
 * A page of the feed. `events` and `answer` are null if it was left out of memory.
 *
 * @typedef {object} FeedPage
 * @property {string | null} cursor of the request for it; null is the beginning
 * @property {ListAnswer | null} answer
 * @property {number[]} places of its events in the answer
 * @property {ShownEvent[] | null} events
 * @property {CheckResult | null} result null until it was checked
 * @property {boolean} isDamaged as the server says
 * @property {string | null} heldReason why the server covers no more, if it says so
 * @property {EventStatus[] | null} [statuses] of its events
 * @property {boolean} [isWaiting] whether it waits for its check
 * @property {HTMLTableSectionElement | null} [body] its rows, if they are drawn
 * @property {number} [height] of its rows when they were drawn, in pixels
 */
/**
 * @typedef {object} Feed
 * @property {View} view
 * @property {FeedPage[]} pages
 * @property {Set<string>} known ids of the events in it
 * @property {string | null} nextCursor
 * @property {boolean} isAtEnd
 * @property {number | null} total how many events match, if the server says
 * @property {string | null} searchedTo how far the server has searched, if not to the end
 */

const PAGE_EVENTS = 100;
const KEPT_PAGES = 30;

/**
 * The feed of a view. A page has `events`, the `answer` they are from, and the `cursor` to it.
 *
 * A page whose `events` is null was left out of memory. `fetchAgain` reads it as it was: cursors
 * are of the list as it was at its first page.
 *
 * @param {View} view
 * @returns {Feed}
 */
export function newFeed(view) {
  return {
    view,
    pages: [],
    known: new Set(),
    nextCursor: null,
    isAtEnd: false,
    total: null,
    searchedTo: null,
  };
}

/**
 * The parameters of a request for the page at a cursor.
 *
 * @param {{ view: View }} feed
 * @param {string | null} cursor
 * @returns {Parameter[]}
 */
function pageParameters(feed, cursor) {
  /** @type {Parameter[]} */
  const parameters = [...parametersOf(feed.view), ["limit", PAGE_EVENTS], ["include", "proof"]];
  return cursor ? [...parameters, ["cursor", cursor]] : parameters;
}

/**
 * The answer with a page of a view. Raises ApiFailure.
 *
 * @param {Parameter[]} parameters
 * @param {AbortSignal} [signal]
 * @returns {Promise<ListAnswer>}
 */
async function requestPage(parameters, signal) {
  const answer = await requestJson("events", parameters, { signal });
  const isList =
    Array.isArray(answer?.data) &&
    answer.data.every(Boolean) &&
    answer.pagination instanceof Object;
  if (!isList) throw new ApiFailure("failed", "The answer is not a list of events.");
  return answer;
}

/**
 * Read the next page into the feed. Returns it; null at the end. Raises ApiFailure.
 *
 * @param {Feed} feed
 * @param {AbortSignal} [signal]
 * @returns {Promise<FeedPage | null>}
 */
export async function fetchNext(feed, signal) {
  if (feed.isAtEnd) return null;
  const cursor = feed.nextCursor;
  const answer = await requestPage(pageParameters(feed, cursor), signal);
  const page = newPage(feed, answer, cursor);
  feed.pages.push(page);
  feed.nextCursor = answer.pagination.next_cursor;
  feed.isAtEnd = !answer.pagination.has_more;
  feed.searchedTo = answer.pagination.searched_to ?? null;
  if (typeof answer.pagination.total === "number") feed.total = answer.pagination.total;
  return page;
}

/**
 * A page of an answer. An event that the feed has already is not in it again.
 *
 * @param {Feed} feed
 * @param {ListAnswer} answer
 * @param {string | null} cursor
 * @returns {FeedPage & { events: ShownEvent[] }}
 */
function newPage(feed, answer, cursor) {
  const events = eventsOfAnswer(answer);
  const places = [...events.keys()].filter((at) => {
    const isNew = !feed.known.has(events[at].id);
    feed.known.add(events[at].id);
    return isNew;
  });
  return {
    cursor,
    answer,
    places,
    events: places.map((at) => events[at]),
    result: null,
    isDamaged: answer.damaged === true,
    heldReason: answer.proof?.checkpoint ? (answer.proof.reason?.message ?? null) : null,
  };
}

/**
 * Read a page again that was left out of memory.
 *
 * @param {Feed} feed
 * @param {FeedPage} page
 * @param {AbortSignal} [signal]
 */
export async function fetchAgain(feed, page, signal) {
  const answer = await requestPage(pageParameters(feed, page.cursor), signal);
  const events = eventsOfAnswer(answer);
  page.answer = answer;
  page.events = page.places.map((at) => events[at]).filter(Boolean);
}

/**
 * Leave pages out of memory that are far from the one at `position`, and not drawn.
 *
 * @param {Feed} feed
 * @param {number} position
 */
export function leaveOutFarPages(feed, position) {
  feed.pages.forEach((page, at) => {
    const isFar = Math.abs(at - position) > KEPT_PAGES / 2;
    const isNeeded = !page.cursor || page.body;
    if (isFar && !isNeeded && page.events) Object.assign(page, { events: null, answer: null });
  });
}

/**
 * The answer with the newest events, and as `newer` the same if some of them are new: none or one
 * answer, or null if one may not hold them all.
 *
 * @param {Feed} feed
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ answer: ListAnswer, newer: ListAnswer[] | null }>}
 */
export async function fetchNewer(feed, signal) {
  /** @type {Parameter[]} */
  const parameters = [...feed.view.filters, ["limit", PAGE_EVENTS], ["include", "proof"]];
  const answer = await requestPage(parameters, signal);
  const ids = eventsOfAnswer(answer).map((each) => each.id);
  const isJoined = ids.length === 0 || ids.some((id) => feed.known.has(id));
  if (!isJoined && answer.pagination.has_more) return { answer, newer: null };
  if (typeof answer.pagination.total === "number") feed.total = answer.pagination.total;
  return { answer, newer: ids.every((id) => feed.known.has(id)) ? [] : [answer] };
}

/**
 * Put the new events of an answer before all others. Returns their page.
 *
 * @param {Feed} feed
 * @param {ListAnswer} answer
 */
export function addNewer(feed, answer) {
  const page = newPage(feed, answer, null);
  if (page.events.length > 0) feed.pages.unshift(page);
  return page;
}

/**
 * How many events of an answer the feed does not have.
 *
 * @param {Feed} feed
 * @param {ListAnswer} answer
 */
export function countNewer(feed, answer) {
  return eventsOfAnswer(answer).filter((each) => !feed.known.has(each.id)).length;
}

/**
 * Every event of a view with its proofs, answer by answer. Waits when the API is busy.
 *
 * @param {View} view
 * @param {Patience} patience
 * @returns {AsyncGenerator<ListAnswer, void, void>}
 */
export async function* answersOf(view, { signal, onWait }) {
  /** @type {string | null} */
  let cursor = null;
  do {
    const parameters = [...pageParameters({ view }, cursor)];
    const request = () => requestPage(parameters, signal);
    /** @type {ListAnswer} */
    const answer = await requestPatiently(request, { signal, onWait, tries: 30 });
    yield answer;
    cursor = answer.pagination.has_more ? answer.pagination.next_cursor : null;
  } while (cursor);
}
