// The feed: the pages of a list, in order and without repeats, of which few are kept in memory.

import { ApiFailure, requestJson, requestPatiently } from "./api.js";
import { eventsOfAnswer } from "./record.js";
import { parametersOf } from "./view.js";

const PAGE_EVENTS = 100;
const KEPT_PAGES = 30;

/** The feed of a view. A page has `events`, the `answer` they are from, and the `cursor` to it.
 *
 * A page whose `events` is null was left out of memory. `fetchAgain` reads it as it was: cursors
 * are of the list as it was at its first page.
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

function pageParameters(feed, cursor) {
  const parameters = [...parametersOf(feed.view), ["limit", PAGE_EVENTS], ["include", "proof"]];
  return cursor ? [...parameters, ["cursor", cursor]] : parameters;
}

/** The answer with a page of a view. Raises ApiFailure. */
async function requestPage(parameters, signal) {
  const answer = await requestJson("events", parameters, { signal });
  const isList =
    Array.isArray(answer?.data) &&
    answer.data.every(Boolean) &&
    answer.pagination instanceof Object;
  if (!isList) throw new ApiFailure("failed", "The answer is not a list of events.");
  return answer;
}

/** Read the next page into the feed. Returns it; null at the end. Raises ApiFailure. */
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

/** A page of an answer. An event that the feed has already is not in it again. */
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

/** Read a page again that was left out of memory. */
export async function fetchAgain(feed, page, signal) {
  const answer = await requestPage(pageParameters(feed, page.cursor), signal);
  const events = eventsOfAnswer(answer);
  page.answer = answer;
  page.events = page.places.map((at) => events[at]).filter(Boolean);
}

/** Leave pages out of memory that are far from the one at `position`. */
export function leaveOutFarPages(feed, position) {
  feed.pages.forEach((page, at) => {
    const isFar = Math.abs(at - position) > KEPT_PAGES / 2;
    if (isFar && page.cursor && page.events) Object.assign(page, { events: null, answer: null });
  });
}

/** The events chained since, newest first; null if one answer may not hold them all. */
export async function fetchNewer(feed, signal) {
  const parameters = [...feed.view.filters, ["limit", PAGE_EVENTS], ["include", "proof"]];
  const answer = await requestPage(parameters, signal);
  const ids = eventsOfAnswer(answer).map((each) => each.id);
  const isJoined = ids.length === 0 || ids.some((id) => feed.known.has(id));
  if (!isJoined && answer.pagination.has_more) return null;
  if (typeof answer.pagination.total === "number") feed.total = answer.pagination.total;
  return ids.every((id) => feed.known.has(id)) ? [] : [answer];
}

/** Put the new events of an answer before all others. Returns their page. */
export function addNewer(feed, answer) {
  const page = newPage(feed, answer, null);
  if (page.events.length > 0) feed.pages.unshift(page);
  return page;
}

/** How many events of an answer the feed does not have. */
export function countNewer(feed, answer) {
  return eventsOfAnswer(answer).filter((each) => !feed.known.has(each.id)).length;
}

/** Every event of a view with its proofs, answer by answer. Waits when the API is busy. */
export async function* answersOf(view, { signal, onWait }) {
  let cursor = null;
  do {
    const parameters = [...pageParameters({ view }, cursor)];
    const request = () => requestPage(parameters, signal);
    const answer = await requestPatiently(request, { signal, onWait, tries: 30 });
    yield answer;
    cursor = answer.pagination.has_more ? answer.pagination.next_cursor : null;
  } while (cursor);
}
