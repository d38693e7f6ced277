// The bar above the table: search, times, filters and jumps; below it a chip for each filter.

import { button, fill, make } from "./dom.js";
import { filterContent, jumpContent, timesContent } from "./barpopups.js";
import { popup } from "./popup.js";
import {
  filterInWords,
  filterValue,
  neighbouringPeriod,
  periodInWords,
  withFilter,
  withoutFilter,
  withTimes,
} from "./view.js";

/** @typedef {import("./credentials.js").Scope} Scope */
/** @typedef {import("./popup.js").Popup} Popup */
/** @typedef {import("./view.js").View} View */
/**
 * @typedef {object} FilterBar
 * @property {View} view
 * @property {(view: View) => void} show
 * @property {HTMLDivElement} element
 * @property {HTMLUListElement} chips
 * @property {{ field: HTMLInputElement, element: HTMLElement }} search
 * @property {Popup} times
 * @property {Popup} filter
 * @property {Popup} jump
 * @property {HTMLButtonElement} earlier
 * @property {HTMLButtonElement} later
 */
/**
 * `jump` returns what is wrong, if anything is.
 *
 * @typedef {{
 *   scope: Scope, view: View, show: (view: View) => void,
 *   jump: (text: string) => Promise<string | null>
 * }} FilterBarParts
 */

const SEARCH_PAUSE_MS = 400;

/**
 * The bar. `show(view)` shows another view; `jump(text)` goes to a time, number or id.
 *
 * @param {FilterBarParts} parts
 * @returns {FilterBar}
 */
export function newFilterBar({ scope, view, show, jump }) {
  const bar = /** @type {FilterBar} */ ({
    view,
    show,
    element: make("div", { class: "bar", role: "search" }),
    chips: make("ul", { class: "chips", "aria-label": "Filters" }),
  });
  bar.search = searchField(bar);
  bar.times = popup({ word: "Any time", drawing: "calendar", label: "Time", keys: "t" }, (close) =>
    timesContent(bar, close),
  );
  bar.filter = popup({ word: "Filter", drawing: "filter", keys: "f" }, (close) =>
    filterContent(bar, scope, close),
  );
  bar.jump = popup({ word: "Jump to", drawing: "jump", keys: "g" }, (close) =>
    jumpContent(jump, close),
  );
  bar.earlier = button({ drawing: "previous", label: "Earlier", look: "plain" }, () =>
    step(bar, -1),
  );
  bar.later = button({ drawing: "next", label: "Later", look: "plain" }, () => step(bar, 1));
  fill(
    bar.element,
    bar.search.element,
    make("div", { class: "joined" }, bar.earlier, bar.times.element, bar.later),
    bar.filter.element,
    bar.jump.element,
  );
  drawFilterBar(bar, view);
  return bar;
}

/**
 * Show the filters of a view.
 *
 * @param {FilterBar} bar
 * @param {View} view
 */
export function drawFilterBar(bar, view) {
  bar.view = view;
  const text = filterValue(view, "search") ?? "";
  if (document.activeElement !== bar.search.field) bar.search.field.value = text;
  bar.times.setWord(periodInWords(view) ?? "Any time");
  const hasNeighbours = neighbouringPeriod(view, 1) !== null;
  for (const each of [bar.earlier, bar.later]) each.hidden = !hasNeighbours;
  const shown = view.filters.filter(([name]) => name !== "search");
  const all =
    shown.length > 1 &&
    make(
      "li",
      {},
      button({ word: "Clear all", look: "link" }, () => bar.show({ ...bar.view, filters: [] })),
    );
  fill(
    bar.chips,
    shown.map(([name, value]) => chipOf(bar, name, value)),
    all,
  );
  bar.chips.hidden = shown.length === 0;
}

/**
 * The chip of a filter, with a button that removes it.
 *
 * @param {FilterBar} bar
 * @param {string} name
 * @param {string} value
 */
function chipOf(bar, name, value) {
  const [word, text] = filterInWords(name, value);
  const remove = button(
    { drawing: "close", label: `Remove the filter ${word} ${text}`, look: "quiet small" },
    () => {
      const next = bar.chips.children.length > 1 ? bar.chips : bar.filter.opener;
      bar.show(withoutFilter(bar.view, name, value));
      (next.querySelector?.("button") ?? next).focus();
    },
  );
  return make(
    "li",
    { class: "chip", "data-filter": name },
    make("span", { class: "chip-name" }, word),
    make("bdi", {}, text),
    remove,
  );
}

/**
 * The field for a search, which begins when somebody pauses.
 *
 * @param {FilterBar} bar
 */
function searchField(bar) {
  const field = make("input", {
    type: "search",
    id: "search",
    placeholder: "Search",
    "aria-label": "Search who, what and metadata",
    maxlength: "200",
    autocomplete: "off",
    spellcheck: "false",
  });
  /** @type {number | undefined} */
  let timer;
  const search = () => {
    clearTimeout(timer);
    if ((filterValue(bar.view, "search") ?? "") !== field.value.trim())
      bar.show(withFilter(bar.view, "search", field.value.trim()));
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, SEARCH_PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") search();
  });
  return {
    field,
    element: make(
      "div",
      { class: "search" },
      button({ drawing: "search", label: "Search", keys: "/" }, search),
      field,
    ),
  };
}

/**
 * Show the period before or after the one that is shown.
 *
 * @param {FilterBar} bar
 * @param {-1 | 1} direction
 */
function step(bar, direction) {
  const period = neighbouringPeriod(bar.view, direction);
  if (period) bar.show(withTimes(bar.view, ...period));
}
