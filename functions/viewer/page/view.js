// The view: which events are shown. The address bar holds it, so that it can be shared.

import { dayInWords, monthInWords, timeInWords } from "./format.js";

/** @typedef {import("./credentials.js").Scope} Scope */
/** @typedef {[name: string, value: string]} Filter */
/**
 * Which events are shown.
 *
 * @typedef {object} View
 * @property {Filter[]} filters
 * @property {"asc" | "desc"} order
 * @property {string | null} event the id of the opened event
 */

/**
 * The filters that people can choose, and how the page says them.
 *
 * @type {Record<string, string>}
 */
export const FILTER_WORDS = {
  action: "Action",
  actor_id: "Actor",
  actor_type: "Actor type",
  action_category: "Category",
  resource: "Resource type",
  resource_id: "Resource",
  object_id: "Resource or target",
  target_type: "Target type",
  target_id: "Target",
  ip_address: "IP address",
  session_id: "Session",
  tenant_id: "Tenant",
};

const TIMES = ["from", "to"];
const METADATA = /^metadata\..+/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Whether a name in the address is a filter. All else in the address is left out.
 *
 * @param {string} name
 */
function isFilterName(name) {
  return (
    name === "search" ||
    TIMES.includes(name) ||
    Object.hasOwn(FILTER_WORDS, name) ||
    METADATA.test(name)
  );
}

/**
 * The view of an address: pairs of filters, the order, and the id of the opened event.
 *
 * @param {string} search
 * @returns {View}
 */
export function viewOfAddress(search) {
  const pairs = [...new URLSearchParams(search)];
  const chosen = pairs.filter(([name, value]) => isFilterName(name) && value !== "");
  /** @type {Map<string, Filter>} */
  const single = new Map();
  for (const [name, value] of chosen)
    single.set(name === "action" ? `action ${value}` : name, [name, value]);
  const order = pairs.some(([name, value]) => name === "order" && value === "asc") ? "asc" : "desc";
  const opened = pairs.find(([name]) => name === "event");
  return { filters: [...single.values()], order, event: opened ? opened[1] : null };
}

/**
 * The address of a view, without the token, which is never in it.
 *
 * @param {View} view
 */
export function addressOfView(view) {
  const query = new URLSearchParams(view.filters);
  if (view.order === "asc") query.set("order", "asc");
  if (view.event) query.set("event", view.event);
  const text = query.toString();
  return location.pathname + (text ? `?${text}` : "");
}

/**
 * The parameters of a request for the events of a view.
 *
 * @param {View} view
 * @returns {Filter[]}
 */
export function parametersOf(view) {
  return view.order === "asc" ? [...view.filters, ["order", "asc"]] : [...view.filters];
}

/**
 * The value of a filter of which there is at most one.
 *
 * @param {View} view
 * @param {string} name
 */
export function filterValue(view, name) {
  const found = view.filters.find(([each]) => each === name);
  return found ? found[1] : null;
}

/**
 * The view with a filter more. Only actions may be several: any of them matches.
 *
 * @param {View} view
 * @param {string} name
 * @param {string | null} value
 * @returns {View}
 */
export function withFilter(view, name, value) {
  const kept = view.filters.filter(([each, old]) =>
    name === "action" ? each !== name || old !== value : each !== name,
  );
  return { ...view, filters: value === null || value === "" ? kept : [...kept, [name, value]] };
}

/**
 * The view without one filter.
 *
 * @param {View} view
 * @param {string} name
 * @param {string} value
 * @returns {View}
 */
export function withoutFilter(view, name, value) {
  return { ...view, filters: view.filters.filter(([each, old]) => each !== name || old !== value) };
}

/**
 * The view without filters that the token sets: the server puts its own in their place.
 *
 * @param {View} view
 * @param {Scope} scope
 * @returns {View}
 */
export function withoutForced(view, { tenantId, actorId }) {
  const forced = [tenantId !== null && "tenant_id", actorId !== null && "actor_id"];
  return { ...view, filters: view.filters.filter(([name]) => !forced.includes(name)) };
}

/**
 * The view between two times; null leaves an end open.
 *
 * @param {View} view
 * @param {string | null} from
 * @param {string | null} to
 * @returns {View}
 */
export function withTimes(view, from, to) {
  return withFilter(withFilter(view, "from", from), "to", to);
}

/**
 * What the chip of a filter says: the name of the filter, and its value.
 *
 * @param {string} name
 * @param {string} value
 * @returns {[name: string, value: string]}
 */
export function filterInWords(name, value) {
  if (name === "search") return ["Contains", `“${value}”`];
  if (name === "from") return ["From", boundInWords(value)];
  if (name === "to") return ["Until", boundInWords(value)];
  if (METADATA.test(name)) return [name.slice("metadata.".length), value];
  return [FILTER_WORDS[name], value];
}

/**
 * The end of a time span: a day in UTC, or a time.
 *
 * @param {string} value
 */
function boundInWords(value) {
  if (DAY.test(value)) return `${dayInWords(value)} (UTC)`;
  const time = new Date(value).getTime();
  return Number.isNaN(time) ? value : timeInWords(time);
}

/**
 * The times of a view as one phrase; null if it has none.
 *
 * @param {View} view
 */
export function periodInWords(view) {
  const [from, to] = TIMES.map((name) => filterValue(view, name));
  if (from === null && to === null) return null;
  if (from !== null && to !== null && DAY.test(from) && DAY.test(to)) {
    if (from === to) return dayInWords(from);
    if (isWholeMonth(from, to)) return monthInWords(from.slice(0, 7));
    return `${dayInWords(from)} – ${dayInWords(to)}`;
  }
  if (to === null) return `Since ${boundInWords(from ?? "")}`;
  return from === null
    ? `Until ${boundInWords(to)}`
    : `${boundInWords(from)} – ${boundInWords(to)}`;
}

/**
 * Whether two days are the first and the last of one month.
 *
 * @param {string} from
 * @param {string} to
 */
function isWholeMonth(from, to) {
  return from.endsWith("-01") && to === lastDayOf(from.slice(0, 7));
}

/**
 * The last day of a month such as `2026-11`.
 *
 * @param {string} month
 */
export function lastDayOf(month) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

/**
 * The day or month before (-1) or after (1) that of the view; null if it is neither.
 *
 * @param {View} view
 * @param {-1 | 1} direction
 * @returns {[from: string, to: string] | null}
 */
export function neighbouringPeriod(view, direction) {
  const [from, to] = TIMES.map((name) => filterValue(view, name));
  if (from === null || to === null || !DAY.test(from) || !DAY.test(to)) return null;
  if (from === to) {
    const day = new Date(`${from}T00:00:00Z`);
    day.setUTCDate(day.getUTCDate() + direction);
    const moved = day.toISOString().slice(0, 10);
    return [moved, moved];
  }
  if (!isWholeMonth(from, to)) return null;
  const [year, month] = from.split("-").map(Number);
  const moved = new Date(Date.UTC(year, month - 1 + direction, 1)).toISOString().slice(0, 7);
  return [`${moved}-01`, lastDayOf(moved)];
}
