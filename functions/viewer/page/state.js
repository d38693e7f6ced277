// The state of the list in words: how many events, what is wrong with them, what comes next.

import { searchOn } from "./list.js";
import { overallOfList } from "./listchecks.js";
import { button, fill, make } from "./dom.js";
import { formatCount, timeInWords } from "./format.js";
import { drawVerdict } from "./frame.js";
import { clearNotice, loadingElement, showFailure, showNotice } from "./notices.js";
import { redrawCheck } from "./opening.js";

/** @typedef {import("./main.js").ViewerPage} ViewerPage */

/**
 * Draw what is known of the list: how many, what is wrong, what comes next.
 *
 * @param {ViewerPage} page
 */
export function drawState(page) {
  const { frame, list, failure } = page;
  if (!frame) return;
  const { feed } = list;
  const shown = feed?.pages.reduce((sum, each) => sum + each.places.length, 0) ?? 0;
  const isLoading = !failure && feed !== null && feed.pages.length === 0;
  list.element.setAttribute("aria-busy", String(isLoading));
  page.table.element.hidden = shown === 0;
  frame.exporting.hidden = shown === 0;
  drawCount(page, shown);
  const isShown = shown > 0 || list.checker.seen.contradiction !== null;
  drawVerdict(frame, isShown ? overallOfList(list) : { verdict: isLoading ? "checking" : "none" });
  frame.verdict.hidden = !isShown;
  drawDamage(page);
  drawNotice(page, shown, isLoading);
  if (page.panel.kind === "event") redrawCheck(page);
}

/**
 * Say how many events there are, and in which order.
 *
 * @param {ViewerPage} page
 * @param {number} shown
 */
function drawCount({ frame, list, view }, shown) {
  const total = list.feed?.total;
  const order = view.order === "asc" ? "oldest first" : "newest first";
  const text =
    typeof total === "number"
      ? `${formatCount(Math.max(total, shown))} event${total === 1 ? "" : "s"}`
      : `${formatCount(shown)} events so far`;
  fill(frame.count, shown > 0 && [make("strong", {}, text), ` · ${order}`]);
}

/**
 * Say that the server found the chain damaged, if it did.
 *
 * @param {ViewerPage} page
 */
function drawDamage({ frame, list }) {
  const pages = list.feed?.pages ?? [];
  const held = pages.map((each) => each.heldReason).find(Boolean);
  if (!pages.some((each) => each.isDamaged) && !held) {
    clearNotice(frame.damage);
  } else if (frame.damage.dataset.kind !== "damage") {
    const text = held
      ? `The server says: ${held}`
      : "The server found stored events here that do not fit their hashes. The check says which " +
        "records still hold.";
    const advice = " Tell the operator, and keep proof files.";
    showNotice(frame.damage, "damage", "Part of the stored chain was changed", text + advice);
  }
}

/**
 * Say why no events are shown, or what comes after those that are.
 *
 * @param {ViewerPage} page
 * @param {number} shown
 * @param {boolean} isLoading
 */
function drawNotice(page, shown, isLoading) {
  const { frame, list, view, failure } = page;
  const place = frame.notice;
  const { feed } = list;
  if (failure) {
    if (place.dataset.kind !== failure.kind || page.drawnFailure !== failure)
      showFailure(place, failure, failure.kind === "no_token" ? null : page.retry);
    page.drawnFailure = failure;
  } else if (isLoading) {
    if (place.dataset.kind !== "loading")
      fill(
        place,
        loadingElement(),
        make("p", { class: "unseen", role: "status" }, "Loading events"),
      );
    place.dataset.kind = "loading";
  } else if (feed?.isAtEnd && shown === 0) {
    const isFiltered = view.filters.length > 0;
    const clear =
      isFiltered &&
      button({ word: "Show all events", look: "strong" }, () =>
        page.show({ ...view, filters: [] }),
      );
    showNotice(
      place,
      "empty",
      isFiltered ? "No event matches" : "No events yet",
      isFiltered
        ? "No event has all of what you have chosen."
        : "Events appear here a moment after they were recorded.",
      clear,
    );
  } else if (feed && !feed.isAtEnd && list.fitting === null && list.emptyPages > 0) {
    const to = feed.searchedTo
      ? `Searched back to ${timeInWords(new Date(feed.searchedTo).getTime())}.`
      : "";
    showNotice(
      place,
      "searching",
      "Nothing more found yet",
      to,
      button({ word: "Search further", look: "strong" }, () => searchOn(list)),
    );
  } else {
    clearNotice(place);
  }
  const isMore = feed && !feed.isAtEnd && shown > 0 && !failure && list.emptyPages === 0;
  fill(
    frame.end,
    shown > 0 &&
      !failure &&
      (feed?.isAtEnd && list.last === feed.pages.length - 1
        ? "No more events"
        : isMore
          ? "Loading more …"
          : null),
  );
}
