// The checks of a list: its pages one after the other, and what is known of an event.

import { checkAnswer, isUnplaced, locateBroken, overallOf, statusOfEvent } from "./checks.js";
import { drawStatuses } from "./table.js";

/** Check a page after those that wait already, and show what came out. */
export function checkInTurn(list, page) {
  if (page.result || page.isWaiting) return;
  page.isWaiting = true;
  const { feed } = list;
  list.checks = list.checks.then(async () => {
    page.isWaiting = false;
    if (list.feed !== feed || !page.answer) return;
    const { answer } = page;
    const result = await checkAnswer(list.checker, answer, feed.view);
    showResult(list, feed, page, result);
    if (isUnplaced(result)) {
      showResult(list, feed, page, await locateBroken(list.checker, answer, result));
    }
  });
}

/** Keep the result of a page without its records' contents, and show it. */
function showResult(list, feed, page, result) {
  const records = result.records?.map(({ sequence, status, reason }) => ({
    sequence,
    status,
    reason,
  }));
  page.result = { ...result, records };
  const statuses = (page.events ?? []).map((event) => statusOfEvent(result, event));
  drawStatuses(list.table, page, statuses);
  if (list.feed === feed) list.changed();
}

/** Check all pages again that are in memory, such as under another policy. */
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

/** The verdict over all pages that were shown. */
export function overallOfList(list) {
  return overallOf(
    (list.feed?.pages ?? []).filter((each) => each.places.length > 0).map((each) => each.result),
  );
}

/** An event of the list with its check: its status and the result of its page. Null if unknown. */
export function findInList(list, matches) {
  for (const page of list.feed?.pages ?? []) {
    const at = page.events?.findIndex(matches) ?? -1;
    if (at >= 0) {
      const { result } = page;
      return {
        event: page.events[at],
        status: page.statuses?.[at] ?? "checking",
        result,
        reason: result?.brokenAt?.reason,
      };
    }
  }
  return null;
}
