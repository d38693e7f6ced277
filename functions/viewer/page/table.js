// The table: rows of the events of a few pages. It never has more than MAX_ROWS of them.

import { fill, icon, isolated, make } from "./dom.js";
import { formatCount, timeElement, visibleText } from "./format.js";
import { STATUS_WORDS } from "./wording.js";

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
const LONGEST_CELL = 300;

/** An empty table. `open` is called with the id of an event when somebody opens it. */
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
  const table = { element, rows: new Map(), current: null, open };
  element.addEventListener("click", (event) => {
    const row = event.target.closest("tr.row");
    if (row && !getSelection().toString()) table.open(row.dataset.id);
  });
  return table;
}

/** Draw a page's rows after or before those that are there. */
export function drawPage(table, page, { before = false } = {}) {
  page.body = make("tbody", { role: "rowgroup" });
  page.places.forEach((place, at) => {
    const event = page.events[at];
    if (event) page.body.append(rowOf(table, event, page.statuses?.[at] ?? "checking"));
  });
  if (before) table.element.tHead.after(page.body);
  else table.element.append(page.body);
  if (!table.current) setCurrent(table, table.element.querySelector("tr.row"));
}

/** Take a page's rows out. Returns the height that they had. */
export function eraseRows(table, page) {
  const height = page.body.getBoundingClientRect().height;
  for (const row of page.body.rows) {
    table.rows.delete(row.dataset.id);
    if (row === table.current) table.current = null;
  }
  page.body.remove();
  page.body = null;
  if (!table.current) setCurrent(table, table.element.querySelector("tr.row"));
  return height;
}

/** Show the statuses of a page's events, in their order. */
export function drawStatuses(table, page, statuses) {
  page.statuses = statuses;
  page.events?.forEach((event, at) => {
    const row = table.rows.get(event.id);
    if (row) drawStatus(row, statuses[at]);
  });
}

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

function drawStatus(row, status) {
  const { word, drawing, meaning } = STATUS_WORDS[status];
  row.dataset.status = status;
  fill(
    row.querySelector(".check"),
    make(
      "span",
      { class: `status ${status}`, title: meaning },
      drawing && icon(drawing),
      make("span", { class: "word" }, word),
    ),
  );
}

function cell(name, ...children) {
  return make("td", { role: "cell", class: name }, ...children);
}

function namedThing(name, id) {
  if (name && id) return [isolated(cut(name)), " ", muted(cut(id))];
  return [name || id ? isolated(cut(name || id)) : muted("–")];
}

function resourceOf({ resource, targets }) {
  const more = targets.length ? muted(` +${targets.length}`) : null;
  if (!resource.type && !resource.id && !resource.name) {
    const [target] = targets;
    if (!target) return [muted("–")];
    return [
      kindOf(target.type),
      ...namedThing(target.name, target.id),
      targets.length > 1 && muted(` +${targets.length - 1}`),
    ];
  }
  return [kindOf(resource.type), ...namedThing(resource.name, resource.id), more];
}

function kindOf(type) {
  return type ? make("span", { class: "kind" }, isolated(cut(String(type))), " ") : null;
}

function muted(text) {
  return make("bdi", { class: "beside" }, text);
}

function cut(value) {
  const text = visibleText(String(value));
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
}

/** The row that the arrow keys start from. It alone can be reached with Tab. */
export function setCurrent(table, row) {
  table.current?.querySelector(".open").setAttribute("tabindex", "-1");
  table.current = row ?? null;
  row?.querySelector(".open").setAttribute("tabindex", "0");
}

/** Move to the row before (-1) or after (1), and focus it. Returns whether there is one. */
export function moveCurrent(table, direction) {
  const rows = [...table.element.querySelectorAll("tr.row")];
  const row = rows[table.current ? rows.indexOf(table.current) + direction : 0];
  if (row) focusRow(table, row);
  return Boolean(row);
}

/** Focus a row, and bring it into sight. */
export function focusRow(table, row) {
  setCurrent(table, row);
  row.querySelector(".open").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** Mark the row of the opened event; none if `id` is null. */
export function markOpened(table, id) {
  table.element.querySelector("tr[aria-current]")?.removeAttribute("aria-current");
  const row = table.rows.get(id);
  row?.setAttribute("aria-current", "true");
  if (row) setCurrent(table, row);
}
