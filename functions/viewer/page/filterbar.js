// The bar above the table: search, times, filters and jumps; below it a chip for each filter.

import { button, fill, make } from "./dom.js";
import { DAY_MS, monthInWords, utcDate } from "./format.js";
import { popup } from "./popup.js";
import { FILTER_WORDS, filterInWords, filterValue, lastDayOf, neighbouringPeriod, periodInWords, withFilter, withoutFilter, withTimes } from "./view.js";

const METADATA_FIELD = "metadata.";
const SEARCH_PAUSE_MS = 400;

/** The bar. `show(view)` shows another view; `jump(text)` goes to a time, number or id. */
export function newFilterBar({ scope, view, show, jump }) {
  const bar = { view, show, element: make("div", { class: "bar", role: "search" }), chips: make("ul", { class: "chips", "aria-label": "Filters" }) };
  bar.search = searchField(bar);
  bar.times = popup({ word: "Any time", drawing: "calendar", label: "Time", keys: "t" }, (close) => timesContent(bar, close));
  bar.filter = popup({ word: "Filter", drawing: "filter", keys: "f" }, (close) => filterContent(bar, scope, close));
  bar.jump = popup({ word: "Jump to", drawing: "jump", keys: "g" }, (close) => jumpContent(jump, close));
  bar.earlier = button({ drawing: "previous", label: "Earlier", look: "plain" }, () => step(bar, -1));
  bar.later = button({ drawing: "next", label: "Later", look: "plain" }, () => step(bar, 1));
  fill(bar.element, bar.search.element, make("div", { class: "joined" }, bar.earlier, bar.times.element, bar.later), bar.filter.element, bar.jump.element);
  drawFilterBar(bar, view);
  return bar;
}

/** Show the filters of a view. */
export function drawFilterBar(bar, view) {
  bar.view = view;
  const text = filterValue(view, "search") ?? "";
  if (document.activeElement !== bar.search.field) bar.search.field.value = text;
  bar.times.setWord(periodInWords(view) ?? "Any time");
  const hasNeighbours = neighbouringPeriod(view, 1) !== null;
  for (const each of [bar.earlier, bar.later]) each.hidden = !hasNeighbours;
  const shown = view.filters.filter(([name]) => name !== "search");
  const all = shown.length > 1 && make("li", {}, button({ word: "Clear all", look: "link" }, () => bar.show({ ...bar.view, filters: [] })));
  fill(bar.chips, shown.map(([name, value]) => chipOf(bar, name, value)), all);
  bar.chips.hidden = shown.length === 0;
}

function chipOf(bar, name, value) {
  const [word, text] = filterInWords(name, value);
  const remove = button({ drawing: "close", label: `Remove the filter ${word} ${text}`, look: "quiet small" }, () => {
    const next = bar.chips.children.length > 1 ? bar.chips : bar.filter.opener;
    bar.show(withoutFilter(bar.view, name, value));
    (next.querySelector?.("button") ?? next).focus();
  });
  return make("li", { class: "chip", "data-filter": name }, make("span", { class: "chip-name" }, word), make("bdi", {}, text), remove);
}

function searchField(bar) {
  const field = make("input", { type: "search", id: "search", placeholder: "Search", "aria-label": "Search who, what and metadata", maxlength: "200", autocomplete: "off", spellcheck: "false" });
  let timer = null;
  const search = () => {
    clearTimeout(timer);
    if ((filterValue(bar.view, "search") ?? "") !== field.value.trim()) bar.show(withFilter(bar.view, "search", field.value.trim()));
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, SEARCH_PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") search();
  });
  return { field, element: make("div", { class: "search" }, button({ drawing: "search", label: "Search", keys: "/" }, search), field) };
}

function step(bar, direction) {
  const period = neighbouringPeriod(bar.view, direction);
  if (period) bar.show(withTimes(bar.view, ...period));
}

function timesContent(bar, close) {
  const use = (from, to) => {
    close();
    bar.show(withTimes(bar.view, from, to));
  };
  const day = (ago) => utcDate(Date.now() - ago * DAY_MS);
  const month = (ago) => {
    const now = new Date();
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString().slice(0, 7);
  };
  const shortcuts = [
    ["Today", day(0), day(0)], ["Yesterday", day(1), day(1)],
    ["Last 7 days", day(6), null], ["Last 30 days", day(29), null],
    ...[0, 1].map((ago) => [monthInWords(month(ago)), `${month(ago)}-01`, lastDayOf(month(ago))]),
    ["Any time", null, null],
  ];
  const [from, to] = ["From", "Until"].map((word) => make("input", { type: "datetime-local", "aria-label": word }));
  const form = make("form", { class: "stack" },
    make("label", {}, make("span", {}, "From"), from), make("label", {}, make("span", {}, "Until"), to),
    make("button", { class: "button strong", type: "submit" }, "Show"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    use(...[from, to].map((each) => (each.value ? new Date(each.value).toISOString() : null)));
  });
  const order = bar.view.order === "asc" ? ["Newest first", "desc"] : ["Oldest first", "asc"];
  return [
    make("div", { class: "choices" }, shortcuts.map(([word, start, end]) => button({ word, look: "choice" }, () => use(start, end)))),
    make("p", { class: "hint" }, "Days and months are in UTC; the times below are local."),
    form,
    button({ word: order[0], look: "link" }, () => {
      close();
      bar.show({ ...bar.view, order: order[1] });
    }),
  ];
}

function filterContent(bar, scope, close) {
  const forced = [scope.tenantId && "tenant_id", scope.actorId && "actor_id"];
  const names = Object.keys(FILTER_WORDS).filter((name) => !forced.includes(name));
  const field = make("select", { "aria-label": "Field" },
    names.map((name) => make("option", { value: name }, FILTER_WORDS[name])),
    make("option", { value: METADATA_FIELD }, "Metadata …"));
  const path = make("input", { type: "text", "aria-label": "Path in the metadata", placeholder: "plan or owner.id", hidden: true });
  const value = make("input", { type: "text", "aria-label": "Value", placeholder: "invoice.*", autocomplete: "off", spellcheck: "false", required: true });
  field.addEventListener("change", () => {
    path.hidden = field.value !== METADATA_FIELD;
    path.required = !path.hidden;
    value.placeholder = field.value === "action" ? "invoice.*" : "exactly as recorded";
  });
  const form = make("form", { class: "stack" }, field, path, value, make("button", { class: "button strong", type: "submit" }, "Add filter"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = field.value === METADATA_FIELD ? METADATA_FIELD + path.value.trim() : field.value;
    close();
    bar.show(withFilter(bar.view, name, value.value));
  });
  return form;
}

function jumpContent(jump, close) {
  const field = make("input", { type: "text", "aria-label": "Time, number or event id", placeholder: "4821 or 2026-11-23 20:23", autocomplete: "off", required: true });
  const said = make("p", { class: "hint", role: "status" }, `A number, a time such as ${utcDate(Date.now())} 09:30, or an event id.`);
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

