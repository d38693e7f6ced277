// Notices: what stands where events would, or above them, when something is not as usual.

import { button, fill, icon, make } from "./dom.js";
import { formatCount } from "./format.js";

/** @typedef {import("./api.js").FailureKind} FailureKind */
/** @typedef {import("./dom.js").Child} Child */
/**
 * Why there are no events, or no more. `retryAfter` is in seconds.
 *
 * @typedef {{ kind: FailureKind | "no_token", message: string, retryAfter?: number | null }} Failure
 */

/** @type {Record<string, [title: string, text: string]>} */
const WORDS = {
  no_token: [
    "This page needs a link of its own",
    "Open it from the application whose audit log it shows, or with the command “indelible open”.",
  ],
  expired: [
    "This link has expired",
    "Links to the audit log work for a short time. Open it again from where you came.",
  ],
  refused: ["This link does not open the audit log", ""],
  offline: [
    "The audit log cannot be reached",
    "It is tried again as soon as you are connected. What you see stays.",
  ],
  limited: ["Too many requests", ""],
  busy: ["The audit log is busy", ""],
  damaged: [
    "The stored chain is damaged there",
    "Events beyond this place cannot be read. Those above were read before it. Tell the operator.",
  ],
  failed: ["The audit log could not answer", ""],
  missing: ["There is no such event", "It may be of somebody else, or the address is cut off."],
};

/**
 * Show a failure. `retry` is called by a button, and by itself when waiting makes sense.
 *
 * @param {HTMLElement} place
 * @param {Failure} failure
 * @param {(() => void) | null} retry
 */
export function showFailure(place, failure, retry) {
  const [title, text] = WORDS[failure.kind] ?? WORDS.failed;
  const isPassing = ["limited", "busy", "offline"].includes(failure.kind);
  const look = failure.kind === "damaged" ? "broken" : "plain";
  const wait = make("p", { class: "beside" });
  const again =
    retry &&
    failure.kind !== "damaged" &&
    button({ word: "Try again", look: "strong" }, () => retry());
  const said = text || failure.message;
  fill(place, noticeElement(look, title, said, wait, again));
  place.dataset.kind = failure.kind;
  if (isPassing && retry) countDown(wait, failure.retryAfter ?? 5, retry);
}

/**
 * Show a notice with words of its own.
 *
 * @param {HTMLElement} place
 * @param {string} kind
 * @param {string} title
 * @param {string} text
 * @param {Child} [action]
 */
export function showNotice(place, kind, title, text, action) {
  fill(place, noticeElement(kind === "damage" ? "broken" : "plain", title, text, action));
  place.dataset.kind = kind;
}

/**
 * Take the notice away.
 *
 * @param {HTMLElement} place
 */
export function clearNotice(place) {
  place.replaceChildren();
  delete place.dataset.kind;
}

/**
 * A notice with a title, a sentence, and what one can do.
 *
 * @param {string} look
 * @param {string} title
 * @param {string} text
 * @param {Child[]} more
 */
function noticeElement(look, title, text, ...more) {
  return make(
    "div",
    { class: `notice ${look}`, role: look === "broken" ? "alert" : "status" },
    look === "broken" && icon("broken"),
    make("div", {}, make("h2", {}, title), text && make("p", {}, text), more),
  );
}

/**
 * Count the seconds down as long as the notice is there, then try again.
 *
 * @param {HTMLElement} wait
 * @param {number} seconds
 * @param {() => void} retry
 */
function countDown(wait, seconds, retry) {
  let left = seconds;
  const tick = () => {
    if (!wait.isConnected) return;
    if (left <= 0) {
      retry();
      return;
    }
    wait.textContent = `Trying again in ${formatCount(left)} s`;
    left -= 1;
    setTimeout(tick, 1_000);
  };
  tick();
}

/** Rows that stand for events while they are loaded. */
export function loadingElement() {
  const line = () =>
    make("div", { class: "ghost" }, make("span"), make("span"), make("span"), make("span"));
  return make("div", { class: "ghosts", "aria-hidden": "true" }, Array.from({ length: 12 }, line));
}
