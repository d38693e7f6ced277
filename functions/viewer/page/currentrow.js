// The current row: the one that the arrow keys start from, and the one whose event is opened.

/** @typedef {import("./table.js").Table} Table */

/**
 * The row that the arrow keys start from. It alone can be reached with Tab.
 *
 * @param {Table} table
 * @param {HTMLTableRowElement | null} row
 */
export function setCurrent(table, row) {
  table.current?.querySelector(".open")?.setAttribute("tabindex", "-1");
  table.current = row ?? null;
  row?.querySelector(".open")?.setAttribute("tabindex", "0");
}

/**
 * Move to the row before (-1) or after (1), and focus it. Returns whether there is one.
 *
 * @param {Table} table
 * @param {number} direction
 */
export function moveCurrent(table, direction) {
  /** @type {NodeListOf<HTMLTableRowElement>} */
  const drawn = table.element.querySelectorAll("tr.row");
  const rows = [...drawn];
  const row = rows[table.current ? rows.indexOf(table.current) + direction : 0];
  if (row) focusRow(table, row);
  return Boolean(row);
}

/**
 * Focus a row, and bring it into sight.
 *
 * @param {Table} table
 * @param {HTMLTableRowElement} row
 */
export function focusRow(table, row) {
  setCurrent(table, row);
  /** @type {HTMLElement | null} */
  const opener = row.querySelector(".open");
  opener?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/**
 * Mark the row of the opened event; none if `id` is null.
 *
 * @param {Table} table
 * @param {string | null} id
 */
export function markOpened(table, id) {
  table.element.querySelector("tr[aria-current]")?.removeAttribute("aria-current");
  const row = table.rows.get(id ?? "");
  row?.setAttribute("aria-current", "true");
  if (row) setCurrent(table, row);
}
