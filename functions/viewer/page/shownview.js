// The shown view: begun, changed, tried again, or failed.

import { ApiFailure, messageOf } from "./api.js";
import { drawChart } from "./chart.js";
import { announce } from "./dom.js";
import { drawFilterBar } from "./filterbar.js";
import { MINUTE_MS } from "./format.js";
import { askForToken } from "./host.js";
import { fitList, showView } from "./list.js";
import { forgetWaiting } from "./newest.js";
import { openEvent } from "./opening.js";
import { closePanel } from "./panel.js";
import { drawState } from "./state.js";
import { addressOfView, withoutForced } from "./view.js";

/** @typedef {import("./main.js").ViewerPage} ViewerPage */
/** @typedef {import("./view.js").View} View */

/**
 * Show the view from its beginning, and the event that its address names.
 *
 * @param {ViewerPage} page
 */
export function begin(page) {
  page.failure = null;
  page.view = withoutForced(page.view, page.scope);
  drawFilterBar(page.bar, page.view);
  forgetWaiting(page.watch);
  const loaded = showView(page.list, page.view);
  showChart(page);
  if (page.view.event) openEvent(page, page.view.event, { keepsAddress: true });
  else closePanel(page.panel);
  return loaded;
}

/** @param {ViewerPage} page */
function showChart(page) {
  page.chartAt = Date.now();
  const show = (/** @type {View} */ view) => changeView(page, view);
  drawChart(page.frame.summary, page.view, show, page.list.abort.signal);
}

/**
 * Draw the chart again after new events came, at most once a minute.
 *
 * @param {ViewerPage} page
 */
export function renewChart(page) {
  const isUsed = page.frame.summary.contains(document.activeElement);
  if (!isUsed && Date.now() - page.chartAt >= MINUTE_MS) showChart(page);
}

/**
 * Show another view, and put it into the address.
 *
 * @param {ViewerPage} page
 * @param {View} view
 */
export function changeView(page, view) {
  page.view = { ...view, event: null };
  history.pushState(null, "", addressOfView(page.view));
  scrollTo(0, 0);
  return begin(page);
}

/**
 * Show a failure. If the token has expired, ask for a fresh one.
 *
 * @param {ViewerPage} page
 * @param {unknown} error
 */
export function fail(page, error) {
  page.failure =
    error instanceof ApiFailure ? error : { kind: "failed", message: messageOf(error) };
  if (page.failure.kind === "expired") {
    askForToken();
    announce("This link has expired");
  }
  drawState(page);
}

/**
 * Try again what failed.
 *
 * @param {ViewerPage} page
 */
export function retry(page) {
  page.failure = null;
  drawState(page);
  return fitList(page.list);
}
