// Openings: what goes into the panel, from the table, the address or a button.

import { ApiFailure, messageOf, isAborted } from "./api.js";
import { checkContent } from "./checkpanel.js";
import { announce, make } from "./dom.js";
import { exportContent } from "./exportpanel.js";
import { checkAgain, findInList, overallOfList } from "./listchecks.js";
import { checkOf, openedEvent } from "./opened.js";
import { showPanel } from "./panel.js";
import { fetchSingle } from "./single.js";
import { markOpened } from "./currentrow.js";
import { addressOfView, withFilter } from "./view.js";

/** @typedef {import("./listchecks.js").Found} Found */
/** @typedef {import("./main.js").ViewerPage} ViewerPage */

/**
 * Open an event by its id. Returns whether there is one.
 *
 * @param {ViewerPage} page
 * @param {string} id
 * @param {{ keepsAddress?: boolean }} [options]
 */
export async function openEvent(page, id, { keepsAddress = false } = {}) {
  page.view = { ...page.view, event: id };
  if (!keepsAddress) history.replaceState(null, "", addressOfView(page.view));
  markOpened(page.table, id);
  const found = findInList(page.list, (each) => each.id === id);
  if (found) {
    page.single = null;
    showOpened(page, found);
    return true;
  }
  try {
    const single = await fetchSingle(page.checker, id, page.list.abort.signal);
    page.list.changed();
    if (page.view.event !== id) return true;
    page.single = single;
    showOpened(page, single);
    return true;
  } catch (error) {
    if (isAborted(error)) return true;
    if (error instanceof ApiFailure && error.kind === "expired") page.fail(error);
    else
      showPanel(
        page.panel,
        "missing",
        "Event",
        make(
          "p",
          {},
          error instanceof ApiFailure && error.kind === "missing"
            ? "There is no such event, or this link does not open it."
            : messageOf(error),
        ),
      );
    return false;
  }
}

/**
 * Show an event in the panel.
 *
 * @param {ViewerPage} page
 * @param {Found} found
 */
function showOpened(page, found) {
  const check = { ...found, overall: found.result ?? { verdict: "checking" } };
  showPanel(
    page.panel,
    "event",
    found.event.action || "Event",
    openedEvent(found.event, check, (name, value) => page.show(withFilter(page.view, name, value))),
  );
}

/**
 * The check of an opened event comes later than the event, or changes with the policy.
 *
 * @param {ViewerPage} page
 */
export function redrawCheck(page) {
  /** @type {HTMLElement | null} */
  const drawn = page.panel.content.querySelector(".verdict[data-event]");
  const found = page.single ?? findInList(page.list, (each) => each.id === drawn?.dataset.event);
  if (drawn && found && !drawn.classList.contains(found.status)) {
    drawn.replaceWith(
      checkOf(found.event, { ...found, overall: found.result ?? { verdict: "checking" } }),
    );
  }
}

/**
 * Forget the opened event when its panel was closed.
 *
 * @param {ViewerPage} page
 * @param {string} kind
 */
export function panelClosed(page, kind) {
  page.single = null;
  if (kind !== "event" && kind !== "missing") return;
  markOpened(page.table, null);
  page.view = { ...page.view, event: null };
  history.replaceState(null, "", addressOfView(page.view));
}

/**
 * Show what was checked.
 *
 * @param {ViewerPage} page
 */
export function openChecks(page) {
  /** @param {string | null} policy */
  const usePolicy = async (policy) => {
    page.checker.policy = policy;
    await checkAgain(page.list);
    openChecks(page);
    announce("Checked again");
  };
  const content = checkContent({
    checker: page.checker,
    overall: overallOfList(page.list),
    view: page.view,
    usePolicy,
    changed: page.list.changed,
  });
  showPanel(page.panel, "checks", "What was checked", ...content);
}

/**
 * Show the export of the view.
 *
 * @param {ViewerPage} page
 */
export function openExport(page) {
  showPanel(
    page.panel,
    "export",
    "Export",
    ...exportContent(page.view, page.list.feed?.total ?? null),
  );
}
