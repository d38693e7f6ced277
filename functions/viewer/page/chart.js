// The chart: events a day, and the most frequent actions. A press on either narrows the view.

import { isAborted, requestJson } from "./api.js";
import { button, fill, make } from "./dom.js";
import { counted, dayInWords, formatCount } from "./format.js";
import { filterValue, withFilter, withTimes } from "./view.js";

/** @typedef {import("./view.js").View} View */
/**
 * What the API counts of a view, among its newest events if it is not complete.
 *
 * @typedef {object} Summary
 * @property {{ date: string, events: number }[]} days
 * @property {{ action: string, events: number }[]} actions the most frequent first
 * @property {number} newest how many events were counted
 * @property {boolean} complete whether these are all
 */

const DAYS = 30;
const SHOWN_ACTIONS = 6;
const HEIGHT = 56;

/**
 * Fetch the summary of a view and draw it. Without an answer the chart is left out.
 *
 * @param {HTMLElement} place
 * @param {View} view
 * @param {(view: View) => void} show
 * @param {AbortSignal} signal
 */
export async function drawChart(place, view, show, signal) {
  const filters = view.filters.filter(([name]) => name !== "from" && name !== "to");
  /** @type {Summary} */
  let data;
  try {
    /** @type {{ data: Summary }} */
    const answer = await requestJson("summary", [["days", DAYS], ...filters], { signal });
    data = answer.data;
  } catch (error) {
    if (!isAborted(error)) place.hidden = true;
    return;
  }
  try {
    fill(place, daysElement(data, view, show), actionsElement(data, view, show));
    place.hidden = data.days.every((each) => each.events === 0);
  } catch {
    place.hidden = true; // A summary that cannot be read is no reason to stop.
  }
}

/**
 * A bar for each day.
 *
 * @param {Summary} data
 * @param {View} view
 * @param {(view: View) => void} show
 */
function daysElement(data, view, show) {
  const most = Math.max(1, ...data.days.map((each) => each.events));
  const total = data.days.reduce((sum, each) => sum + each.events, 0);
  const chosen = filterValue(view, "from");
  const bars = data.days.map((each) => {
    const drawn = make("span", { class: "fill" });
    drawn.style.height = `${each.events === 0 ? 0 : Math.max(2, Math.round((each.events / most) * HEIGHT))}px`;
    const name = `${counted(each.events, "event")} on ${dayInWords(each.date)}`;
    const isChosen = chosen === each.date && filterValue(view, "to") === each.date;
    return make(
      "button",
      {
        type: "button",
        class: "day-bar",
        tabindex: "-1",
        "aria-label": name,
        title: name,
        "aria-pressed": String(isChosen),
        on: {
          click: () =>
            show(isChosen ? withTimes(view, null, null) : withTimes(view, each.date, each.date)),
        },
      },
      drawn,
    );
  });
  (bars.find((each) => each.getAttribute("aria-pressed") === "true") ?? bars.at(-1))?.setAttribute(
    "tabindex",
    "0",
  );
  const chart = make(
    "div",
    { class: "days", role: "toolbar", "aria-label": "Events a day, in UTC" },
    bars,
  );
  chart.addEventListener("keydown", (event) => moveBetween(bars, event));
  const [first, last] = [data.days[0], data.days[data.days.length - 1]];
  return make(
    "div",
    { class: "chart" },
    make(
      "p",
      { class: "caption" },
      make("strong", {}, formatCount(total)),
      ` in ${counted(data.days.length, "day")}`,
      !data.complete && ", counted among the newest",
    ),
    chart,
    make(
      "p",
      { class: "ends", "aria-hidden": "true" },
      make("span", {}, dayInWords(first.date)),
      make("span", {}, `${dayInWords(last.date)} UTC`),
    ),
  );
}

/**
 * Move the focus between the bars with the arrow keys, Home and End.
 *
 * @param {HTMLButtonElement[]} bars
 * @param {KeyboardEvent} event
 */
function moveBetween(bars, event) {
  /** @type {{ [key: string]: number | undefined }} */
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -bars.length, End: bars.length };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const at = bars.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  const next = bars[Math.min(Math.max(at + step, 0), bars.length - 1)];
  for (const each of bars) each.setAttribute("tabindex", each === next ? "0" : "-1");
  next.focus();
}

/**
 * The most frequent actions, with their shares.
 *
 * @param {Summary} data
 * @param {View} view
 * @param {(view: View) => void} show
 */
function actionsElement(data, view, show) {
  const most = data.actions[0]?.events ?? 1;
  const list = data.actions.slice(0, SHOWN_ACTIONS).map(({ action, events }) => {
    const drawn = make("span", { class: "share" });
    drawn.style.width = `${Math.max(2, Math.round((events / most) * 100))}%`;
    const press = () => show(withFilter(view, "action", action));
    const item = button({ look: "frequent", title: "Show only these events" }, press);
    return make(
      "li",
      {},
      fill(
        item,
        drawn,
        make("bdi", {}, action),
        make("span", { class: "beside" }, formatCount(events)),
      ),
    );
  });
  const among = data.complete
    ? `of all ${formatCount(data.newest)}`
    : `among the newest ${formatCount(data.newest)}`;
  return make(
    "div",
    { class: "frequents" },
    make("p", { class: "caption" }, "Most frequent ", among),
    make("ol", {}, list),
  );
}
