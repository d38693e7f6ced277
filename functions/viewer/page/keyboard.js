// Keys: one key for each thing that people do often. Whoever needs these keys can switch them off.

import { button, make } from "./dom.js";
import { moveCurrent } from "./currentrow.js";

/** @typedef {import("./table.js").Table} Table */
/** @typedef {{ dialog: HTMLDialogElement, isOn: () => boolean, show: () => void }} KeyHelp */

const KEY_WORDS = [
  ["/", "Search"],
  ["f", "Add a filter"],
  ["t", "Choose the time"],
  ["g", "Jump to a time, number or id"],
  ["↓ or j", "Next event"],
  ["↑ or k", "Event before"],
  ["Enter", "Open the event"],
  ["Esc", "Close what is open"],
  ["v", "What was checked"],
  ["e", "Export"],
  ["?", "These keys"],
];

/**
 * The dialog that lists the keys, and the switch for them.
 *
 * @returns {KeyHelp}
 */
export function newKeyHelp() {
  const isOn = make("input", { type: "checkbox", checked: true });
  isOn.checked = true;
  const dialog = make(
    "dialog",
    { class: "keys-help", "aria-label": "Keys" },
    make(
      "div",
      { class: "panel-head" },
      make("h2", {}, "Keys"),
      button({ drawing: "close", label: "Close" }, () => dialog.close()),
    ),
    make(
      "dl",
      { class: "fields" },
      KEY_WORDS.map(([key, word]) =>
        make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, word)),
      ),
    ),
    make("label", { class: "switch" }, isOn, "Single keys do this"),
  );
  return { dialog, isOn: () => isOn.checked, show: () => dialog.showModal() };
}

/**
 * Listen to the keys. `actions` is by key; the arrows move in the table.
 *
 * @param {KeyHelp} help
 * @param {Table} table
 * @param {{ [key: string]: () => void }} actions
 */
export function listenToKeys(help, table, actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    const isField = target.closest("input, textarea, select, dialog, [contenteditable]");
    if (isField) return;
    const isInTable = target.closest("table.events") !== null;
    /** @type {{ [key: string]: number | undefined }} */
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    /** @type {{ [key: string]: number | undefined }} */
    const letters = { j: 1, k: -1 };
    const step =
      (isInTable ? steps[event.key] : undefined) ?? (help.isOn() ? letters[event.key] : undefined);
    if (step !== undefined && moveCurrent(table, step)) {
      event.preventDefault();
      return;
    }
    const action = help.isOn() ? actions[event.key] : undefined;
    if (!action) return;
    event.preventDefault();
    action();
  });
}
