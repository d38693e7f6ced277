// Values: metadata of any shape, as lists that unfold. Long texts and lists begin short.

import { button, isolated, make } from "./dom.js";
import { counted, formatCount, visibleText } from "./format.js";

/** @typedef {import("./checking/exact_json.js").JsonValue} JsonValue */
/** @typedef {[name: string | number, value: JsonValue]} Entry */

const SHORT_TEXT = 600;
const SHORT_LIST = 60;
const OPEN_LEVELS = 2;

/**
 * An element that shows a JSON value. Objects deeper than two levels begin folded.
 *
 * @param {JsonValue} value
 * @param {number} [level]
 * @returns {HTMLElement}
 */
export function valueElement(value, level = 0) {
  if (typeof value === "string") return textElement(value);
  if (value === null || typeof value !== "object")
    return make("code", { class: "literal" }, String(value));
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  if (entries.length === 0)
    return make("code", { class: "literal" }, Array.isArray(value) ? "[ ]" : "{ }");
  if (level === 0) return entriesElement(entries, level, value);
  return foldedElement(entries, level, value);
}

/**
 * The entries of a list or object behind a line that unfolds them.
 *
 * @param {Entry[]} entries
 * @param {number} level
 * @param {JsonValue} value the list or object that has them
 */
function foldedElement(entries, level, value) {
  const word = counted(entries.length, Array.isArray(value) ? "item" : "field");
  const details = make("details", { class: "folded" }, make("summary", {}, word));
  const unfold = () => {
    if (details.open && details.children.length === 1)
      details.append(entriesElement(entries, level, value));
  };
  details.addEventListener("toggle", unfold);
  if (level <= OPEN_LEVELS && entries.length <= SHORT_LIST) {
    details.open = true;
    unfold();
  }
  return details;
}

/**
 * The entries of a list or object, of which many begin short.
 *
 * @param {Entry[]} entries
 * @param {number} level
 * @param {JsonValue} value the list or object that has them
 */
function entriesElement(entries, level, value) {
  const list = make("dl", { class: Array.isArray(value) ? "value items" : "value" });
  let shown = 0;
  const showMore = () => {
    for (const [name, each] of entries.slice(shown, shown + SHORT_LIST)) {
      const label = typeof name === "number" ? formatCount(name + 1) : visibleText(name);
      list.append(
        make(
          "div",
          {},
          make("dt", {}, isolated(label)),
          make("dd", {}, valueElement(each, level + 1)),
        ),
      );
    }
    shown += SHORT_LIST;
  };
  showMore();
  if (entries.length <= SHORT_LIST) return list;
  const more = button({ word: `Show more of ${formatCount(entries.length)}`, look: "link" }, () => {
    showMore();
    if (shown >= entries.length) more.remove();
  });
  return make("div", {}, list, more);
}

/**
 * A text with its own direction, its line breaks, and nothing hidden in it.
 *
 * @param {string} text
 */
export function textElement(text) {
  if (text === "") return make("span", { class: "beside" }, "(empty)");
  const visible = visibleText(text);
  if (visible.length <= SHORT_TEXT) return make("span", { class: "text", dir: "auto" }, visible);
  const shown = make("span", { class: "text", dir: "auto" }, `${visible.slice(0, SHORT_TEXT)}…`);
  const more = button(
    { word: `Show all ${counted(text.length, "character")}`, look: "link" },
    () => {
      shown.textContent = visible;
      more.remove();
    },
  );
  return make("span", {}, shown, more);
}
