// The page: takes the token, draws the frame, and does what people ask for.

import { newChecker } from "./checks.js";
import { currentToken, replaceToken, scopeOfToken, takeFromAddress } from "./credentials.js";
import { newFilterBar } from "./filterbar.js";
import { drawScope, newFrame, switchTheme, useTheme } from "./frame.js";
import { askEarly, startWithToken, useToken } from "./freshtoken.js";
import { askForToken, hearTokens, tellHeight } from "./host.js";
import { jumpTo } from "./jump.js";
import { listenToKeys, newKeyHelp } from "./keyboard.js";
import { fitList, newList } from "./list.js";
import { newWatch } from "./newest.js";
import { openChecks, openEvent, openExport, panelClosed } from "./opening.js";
import { closePanel, newPanel } from "./panel.js";
import { closePopupsOnClicks } from "./popup.js";
import { begin, changeView, fail, renewChart, retry } from "./shownview.js";
import { drawState } from "./state.js";
import { newTable } from "./table.js";
import { viewOfAddress } from "./view.js";

/** @typedef {import("./checks.js").Checker} Checker */
/** @typedef {import("./credentials.js").Scope} Scope */
/** @typedef {import("./filterbar.js").FilterBar} FilterBar */
/** @typedef {import("./frame.js").Frame} Frame */
/** @typedef {import("./keyboard.js").KeyHelp} KeyHelp */
/** @typedef {import("./list.js").List} List */
/** @typedef {import("./listchecks.js").Found} Found */
/** @typedef {import("./newest.js").Watch} Watch */
/** @typedef {import("./notices.js").Failure} Failure */
/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./table.js").Table} Table */
/** @typedef {import("./view.js").View} View */
/**
 * The state of the page.
 *
 * @typedef {object} ViewerPage
 * @property {Scope} scope
 * @property {View} view
 * @property {Found | null} single an opened event that is not in the list
 * @property {Checker} checker
 * @property {Table} table
 * @property {List} list
 * @property {Panel} panel
 * @property {Watch} watch
 * @property {FilterBar} bar
 * @property {KeyHelp} help
 * @property {Frame} frame
 * @property {number} chartAt when the chart was asked for
 * @property {(view: View) => Promise<void>} show
 * @property {() => void} retry
 * @property {(error: unknown) => void} fail
 * @property {Failure | null} [failure] why there are no events, or no more
 * @property {Failure | null} [drawnFailure] the failure that was drawn last
 * @property {number} [early] the timer that asks for a fresh token
 */

/** Draw the page, and show the view of its address if there is a token. */
function startPage() {
  const { token, theme } = takeFromAddress();
  replaceToken(token);
  useTheme(theme);
  const page = /** @type {ViewerPage} */ ({
    scope: scopeOfToken(),
    view: viewOfAddress(location.search),
    single: null,
  });
  page.checker = newChecker(page.scope);
  page.table = newTable((id) => openEvent(page, id));
  page.list = newList({
    table: page.table,
    checker: page.checker,
    changed: () => drawState(page),
    failed: (error) => page.fail(error),
  });
  page.panel = newPanel((kind) => panelClosed(page, kind));
  page.watch = newWatch(page.list, {
    isReading: () => page.panel.kind !== null || page.list.element.contains(document.activeElement),
    grown: () => renewChart(page),
    failed: (error) => page.fail(error),
  });
  page.bar = newFilterBar({
    scope: page.scope,
    view: page.view,
    show: (view) => changeView(page, view),
    jump: (text) => jumpTo(page, text),
  });
  page.help = newKeyHelp();
  page.show = (view) => changeView(page, view);
  page.retry = () => retry(page);
  page.fail = (error) => fail(page, error);
  const press = {
    check: () => openChecks(page),
    export: () => openExport(page),
    theme: switchTheme,
  };
  page.frame = newFrame({ ...page, press });
  drawScope(page.frame, page.scope);
  listenToKeys(page.help, page.table, {
    "/": () => page.bar.search.field.focus(),
    f: () => page.bar.filter.open(),
    t: () => page.bar.times.open(),
    g: () => page.bar.jump.open(),
    v: press.check,
    e: press.export,
    "?": page.help.show,
    Escape: () => closePanel(page.panel),
  });
  listenToWindow(page);
  hearTokens((token) => useToken(page, token));
  tellHeight();
  if (!currentToken()) {
    page.failure = { kind: "no_token", message: "" };
    askForToken();
    drawState(page);
    return;
  }
  askEarly(page);
  begin(page);
}

/**
 * Do what follows from a scroll, another size, a new connection, or a step back.
 *
 * @param {ViewerPage} page
 */
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
    const { token, theme } = takeFromAddress();
    useTheme(theme);
    page.view = viewOfAddress(location.search);
    if (token) replaceToken(token);
    startWithToken(page);
  });
  closePopupsOnClicks();
}

startPage();
