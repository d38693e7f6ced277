// The check of every event of a view, page by page, without drawing them.

import { messageOf } from "./api.js";
import { checkAnswer, isUnplaced, locateBroken, overallOf } from "./checks.js";
import { announce, button, fill, make } from "./dom.js";
import { answersOf } from "./feed.js";
import { counted, formatCount } from "./format.js";
import { headlineOf } from "./wording.js";

/** The button that checks every event of the view, and how far it is. */
export function checkAllElements(checker, view, show) {
  const said = make("p", { class: "said", role: "status" });
  const bar = make("progress", { "aria-label": "Progress of the check", hidden: true });
  let stop = null;
  const start = button(
    { word: "Check every event of this view", drawing: "shield", look: "plain" },
    async () => {
      if (stop) {
        stop.abort();
        return;
      }
      stop = new AbortController();
      const word = start.querySelector(".word");
      word.textContent = "Stop";
      bar.hidden = false;
      try {
        const overall = await checkAll(checker, view, { bar, said, signal: stop.signal });
        show(overall);
        announce(headlineOf(overall).text);
      } catch (error) {
        fill(said, error.name === "AbortError" ? "Stopped." : messageOf(error));
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

async function checkAll(checker, view, { bar, said, signal }) {
  const sum = { results: [], sequences: newRun(), events: 0, total: null };
  const onWait = (seconds) =>
    fill(
      said,
      `The audit log asks to wait ${seconds} s. Checked so far: ${counted(sum.events, "event")}.`,
    );
  for await (const answer of answersOf(view, { signal, onWait })) {
    const done = sum.events;
    sum.total ??= answer.pagination.total;
    const found = await checkAnswer(checker, answer, view);
    const result = isUnplaced(found) ? await locateBroken(checker, answer, found) : found;
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
  const overall = overallOf(sum.results);
  const isEverything = checker.scope.isWhole && view.filters.length === 0;
  const isComplete =
    isEverything && isWholeRun(sum.sequences) && sum.sequences.highest >= (overall.size ?? 0);
  fill(said, endOf(sum, isEverything, isComplete));
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
  return { ...overall, isComplete };
}

function endOf(sum, isEverything, isComplete) {
  const checked = `${counted(sum.events, "event")} checked.`;
  if (sum.events === 0) return "There are no events in this view.";
  if (!isEverything) return checked;
  return isComplete
    ? `${checked} None is missing: the numbers go from 1 to ${formatCount(sum.sequences.highest)} without a gap.`
    : `${checked} Some are missing.`;
}

function newRun() {
  return { highest: 0, lowest: Infinity, count: 0, gap: null };
}

/** Add the next number of a list to a run, which goes up or down by one each time. */
function extendRun(run, sequence) {
  if (run.count > 0 && sequence !== run.lowest - 1 && sequence !== run.highest + 1)
    run.gap ??= sequence;
  run.lowest = Math.min(run.lowest, sequence);
  run.highest = Math.max(run.highest, sequence);
  run.count += 1;
}

function isWholeRun(run) {
  if (run.count > 0 && run.lowest !== 1) run.gap ??= 1;
  return run.gap === null && run.count > 0 && run.count === run.highest;
}
