// The panel beside the table: an opened event, the checks, or an export. There is one at a time.

import { button, fill, make } from "./dom.js";

/** @typedef {import("./dom.js").Children} Children */
/**
 * @typedef {object} Panel
 * @property {HTMLElement} element
 * @property {HTMLHeadingElement} title
 * @property {HTMLDivElement} content
 * @property {string | null} kind of what is in it; null if it is closed
 * @property {(kind: string) => void} closed
 * @property {HTMLElement | null} before what had the focus before it was opened
 */

/**
 * An empty panel. `closed` is called after it was closed.
 *
 * @param {(kind: string) => void} closed
 * @returns {Panel}
 */
export function newPanel(closed) {
  const title = make("h2", { id: "panel-title", tabindex: "-1" });
  const content = make("div", { class: "content" });
  const panel = /** @type {Panel} */ ({ title, content, kind: null, closed, before: null });
  const close = button({ drawing: "close", label: "Close", keys: "Esc" }, () => closePanel(panel));
  panel.element = make(
    "aside",
    { class: "panel", "aria-labelledby": "panel-title", hidden: true },
    make("div", { class: "panel-head" }, title, close),
    content,
  );
  panel.element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closePanel(panel);
  });
  return panel;
}

/**
 * Show the panel. The focus moves to its title, and later back to where it was.
 *
 * @param {Panel} panel
 * @param {string} kind
 * @param {string} title
 * @param {Children[]} children
 */
export function showPanel(panel, kind, title, ...children) {
  if (panel.kind === null)
    panel.before = /** @type {HTMLElement | null} */ (document.activeElement);
  panel.kind = kind;
  panel.title.textContent = title;
  fill(panel.content, ...children);
  panel.element.hidden = false;
  panel.element.dataset.kind = kind;
  document.body.classList.add("has-panel");
  panel.content.scrollTop = 0;
  panel.title.focus({ preventScroll: true });
}

/**
 * Close the panel, if it is open.
 *
 * @param {Panel} panel
 */
export function closePanel(panel) {
  if (panel.kind === null) return;
  const kind = panel.kind;
  panel.kind = null;
  panel.element.hidden = true;
  document.body.classList.remove("has-panel");
  panel.content.replaceChildren();
  panel.closed(kind);
  if (panel.before?.isConnected) panel.before.focus();
}
