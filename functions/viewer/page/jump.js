// Jumps: from a number, a time or an id to its place in the list.

import { requestJson, messageOf } from "./api.js";
import { announce } from "./dom.js";
import { formatCount } from "./format.js";
import { findInList } from "./listchecks.js";
import { openEvent } from "./opening.js";
import { focusRow } from "./currentrow.js";
import { parametersOf, withTimes } from "./view.js";

/** @typedef {import("./api.js").Parameter} Parameter */
/** @typedef {import("./main.js").ViewerPage} ViewerPage */
/** @typedef {import("./record.js").ListAnswer} ListAnswer */
/** @typedef {import("./record.js").ListedEvent} ListedEvent */
/** @typedef {import("./view.js").View} View */
/**
 * @typedef {{ kind: "id", id: string } | { kind: "number", number: number }
 *   | { kind: "time", to: string }} JumpTarget
 */
/** @typedef {{ low: ListedEvent, high: ListedEvent, number: number }} Bounds */

const EVENT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EVENT_NUMBER = /^#?\d{1,16}$/;
const WHOLE_DATE = /^\d{4}-\d{2}-\d{2}$/;
const MAX_PROBES = 40;

/**
 * What a text names: an id, a number or a time. Null if none of them.
 *
 * @param {string} text
 * @returns {JumpTarget | null}
 */
export function targetOfJump(text) {
  if (EVENT_ID.test(text)) return { kind: "id", id: text.toLowerCase() };
  if (EVENT_NUMBER.test(text)) return { kind: "number", number: Number(text.replace("#", "")) };
  if (WHOLE_DATE.test(text)) return { kind: "time", to: text };
  const time = new Date(text.includes("T") ? text : text.replace(" ", "T"));
  return Number.isNaN(time.getTime()) ? null : { kind: "time", to: time.toISOString() };
}

/**
 * The newest event of the view whose number is at most `number`, as a list shows it.
 *
 * Lists have no filter for numbers, but numbers grow with time, so this halves the time between two
 * known events. Null if there is none. Raises ApiFailure.
 *
 * @param {View} view
 * @param {number} number
 * @returns {Promise<ListedEvent | null>}
 */
export async function findByNumber(view, number) {
  const [newest] = await probe(view, [], "desc");
  if (!newest) return null;
  if (numberOf(newest) <= number) return newest;
  const [oldest] = await probe(view, [], "asc");
  if (!oldest || numberOf(oldest) > number) return null;
  let [low, high] = [oldest, newest];
  for (let left = MAX_PROBES; left > 0; left -= 1) {
    const [early, late] = [timeOf(low), timeOf(high)];
    if (numberOf(low) === number || late - early <= 1) break;
    const [found] = await probe(
      view,
      [["to", between(early, late, left, { low, high, number })]],
      "desc",
    );
    if (!found || numberOf(found) < numberOf(low)) break;
    if (numberOf(found) <= number) {
      if (found.id === low.id) return bisectFrom(view, low, number);
      low = found;
    } else {
      high = found;
    }
  }
  return bisectFrom(view, low, number);
}

/**
 * The last event up to the number, among those that follow a near one.
 *
 * @param {View} view
 * @param {ListedEvent} low
 * @param {number} number
 */
async function bisectFrom(view, low, number) {
  const after = await probe(view, [["from", low.created_at]], "asc", 100);
  const fitting = after.filter((each) => numberOf(each) <= number);
  return fitting.at(-1) ?? low;
}

/**
 * A time between two: by turns where the number should be, and the middle.
 *
 * @param {number} early
 * @param {number} late
 * @param {number} left how many probes are left
 * @param {Bounds} bounds
 */
function between(early, late, left, { low, high, number }) {
  const share = (number - numberOf(low)) / (numberOf(high) - numberOf(low));
  const part = left % 2 === 0 ? Math.min(Math.max(share, 0.01), 0.99) : 0.5;
  return new Date(early + Math.max(1, Math.floor((late - early) * part))).toISOString();
}

/**
 * The first events of the view between some times.
 *
 * @param {View} view
 * @param {Parameter[]} times
 * @param {View["order"]} order
 * @param {number} [limit]
 * @returns {Promise<ListedEvent[]>}
 */
async function probe(view, times, order, limit = 1) {
  const others = parametersOf({ ...view, order }).filter(
    ([name]) => !times.some(([each]) => each === name),
  );
  /** @type {Parameter[]} */
  const bounded = [...others, ...times, ["limit", limit]];
  /** @type {ListAnswer} */
  const answer = await requestJson("events", bounded);
  return answer.data;
}

/**
 * The number of an event.
 *
 * @param {ListedEvent} listed
 */
function numberOf(listed) {
  return listed.integrity.sequence;
}

/**
 * When an event was recorded, in milliseconds.
 *
 * @param {ListedEvent} listed
 */
function timeOf(listed) {
  return new Date(listed.created_at).getTime();
}

/**
 * Go to what a text names. Returns what is wrong, if anything is.
 *
 * @param {ViewerPage} page
 * @param {string} text
 * @returns {Promise<string | null>}
 */
export async function jumpTo(page, text) {
  const target = targetOfJump(text);
  if (!target)
    return "Write a number such as 4821, a time such as 2026-11-23 20:23, or an event id.";
  try {
    if (target.kind === "id")
      return (await openEvent(page, target.id)) ? null : "There is no such event.";
    if (target.kind === "time") {
      await page.show({ ...withTimes(page.view, null, target.to), order: "desc" });
      return null;
    }
    return await jumpToNumber(page, target.number);
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Go to the event with a number, or the nearest below it. Returns what is wrong, if anything is.
 *
 * @param {ViewerPage} page
 * @param {number} number
 * @returns {Promise<string | null>}
 */
async function jumpToNumber(page, number) {
  const known = findInList(page.list, (each) => each.sequence === number);
  const shown = known && page.table.rows.get(known.event.id);
  if (shown) {
    focusRow(page.table, shown);
    return null;
  }
  const found = await findByNumber(page.view, number);
  if (!found) return `This view has no event with a number up to ${formatCount(number)}.`;
  await page.show({ ...withTimes(page.view, null, found.created_at), order: "desc" });
  const row = page.table.rows.get(found.id);
  if (row) focusRow(page.table, row);
  announce(`Event ${formatCount(found.integrity.sequence)}`);
  return null;
}
