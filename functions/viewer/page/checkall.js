// The check of every event of a view, page by page, without drawing them.

import { isAborted, messageOf } from "./api.js";
import { checkAndLocate } from "./checks.js";
import { overallOfSession } from "./onehistory.js";
import { isProof } from "./results.js";
import { announce, button, fill, make } from "./dom.js";
import { answersOf } from "./feed.js";
import { counted, formatCount } from "./format.js";
import { headlineOf } from "./wording.js";

/** @typedef {import("./checks.js").Checker} Checker */
/** @typedef {import("./results.js").CheckResult} CheckResult */
/** @typedef {import("./results.js").Overall} Overall */
/** @typedef {import("./view.js").View} View */
/**
 * Numbers that go up or down by one. `gap` is the first that is not where it should be.
 *
 * @typedef {{ highest: number, lowest: number, count: number, gap: number | null }} Run
 */
/** @typedef {{ results: CheckResult[], sequences: Run, events: number, total: number | null }} Sum */
/** @typedef {{ bar: HTMLProgressElement, said: HTMLElement, signal: AbortSignal }} Progress */

/**
 * The button that checks every event of the view, and how far it is.
 *
 * @param {Checker} checker
 * @param {View} view
 * @param {(overall: Overall) => void} show
 */
export function checkAllElements(checker, view, show) {
  const said = make("p", { class: "said", role: "status" });
  const bar = make("progress", { "aria-label": "Progress of the check", hidden: true });
  /** @type {AbortController | null} */
  let stop = null;
  const start = button(
    { word: "Check every event of this view", drawing: "shield", look: "plain" },
    async () => {
      if (stop) {
        stop.abort();
        return;
      }
      stop = new AbortController();
      const word = /** @type {HTMLElement} */ (start.querySelector(".word"));
      word.textContent = "Stop";
      bar.hidden = false;
      try {
        const overall = await checkAll(checker, view, { bar, said, signal: stop.signal });
        show(overall);
        announce(headlineOf(overall).text);
      } catch (error) {
        fill(said, isAborted(error) ? "Stopped." : messageOf(error));
      }
      stop = null;
      bar.hidden = true;
      word.textContent = "Check every event of this view";
    },
  );
  const disconnect = new MutationObserver(() => {
    if (!start.isConnected) {
      stop?.abort();
      disconnect.disconnect();
    }
  });
  setTimeout(() => disconnect.observe(document.body, { childList: true, subtree: true }));
  return [make("div", { class: "buttons" }, start), bar, said];
}

/**
 * Check every page of a view, and whether a record is missing if it is a whole workspace.
 *
 * @param {Checker} checker
 * @param {View} view
 * @param {Progress} progress
 * @returns {Promise<Overall>}
 */
async function checkAll(checker, view, { bar, said, signal }) {
  /** @type {Sum} */
  const sum = { results: [], sequences: newRun(), events: 0, total: null };
  /** @param {number} seconds */
  const onWait = (seconds) =>
    fill(
      said,
      `The audit log asks to wait ${seconds} s. Checked so far: ${counted(sum.events, "event")}.`,
    );
  for await (const answer of answersOf(view, { signal, onWait })) {
    const done = sum.events;
    sum.total ??= answer.pagination.total;
    const result = await checkAndLocate(checker, answer, view);
    sum.results.push({ ...result, records: result.records?.map(({ status }) => ({ status })) });
    sum.events += answer.data.length;
    (answer.proof?.records ?? []).forEach((each) => extendRun(sum.sequences, each.index + 1));
    if (sum.total) Object.assign(bar, { max: sum.total, value: sum.events });
    fill(
      said,
      `${formatCount(sum.events)}${sum.total ? ` of ${formatCount(sum.total)}` : ""} checked`,
    );
    if (sum.events === done && answer.data.length > 0) break;
  }
  const overall = overallOfSession(checker, sum.results);
  const isEverything = checker.scope.isWhole && view.filters.length === 0;
  const isComplete =
    isEverything && isWholeRun(sum.sequences) && sum.sequences.highest >= (overall.size ?? 0);
  const isVouchedFor = isComplete && isProof(overall) && !overall.epoch;
  fill(said, endOf(sum, isEverything, isComplete, isVouchedFor));
  if (
    isEverything &&
    sum.events > 0 &&
    !isComplete &&
    overall.verdict !== "broken" &&
    overall.size
  ) {
    const reason =
      "the list does not have every record that the checkpoint covers: some are missing";
    return {
      ...overall,
      verdict: "broken",
      brokenAt: { step: "completeness", sequence: sum.sequences.gap, reason },
    };
  }
  return { ...overall, isComplete: isVouchedFor };
}

/**
 * What was checked, as a sentence. Only a checkpoint can vouch for it that no event is missing, and
 * none can after a restart of the chain.
 *
 * @param {Sum} sum
 * @param {boolean} isEverything
 * @param {boolean} isComplete
 * @param {boolean} isVouchedFor
 */
function endOf(sum, isEverything, isComplete, isVouchedFor) {
  const checked = `${counted(sum.events, "event")} checked.`;
  if (sum.events === 0) return "There are no events in this view.";
  if (!isEverything) return checked;
  if (!isComplete) return `${checked} Some are missing.`;
  const run = `numbers go from 1 to ${formatCount(sum.sequences.highest)} without a gap.`;
  return isVouchedFor ? `${checked} None is missing: the ${run}` : `${checked} The ${run}`;
}

/**
 * A run without a number.
 *
 * @returns {Run}
 */
function newRun() {
  return { highest: 0, lowest: Infinity, count: 0, gap: null };
}

/**
 * Add the next number of a list to a run, which goes up or down by one each time.
 *
 * @param {Run} run
 * @param {number} sequence
 */
function extendRun(run, sequence) {
  if (run.count > 0 && sequence !== run.lowest - 1 && sequence !== run.highest + 1)
    run.gap ??= sequence;
  run.lowest = Math.min(run.lowest, sequence);
  run.highest = Math.max(run.highest, sequence);
  run.count += 1;
}

/**
 * Whether a run has every number from 1.
 *
 * @param {Run} run
 */
function isWholeRun(run) {
  if (run.count > 0 && run.lowest !== 1) run.gap ??= 1;
  return run.gap === null && run.count > 0 && run.count === run.highest;
}
