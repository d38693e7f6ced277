// The page: takes the token, draws the frame, and does what people ask for.

import { newChecker } from "./checks.js";
import { drawChart } from "./chart.js";
import {
  currentToken,
  opensTheSame,
  replaceToken,
  scopeOfToken,
  takeFromAddress,
} from "./credentials.js";
import { announce } from "./dom.js";
import { drawFilterBar, newFilterBar } from "./filterbar.js";
import { drawScope, newFrame, switchTheme, useTheme } from "./frame.js";
import { askForToken, hearTokens, tellHeight } from "./host.js";
import { jumpTo } from "./jump.js";
import { listenToKeys, newKeyHelp } from "./keyboard.js";
import { fitList, newList, showView } from "./list.js";
import { forgetWaiting, newWatch } from "./newest.js";
import { openChecks, openEvent, openExport, panelClosed } from "./opening.js";
import { closePanel, newPanel } from "./panel.js";
import { closePopupsOnClicks } from "./popup.js";
import { drawState } from "./state.js";
import { newTable } from "./table.js";
import { addressOfView, viewOfAddress, withoutForced } from "./view.js";

const EARLY_MS = 60_000;

function startPage() {
  const { theme } = takeFromAddress();
  useTheme(theme);
  const page = { scope: scopeOfToken(), view: viewOfAddress(location.search), single: null };
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
  page.view = withoutForced(page.view, page.scope);
  drawFilterBar(page.bar, page.view);
  forgetWaiting(page.watch);
  const loaded = showView(page.list, page.view);
  drawChart(
    page.frame.summary,
    page.view,
    (view) => changeView(page, view),
    page.list.abort.signal,
  );
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

startPage();
