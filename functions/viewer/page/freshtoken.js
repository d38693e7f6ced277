// Fresh tokens: asked for before the present one ends, and used when they come.

import { currentToken, opensTheSame, replaceToken, scopeOfToken } from "./credentials.js";
import { drawScope } from "./frame.js";
import { askForToken } from "./host.js";
import { begin, retry } from "./shownview.js";

/** @typedef {import("./main.js").ViewerPage} ViewerPage */

const EARLY_MS = 60_000;

/**
 * Go on with a fresh token; begin again if it opens something else.
 *
 * @param {ViewerPage} page
 * @param {string} token
 */
export function useToken(page, token) {
  const old = currentToken();
  const isSame = old !== null && opensTheSame(old, token);
  replaceToken(token);
  askEarly(page);
  if (isSame && page.failure) retry(page);
  if (!isSame) startWithToken(page);
}

/**
 * Begin with what the present token opens.
 *
 * @param {ViewerPage} page
 */
export function startWithToken(page) {
  if (!currentToken()) return;
  page.scope = scopeOfToken();
  page.checker.scope = page.scope;
  drawScope(page.frame, page.scope);
  askEarly(page);
  begin(page);
}

/**
 * Ask for a fresh token a minute before the present one ends. The server decides when it does.
 *
 * @param {ViewerPage} page
 */
export function askEarly(page) {
  clearTimeout(page.early);
  const { expiresAt } = scopeOfToken();
  const wait = expiresAt ? expiresAt - Date.now() - EARLY_MS : 0;
  if (wait > 0 && wait < 2 ** 31) page.early = setTimeout(askForToken, wait);
}
