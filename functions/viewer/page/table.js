// The table: rows of the events of a few pages. It never has more than MAX_ROWS of them.

import { cell, cut, muted, namedThing, resourceOf } from "./cells.js";
import { setCurrent } from "./currentrow.js";
import { fill, icon, isolated, make } from "./dom.js";
import { formatCount, timeElement } from "./format.js";
import { STATUS_WORDS } from "./eventwords.js";

/** @typedef {import("./results.js").EventStatus} EventStatus */
/** @typedef {import("./feed.js").FeedPage} FeedPage */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/**
 * @typedef {object} Table
 * @property {HTMLTableElement} element
 * @property {Map<string, HTMLTableRowElement>} rows by the ids of their events
 * @property {HTMLTableRowElement | null} current the row that the arrow keys start from
 * @property {(id: string) => void} open
 */

export const MAX_ROWS = 500;
const COLUMNS = [
  ["time", "Time"],
  ["who", "Who"],
  ["what", "What"],
  ["on", "On what"],
  ["from", "From where"],
  ["number", "No."],
  ["check", "Check"],
];

/**
 * An empty table. `open` is called with the id of an event when somebody opens it.
 *
 * @param {(id: string) => void} open
 * @returns {Table}
 */
export function newTable(open) {
  const head = make(
    "tr",
    { role: "row" },
    COLUMNS.map(([name, word]) =>
      make("th", { role: "columnheader", scope: "col", class: name }, word),
    ),
  );
  const element = make(
    "table",
    { role: "table", class: "events", "aria-label": "Events" },
    make("thead", { role: "rowgroup" }, head),
  );
  /** @type {Table} */
  const table = { element, rows: new Map(), current: null, open };
  element.addEventListener("click", (event) => {
    /** @type {HTMLTableRowElement | null} */
    const row = /** @type {Element} */ (event.target).closest("tr.row");
    if (row?.dataset.id && !getSelection()?.toString()) table.open(row.dataset.id);
  });
  return table;
}

/**
 * Draw a page's rows after or before those that are there.
 *
 * @param {Table} table
 * @param {FeedPage} page
 * @param {{ before?: boolean }} [options]
 */
export function drawPage(table, page, { before = false } = {}) {
  const body = make("tbody", { role: "rowgroup" });
  page.body = body;
  page.places.forEach((_, at) => {
    const event = page.events?.[at];
    if (event) body.append(rowOf(table, event, page.statuses?.[at] ?? "checking"));
  });
  if (before) table.element.tHead?.after(body);
  else table.element.append(body);
  if (!table.current) setCurrent(table, table.element.querySelector("tr.row"));
}

/**
 * Take a page's rows out. Returns the height that they had.
 *
 * @param {Table} table
 * @param {FeedPage} page
 */
export function eraseRows(table, page) {
  const { body } = page;
  if (!body) return 0;
  const height = body.getBoundingClientRect().height;
  for (const row of body.rows) {
    table.rows.delete(row.dataset.id ?? "");
    if (row === table.current) table.current = null;
  }
  body.remove();
  page.body = null;
  if (!table.current) setCurrent(table, table.element.querySelector("tr.row"));
  return height;
}

/**
 * Show the statuses of a page's events, in their order.
 *
 * @param {Table} table
 * @param {FeedPage} page
 * @param {EventStatus[]} statuses
 */
export function drawStatuses(table, page, statuses) {
  page.statuses = statuses;
  page.events?.forEach((event, at) => {
    const row = table.rows.get(event.id);
    if (row) drawStatus(row, statuses[at]);
  });
}

/**
 * The row of an event.
 *
 * @param {Table} table
 * @param {ShownEvent} event
 * @param {EventStatus} status
 */
function rowOf(table, event, status) {
  const opener = make(
    "button",
    { type: "button", class: "open", tabindex: "-1" },
    cut(event.action),
  );
  const row = make(
    "tr",
    { role: "row", class: "row", "data-id": event.id },
    cell("time", event.createdAt ? timeElement(event.createdAt) : "–"),
    cell("who", ...namedThing(event.actor.name, event.actor.id)),
    cell("what", opener),
    cell("on", ...resourceOf(event)),
    cell("from", event.ipAddress ? isolated(cut(event.ipAddress)) : muted("–")),
    cell("number", formatCount(event.sequence)),
    cell("check"),
  );
  drawStatus(row, status);
  table.rows.set(event.id, row);
  return row;
}

/**
 * Show the status of an event in its row.
 *
 * @param {HTMLTableRowElement} row
 * @param {EventStatus} status
 */
function drawStatus(row, status) {
  const { word, drawing, meaning } = STATUS_WORDS[status];
  row.dataset.status = status;
  fill(
    /** @type {HTMLElement} */ (row.querySelector(".check")),
    make(
      "span",
      { class: `status ${status}`, title: meaning },
      drawing && icon(drawing),
      make("span", { class: "word" }, word),
    ),
  );
}
