// What the buttons of the bar open: times, filters and jumps.

import { button, make } from "./dom.js";
import { DAY_MS, monthInWords, utcDate } from "./format.js";
import { FILTER_WORDS, lastDayOf, withFilter, withTimes } from "./view.js";

/** @typedef {import("./credentials.js").Scope} Scope */
/** @typedef {import("./filterbar.js").FilterBar} FilterBar */
/** @typedef {import("./view.js").View} View */

const METADATA_FIELD = "metadata.";

/**
 * Shortcuts for times, and two fields.
 *
 * @param {FilterBar} bar
 * @param {() => void} close
 */
export function timesContent(bar, close) {
  /**
   * @param {string | null} from
   * @param {string | null} to
   */
  const use = (from, to) => {
    close();
    bar.show(withTimes(bar.view, from, to));
  };
  /** @param {number} ago */
  const day = (ago) => utcDate(Date.now() - ago * DAY_MS);
  /** @param {number} ago */
  const month = (ago) => {
    const now = new Date();
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1))
      .toISOString()
      .slice(0, 7);
  };
  const shortcuts = [
    ["Today", day(0), day(0)],
    ["Yesterday", day(1), day(1)],
    ["Last 7 days", day(6), null],
    ["Last 30 days", day(29), null],
    ...[0, 1].map((ago) => [monthInWords(month(ago)), `${month(ago)}-01`, lastDayOf(month(ago))]),
    ["Any time", null, null],
  ];
  const [from, to] = ["From", "Until"].map((word) =>
    make("input", { type: "datetime-local", "aria-label": word }),
  );
  const form = make(
    "form",
    { class: "stack" },
    make("label", {}, make("span", {}, "From"), from),
    make("label", {}, make("span", {}, "Until"), to),
    make("button", { class: "button strong", type: "submit" }, "Show"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const times = [from, to].map((each) =>
      each.value ? new Date(each.value).toISOString() : null,
    );
    use(times[0], times[1]);
  });
  /** @type {[word: string, order: View["order"]]} */
  const order = bar.view.order === "asc" ? ["Newest first", "desc"] : ["Oldest first", "asc"];
  return [
    make(
      "div",
      { class: "choices" },
      shortcuts.map(([word, start, end]) =>
        button({ word, look: "choice" }, () => use(start, end)),
      ),
    ),
    make("p", { class: "hint" }, "Days and months are in UTC; the times below are local."),
    form,
    button({ word: order[0], look: "link" }, () => {
      close();
      bar.show({ ...bar.view, order: order[1] });
    }),
  ];
}

/**
 * A form for a filter.
 *
 * @param {FilterBar} bar
 * @param {Scope} scope
 * @param {() => void} close
 */
export function filterContent(bar, scope, close) {
  const forced = [scope.tenantId && "tenant_id", scope.actorId && "actor_id"];
  const names = Object.keys(FILTER_WORDS).filter((name) => !forced.includes(name));
  const field = make(
    "select",
    { "aria-label": "Field" },
    names.map((name) => make("option", { value: name }, FILTER_WORDS[name])),
    make("option", { value: METADATA_FIELD }, "Metadata …"),
  );
  const path = make("input", {
    type: "text",
    "aria-label": "Path in the metadata",
    placeholder: "plan or owner.id",
    hidden: true,
  });
  const value = make("input", {
    type: "text",
    "aria-label": "Value",
    placeholder: "invoice.*",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
  });
  field.addEventListener("change", () => {
    path.hidden = field.value !== METADATA_FIELD;
    path.required = !path.hidden;
    value.placeholder = field.value === "action" ? "invoice.*" : "exactly as recorded";
  });
  const form = make(
    "form",
    { class: "stack" },
    field,
    path,
    value,
    make("button", { class: "button strong", type: "submit" }, "Add filter"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = field.value === METADATA_FIELD ? METADATA_FIELD + path.value.trim() : field.value;
    close();
    bar.show(withFilter(bar.view, name, value.value));
  });
  return form;
}

/**
 * A form for a jump.
 *
 * @param {(text: string) => Promise<string | null>} jump
 * @param {() => void} close
 */
export function jumpContent(jump, close) {
  const field = make("input", {
    type: "text",
    "aria-label": "Time, number or event id",
    placeholder: "4821 or 2026-11-23 20:23",
    autocomplete: "off",
    required: true,
  });
  const said = make(
    "p",
    { class: "hint", role: "status" },
    `A number, a time such as ${utcDate(Date.now())} 09:30, or an event id.`,
  );
  const go = make("button", { class: "button strong", type: "submit" }, "Jump");
  const form = make("form", { class: "stack" }, field, said, go);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    said.textContent = "Looking for it …";
    const problem = await jump(field.value.trim());
    go.disabled = false;
    if (problem) said.textContent = problem;
    else close();
  });
  return form;
}
