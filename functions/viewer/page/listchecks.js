// The checks of a list: its pages one after the other, and what is known of an event.

import { checkAndLocate, checkAnswer, locateBroken } from "./checks.js";
import { overallOfSession } from "./onehistory.js";
import { eventsOfAnswer } from "./record.js";
import { isProof, isUnplaced, statusOfEvent } from "./results.js";
import { drawStatuses } from "./table.js";

/** @typedef {import("./results.js").CheckResult} CheckResult */
/** @typedef {import("./results.js").EventStatus} EventStatus */
/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("./feed.js").FeedPage} FeedPage */
/** @typedef {import("./list.js").List} List */
/** @typedef {import("./record.js").ListAnswer} ListAnswer */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/**
 * An event with its check. `result` is null while it is being checked.
 *
 * @typedef {object} Found
 * @property {ShownEvent} event
 * @property {EventStatus} status
 * @property {CheckResult | null} result
 * @property {string} [reason] why it is broken
 */

/** @type {Set<EventStatus>} */
const OPEN = new Set(["too_new", "overdue", "unchecked"]);

/**
 * Check a page after those that wait already, and show what came out.
 *
 * @param {List} list
 * @param {FeedPage} page
 */
export function checkInTurn(list, page) {
  if (page.result || page.isWaiting) return;
  page.isWaiting = true;
  const { feed } = list;
  list.checks = list.checks.then(async () => {
    page.isWaiting = false;
    if (!feed || list.feed !== feed || !page.answer) return;
    const { answer } = page;
    const result = await checkAnswer(list.checker, answer, feed.view);
    showResult(list, feed, page, result);
    if (isUnplaced(result)) {
      showResult(list, feed, page, await locateBroken(list.checker, answer, result));
    }
  });
}

/**
 * Check again what no checkpoint covered before, after the checks that wait already. `answer` has
 * the newest events of the list.
 *
 * @param {List} list
 * @param {ListAnswer} answer
 */
export function renewInTurn(list, answer) {
  const { feed } = list;
  list.checks = list.checks.then(async () => {
    if (!feed || list.feed !== feed) return;
    const ids = new Set(eventsOfAnswer(answer).map((each) => each.id));
    const open = feed.pages.filter(
      (page) =>
        page.answer !== answer &&
        page.events?.some(
          ({ id }, at) => ids.has(id) && OPEN.has(page.statuses?.[at] ?? "checking"),
        ),
    );
    if (open.length === 0) return;
    const result = await checkAndLocate(list.checker, answer, feed.view);
    for (const page of open) {
      if (page.result) showResult(list, feed, page, renewedResult(page.result, result));
    }
  });
}

/**
 * A page's result after its newest records were checked again. What was broken stays so, and what
 * was proved.
 *
 * @param {CheckResult} before
 * @param {CheckResult} now
 * @returns {CheckResult}
 */
function renewedResult(before, now) {
  const isWorse = isProof(before) && !isProof(now) && now.verdict !== "broken";
  if (before.verdict === "broken" || isWorse) return before;
  const again = new Map(now.records?.map((each) => [each.sequence, each]));
  const records = before.records?.map((each) =>
    each.status === "proved" ? each : (again.get(each.sequence) ?? each),
  );
  return { ...now, records: records ?? now.records };
}

/**
 * Keep the result of a page without its records' contents, and show it.
 *
 * @param {List} list
 * @param {Feed | null} feed
 * @param {FeedPage} page
 * @param {CheckResult} result
 */
function showResult(list, feed, page, result) {
  const own = new Set(page.events?.map((each) => each.sequence));
  const records = result.records
    ?.filter(({ sequence }) => sequence !== undefined && own.has(sequence))
    .map(({ sequence, status, reason }) => ({ sequence, status, reason }));
  page.result = { ...result, records };
  const statuses = (page.events ?? []).map((event) => statusOfEvent(result, event));
  drawStatuses(list.table, page, statuses);
  if (list.feed === feed) list.changed();
}

/**
 * Check all pages again that are in memory, such as under another policy.
 *
 * @param {List} list
 */
export function checkAgain(list) {
  for (const page of list.feed?.pages ?? []) {
    page.result = null;
    page.statuses = null;
    if (!page.answer) continue;
    drawStatuses(
      list.table,
      page,
      page.places.map(() => "checking"),
    );
    checkInTurn(list, page);
  }
  list.changed();
  return list.checks;
}

/**
 * The verdict over all pages that were shown.
 *
 * @param {List} list
 */
export function overallOfList(list) {
  const pages = (list.feed?.pages ?? []).filter((each) => each.places.length > 0);
  return overallOfSession(
    list.checker,
    pages.map((each) => each.result),
  );
}

/**
 * An event of the list with its check: its status and the result of its page. Null if unknown.
 *
 * @param {List} list
 * @param {(event: ShownEvent) => boolean} matches
 * @returns {Found | null}
 */
export function findInList(list, matches) {
  for (const page of list.feed?.pages ?? []) {
    const at = page.events?.findIndex(matches) ?? -1;
    const event = page.events?.[at];
    if (event) {
      const { result } = page;
      return {
        event,
        status: page.statuses?.[at] ?? "checking",
        result,
        reason: result?.brokenAt?.reason,
      };
    }
  }
  return null;
}
