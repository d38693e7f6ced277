// The frame of the page: its head, its places, and how it looks.

import { button, fill, icon, isolated, make } from "./dom.js";
import { counted, visibleText } from "./format.js";
import { headlineOf } from "./wording.js";

/** @typedef {import("./results.js").Overall} Overall */
/** @typedef {import("./credentials.js").Scope} Scope */
/** @typedef {import("./filterbar.js").FilterBar} FilterBar */
/** @typedef {import("./keyboard.js").KeyHelp} KeyHelp */
/** @typedef {import("./list.js").List} List */
/** @typedef {import("./newest.js").Watch} Watch */
/** @typedef {import("./panel.js").Panel} Panel */
/**
 * @typedef {object} Frame
 * @property {HTMLParagraphElement} scope
 * @property {HTMLButtonElement} verdict
 * @property {HTMLButtonElement} exporting
 * @property {HTMLElement} summary
 * @property {HTMLDivElement} notice
 * @property {HTMLDivElement} damage
 * @property {HTMLParagraphElement} count
 * @property {HTMLDivElement} end
 * @property {HTMLElement} main
 */
/**
 * @typedef {{
 *   bar: FilterBar, list: List, panel: Panel, watch: Watch, help: KeyHelp,
 *   press: { check: () => void, export: () => void, theme: () => void }
 * }} FrameParts
 */

/**
 * The places of the page, in the body. `press` has what the buttons of the head do.
 *
 * @param {FrameParts} parts
 * @returns {Frame}
 */
export function newFrame({ bar, list, panel, watch, help, press }) {
  const frame = /** @type {Frame} */ ({
    scope: make("p", { class: "scope" }),
    verdict: make("button", {
      type: "button",
      class: "button pill",
      title: "What was checked (v)",
      on: { click: press.check },
    }),
    exporting: button(
      { word: "Export", drawing: "download", keys: "e", look: "plain" },
      press.export,
    ),
    summary: make("section", { class: "summary", "aria-label": "Summary", hidden: true }),
    notice: make("div", { class: "notice-place" }),
    damage: make("div", { class: "notice-place" }),
    count: make("p", { class: "count" }),
    end: make("div", { class: "end" }),
  });
  const head = make(
    "header",
    { class: "head" },
    make("div", { class: "brand" }, icon("shield"), make("h1", {}, "Audit log"), frame.scope),
    make(
      "div",
      { class: "actions" },
      frame.verdict,
      frame.exporting,
      button({ drawing: "theme", label: "Light or dark", look: "quiet" }, press.theme),
      button({ drawing: "help", label: "Keys", keys: "?", look: "quiet" }, help.show),
    ),
  );
  frame.main = make(
    "main",
    {},
    bar.element,
    bar.chips,
    frame.summary,
    frame.damage,
    make("div", { class: "count-line" }, frame.count, watch.element),
    list.element,
    frame.notice,
    frame.end,
  );
  document.body.append(
    head,
    make("div", { class: "layout" }, frame.main, panel.element),
    help.dialog,
  );
  return frame;
}

/**
 * Say what the token opens, if it can be read.
 *
 * @param {Frame} frame
 * @param {Scope} scope
 */
export function drawScope(frame, { workspaceId, tenantId, actorId }) {
  frame.scope.hidden = workspaceId === null;
  const parts = [tenantId && ["Tenant", tenantId], actorId && ["Actor", actorId]].filter(
    (each) => each !== null && each !== "",
  );
  fill(
    frame.scope,
    parts.length === 0
      ? "Whole workspace"
      : parts.map(([word, id]) => [`${word} `, isolated(visibleText(id)), " "]).flat(),
  );
}

/**
 * Say in the head what was checked.
 *
 * @param {Frame} frame
 * @param {Overall} overall
 */
export function drawVerdict(frame, overall) {
  const { look, drawing, text } = headlineOf(overall);
  const newer =
    overall.tooNew && ["witnessed", "operator"].includes(overall.verdict)
      ? ` · ${counted(overall.tooNew, "event")} too new`
      : "";
  frame.verdict.className = `button pill ${look}`;
  frame.verdict.dataset.verdict = overall.verdict;
  fill(
    frame.verdict,
    icon(drawing),
    make("span", { class: "word" }, text, make("span", { class: "newer-words" }, newer)),
  );
}

/**
 * Use light or dark; null is what the system prefers.
 *
 * @param {string | null} theme
 */
export function useTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

/** Use the other theme than the one that shows. */
export function switchTheme() {
  const shown =
    document.documentElement.dataset.theme ??
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  useTheme(shown === "dark" ? "light" : "dark");
}
