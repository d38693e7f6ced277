// The page: takes the token, draws the frame, and does what people ask for.

import { checkContent } from "./checkpanel.js";
import { newChecker } from "./checks.js";
import { drawChart } from "./chart.js";
import { currentToken, opensTheSame, replaceToken, scopeOfToken, takeFromAddress } from "./credentials.js";
import { announce, button, fill, make } from "./dom.js";
import { exportContent } from "./exportpanel.js";
import { drawFilterBar, newFilterBar } from "./filterbar.js";
import { formatCount, timeInWords } from "./format.js";
import { drawScope, drawVerdict, newFrame, switchTheme, useTheme } from "./frame.js";
import { askForToken, hearTokens, isEmbedded, tellHeight } from "./host.js";
import { findByNumber, targetOfJump } from "./jump.js";
import { listenToKeys, newKeyHelp } from "./keyboard.js";
import { checkAgain, findInList, fitList, newList, overallOfList, searchOn, showView } from "./list.js";
import { forgetWaiting, newWatch } from "./newest.js";
import { clearNotice, loadingElement, showFailure, showNotice } from "./notices.js";
import { checkOf, openedEvent } from "./opened.js";
import { closePanel, newPanel, showPanel } from "./panel.js";
import { closePopupsOnClicks } from "./popup.js";
import { fetchSingle } from "./single.js";
import { focusRow, markOpened, newTable } from "./table.js";
import { addressOfView, viewOfAddress, withFilter, withTimes } from "./view.js";

const EARLY_MS = 60_000;

function startPage() {
  const { theme } = takeFromAddress();
  useTheme(theme);
  const page = { scope: scopeOfToken(), view: viewOfAddress(location.search), single: null };
  page.checker = newChecker(page.scope);
  page.table = newTable((id) => openEvent(page, id));
  page.list = newList({ table: page.table, checker: page.checker, changed: () => drawState(page), failed: (error) => fail(page, error) });
  page.panel = newPanel((kind) => panelClosed(page, kind));
  page.watch = newWatch(page.list, { isReading: () => page.panel.kind !== null || page.list.element.contains(document.activeElement), failed: (error) => fail(page, error) });
  page.bar = newFilterBar({ scope: page.scope, view: page.view, show: (view) => changeView(page, view), jump: (text) => jumpTo(page, text) });
  page.help = newKeyHelp();
  const press = { check: () => openChecks(page), export: () => openExport(page), theme: switchTheme };
  page.frame = newFrame({ ...page, press });
  drawScope(page.frame, page.scope);
  listenToKeys(page.help, page.table, {
    "/": () => page.bar.search.field.focus(), f: () => page.bar.filter.open(), t: () => page.bar.times.open(), g: () => page.bar.jump.open(),
    v: press.check, e: press.export, "?": page.help.show, Escape: () => closePanel(page.panel),
  });
  listenToWindow(page);
  hearTokens((token) => useToken(page, token));
  tellHeight();
  if (!currentToken()) {
    page.failure = { kind: "no_token", message: "" };
    if (isEmbedded()) askForToken();
    drawState(page);
    return;
  }
  askEarly(page);
  begin(page);
}

function listenToWindow(page) {
  let isPlanned = false;
  const fit = () => {
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(() => {
      isPlanned = false;
      if (!page.failure) fitList(page.list);
    });
  };
  addEventListener("scroll", fit, { passive: true });
  addEventListener("resize", fit);
  addEventListener("online", () => page.failure?.kind === "offline" && retry(page));
  addEventListener("popstate", () => {
    page.view = viewOfAddress(location.search);
    begin(page);
  });
  closePopupsOnClicks();
}

/** Show the view from its beginning, and the event that its address names. */
function begin(page) {
  page.failure = null;
  drawFilterBar(page.bar, page.view);
  forgetWaiting(page.watch);
  const loaded = showView(page.list, page.view);
  drawChart(page.frame.summary, page.view, (view) => changeView(page, view), page.list.abort.signal);
  if (page.view.event) openEvent(page, page.view.event, { keepsAddress: true });
  else closePanel(page.panel);
  return loaded;
}

function changeView(page, view) {
  page.view = { ...view, event: null };
  history.pushState(null, "", addressOfView(page.view));
  scrollTo(0, 0);
  return begin(page);
}

/** Draw what is known of the list: how many, what is wrong, what comes next. */
function drawState(page) {
  const { frame, list, failure } = page;
  if (!frame) return;
  const { feed } = list;
  const shown = feed?.pages.reduce((sum, each) => sum + each.places.length, 0) ?? 0;
  const isLoading = !failure && feed !== null && feed.pages.length === 0;
  list.element.setAttribute("aria-busy", String(isLoading));
  page.table.element.hidden = shown === 0;
  frame.exporting.hidden = shown === 0;
  drawCount(page, shown);
  drawVerdict(frame, shown ? overallOfList(list) : { verdict: isLoading ? "checking" : "none" });
  frame.verdict.hidden = shown === 0;
  drawDamage(page);
  drawNotice(page, shown, isLoading);
  if (page.panel.kind === "event") redrawCheck(page);
}

function drawCount({ frame, list, view }, shown) {
  const total = list.feed?.total;
  const order = view.order === "asc" ? "oldest first" : "newest first";
  const text = typeof total === "number" ? `${formatCount(Math.max(total, shown))} event${total === 1 ? "" : "s"}` : `${formatCount(shown)} events so far`;
  fill(frame.count, shown > 0 && [make("strong", {}, text), ` · ${order}`]);
}

function drawDamage({ frame, list }) {
  const isDamaged = list.feed?.pages.some((each) => each.isDamaged) ?? false;
  if (!isDamaged) clearNotice(frame.damage);
  else if (frame.damage.dataset.kind !== "damage") {
    showNotice(frame.damage, "damage", "Part of the stored chain was changed",
      "The server found stored events here that do not fit their hashes. They are marked as broken. Tell the operator, and keep a proof file.");
  }
}

function drawNotice(page, shown, isLoading) {
  const { frame, list, view, failure } = page;
  const place = frame.notice;
  const { feed } = list;
  if (failure) {
    if (place.dataset.kind !== failure.kind || page.drawnFailure !== failure) showFailure(place, failure, failure.kind === "no_token" ? null : () => retry(page));
    page.drawnFailure = failure;
  } else if (isLoading) {
    if (place.dataset.kind !== "loading") fill(place, loadingElement(), make("p", { class: "unseen", role: "status" }, "Loading events"));
    place.dataset.kind = "loading";
  } else if (feed?.isAtEnd && shown === 0) {
    const isFiltered = view.filters.length > 0;
    const clear = isFiltered && button({ word: "Show all events", look: "strong" }, () => changeView(page, { ...view, filters: [] }));
    showNotice(place, "empty", isFiltered ? "No event matches" : "No events yet",
      isFiltered ? "No event has all of what you have chosen." : "Events appear here a moment after they were recorded.", clear);
  } else if (feed && !feed.isAtEnd && list.fitting === null && list.emptyPages > 0) {
    const to = feed.searchedTo ? `Searched back to ${timeInWords(new Date(feed.searchedTo).getTime())}.` : "";
    showNotice(place, "searching", "Nothing more found yet", to, button({ word: "Search further", look: "strong" }, () => searchOn(list)));
  } else {
    clearNotice(place);
  }
  const isMore = feed && !feed.isAtEnd && shown > 0 && !failure && list.emptyPages === 0;
  fill(frame.end, shown > 0 && !failure && (feed.isAtEnd && list.last === feed.pages.length - 1 ? "No more events" : isMore ? "Loading more …" : null));
}

function fail(page, error) {
  page.failure = error.kind ? error : { kind: "failed", message: String(error.message) };
  if (page.failure.kind === "expired") {
    askForToken();
    announce("This link has expired");
  }
  drawState(page);
}

function retry(page) {
  page.failure = null;
  drawState(page);
  return fitList(page.list);
}

/** Go on with a fresh token; begin anew if it opens something else. */
function useToken(page, token) {
  const old = currentToken();
  const isSame = old !== null && opensTheSame(old, token);
  replaceToken(token);
  askEarly(page);
  if (isSame) {
    if (page.failure) retry(page);
    return;
  }
  page.scope = scopeOfToken();
  page.checker.scope = page.scope;
  drawScope(page.frame, page.scope);
  begin(page);
}

/** Ask for a fresh token a minute before the present one ends. The server decides when it does. */
function askEarly(page) {
  clearTimeout(page.early);
  const { expiresAt } = scopeOfToken();
  const wait = expiresAt ? expiresAt - Date.now() - EARLY_MS : 0;
  if (wait > 0 && wait < 2 ** 31) page.early = setTimeout(askForToken, wait);
}

function narrow(page, name, value) {
  return changeView(page, withFilter(page.view, name, value));
}

async function openEvent(page, id, { keepsAddress = false } = {}) {
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
    if (page.view.event !== id) return true;
    page.single = single;
    showOpened(page, single);
    return true;
  } catch (error) {
    if (error.name === "AbortError") return true;
    if (error.kind === "expired") fail(page, error);
    else showPanel(page.panel, "missing", "Event", make("p", {}, error.kind === "missing" ? "There is no such event, or this link does not open it." : error.message));
    return false;
  }
}

function showOpened(page, found) {
  const check = { ...found, overall: found.result ?? { verdict: "checking" } };
  showPanel(page.panel, "event", found.event.action || "Event", openedEvent(found.event, check, (name, value) => narrow(page, name, value)));
}

/** The check of an opened event comes later than the event, or changes with the policy. */
function redrawCheck(page) {
  const drawn = page.panel.content.querySelector(".verdict[data-event]");
  const found = page.single ?? findInList(page.list, (each) => each.id === drawn?.dataset.event);
  if (drawn && found && !drawn.classList.contains(found.status)) {
    drawn.replaceWith(checkOf(found.event, { ...found, overall: found.result ?? { verdict: "checking" } }));
  }
}

function panelClosed(page, kind) {
  page.single = null;
  if (kind !== "event" && kind !== "missing") return;
  markOpened(page.table, null);
  page.view = { ...page.view, event: null };
  history.replaceState(null, "", addressOfView(page.view));
}

function openChecks(page) {
  const usePolicy = async (policy) => {
    page.checker.policy = policy;
    await checkAgain(page.list);
    openChecks(page);
    announce("Checked again");
  };
  const content = checkContent({ checker: page.checker, overall: overallOfList(page.list), view: page.view, usePolicy });
  showPanel(page.panel, "checks", "What was checked", ...content);
}

function openExport(page) {
  showPanel(page.panel, "export", "Export", ...exportContent(page.view, page.list.feed?.total ?? null));
}

/** Go to what a text names. Returns what is wrong, if anything is. */
async function jumpTo(page, text) {
  const target = targetOfJump(text);
  if (!target) return "Write a number such as 4821, a time such as 2026-11-23 20:23, or an event id.";
  try {
    if (target.kind === "id") return (await openEvent(page, target.id)) ? null : "There is no such event.";
    if (target.kind === "time") {
      await changeView(page, { ...withTimes(page.view, null, target.to), order: "desc" });
      return null;
    }
    return await jumpToNumber(page, target.number);
  } catch (error) {
    return error.message;
  }
}

async function jumpToNumber(page, number) {
  const known = findInList(page.list, (each) => each.sequence === number);
  if (known && page.table.rows.has(known.event.id)) {
    focusRow(page.table, page.table.rows.get(known.event.id));
    return null;
  }
  const found = await findByNumber(page.view, number);
  if (!found) return `This view has no event with a number up to ${formatCount(number)}.`;
  await changeView(page, { ...withTimes(page.view, null, found.created_at), order: "desc" });
  const row = page.table.rows.get(found.id);
  if (row) focusRow(page.table, row);
  announce(`Event ${formatCount(found.integrity.sequence)}`);
  return null;
}

startPage();
