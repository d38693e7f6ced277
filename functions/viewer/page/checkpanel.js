// The panel of the checks: the verdict, how it came about, the keys, and a policy of one's own.

import { announce, button, fill, icon, make } from "./dom.js";
import { counted, formatCount, timeInWords } from "./format.js";
import { answersOf } from "./feed.js";
import { checkAnswer, overallOf } from "./checks.js";
import { headlineOf, sentencesOf } from "./wording.js";

/** What the panel shows. `usePolicy(text)` checks all again under a policy; null is none. */
export function checkContent({ checker, overall, view, usePolicy }) {
  const verdict = make("div", { class: "verdict-place" }, verdictElement(overall));
  return [
    verdict,
    ...checkAllElements(checker, view, verdict),
    numbersOf(overall),
    keysOf(checker, overall),
    policyOf(checker, usePolicy),
  ];
}

/** A verdict in words. */
export function verdictElement(overall) {
  const { look, drawing, text } = headlineOf(overall);
  return make(
    "div",
    { class: `verdict ${look}`, "data-verdict": overall.verdict },
    make("p", { class: "headline" }, icon(drawing), text),
    sentencesOf(overall, location.host).map((each) => make("p", {}, each)),
  );
}

function numbersOf(overall) {
  const rows = [
    ["Records proved", formatCount(overall.proved ?? 0)],
    overall.tooNew ? ["Too new", formatCount(overall.tooNew)] : null,
    overall.size ? ["Events the checkpoint covers", formatCount(overall.size)] : null,
    overall.time ? ["Checkpoint made", timeInWords(overall.time * 1_000)] : null,
    ...(overall.witnesses ?? []).map((each) =>
      [`Countersigned by ${each.name}`, each.time ? timeInWords(each.time * 1_000) : "yes"]),
    overall.origin ? ["Log", overall.origin] : null,
    overall.brokenAt?.step ? ["Where it broke", String(overall.brokenAt.step)] : null,
  ];
  return make("section", {}, make("h3", {}, "What was compared"),
    make("dl", { class: "fields" }, rows.filter(Boolean).map(([word, value]) =>
      make("div", {}, make("dt", {}, word), make("dd", {}, value)))));
}

function keysOf(checker, overall) {
  const keys = overall.keys ?? [];
  const whose = checker.policy ? "From the policy that you pasted." : "As this server says. Compare them with what the operator publishes elsewhere.";
  if (keys.length === 0) return null;
  return make("section", {}, make("h3", {}, "Keys"), make("p", { class: "hint" }, whose),
    make("ul", { class: "keys" }, keys.map((each) =>
      make("li", {}, make("span", {}, `${each.name} (${each.role})`), make("code", {}, each.fingerprint)))));
}

function policyOf(checker, usePolicy) {
  const field = make("textarea", { id: "policy", rows: "5", spellcheck: "false", "aria-describedby": "policy-hint" });
  field.value = checker.policy ?? "";
  const use = button({ word: "Check with this policy", look: "plain" }, () => usePolicy(field.value.trim() || null));
  const forget = checker.policy && button({ word: "Use the server's keys", look: "quiet" }, () => usePolicy(null));
  return make("details", { class: "policy", open: Boolean(checker.policy) },
    make("summary", {}, "Use a policy of your own"),
    make("label", { for: "policy" }, "Policy"),
    make("p", { class: "hint", id: "policy-hint" },
      "The keys and witnesses that you trust, as lines: log, witness, group, quorum. With it, the server does not choose them."),
    field, make("div", { class: "buttons" }, use, forget));
}

/** The button that checks every event of the view, and how far it is. */
function checkAllElements(checker, view, verdict) {
  const said = make("p", { class: "said", role: "status" });
  const bar = make("progress", { "aria-label": "Progress of the check", hidden: true });
  let stop = null;
  const start = button({ word: "Check every event of this view", drawing: "shield", look: "plain" }, async () => {
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
      fill(verdict, verdictElement(overall));
      announce(headlineOf(overall).text);
    } catch (error) {
      fill(said, error.name === "AbortError" ? "Stopped." : error.message);
    }
    stop = null;
    bar.hidden = true;
    word.textContent = "Check every event of this view";
  });
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
  const onWait = (seconds) => fill(said, `The audit log asks to wait ${seconds} s. Checked so far: ${counted(sum.events, "event")}.`);
  for await (const answer of answersOf(view, { signal, onWait })) {
    const done = sum.events;
    sum.total ??= answer.pagination.total;
    const result = await checkAnswer(checker, answer);
    sum.results.push({ ...result, records: result.records?.map(({ status }) => ({ status })) });
    sum.events += answer.data.length;
    (answer.proof?.records ?? []).forEach((each) => extendRun(sum.sequences, each.index + 1));
    if (sum.total) Object.assign(bar, { max: sum.total, value: sum.events });
    fill(said, `${formatCount(sum.events)}${sum.total ? ` of ${formatCount(sum.total)}` : ""} checked`);
    if (sum.events === done && answer.data.length > 0) break;
  }
  const overall = overallOf(sum.results);
  const isEverything = checker.scope.isWhole && view.filters.length === 0;
  const isComplete = isEverything && isWholeRun(sum.sequences) && sum.sequences.highest >= (overall.size ?? 0);
  fill(said, endOf(sum, isEverything, isComplete));
  if (isEverything && sum.events > 0 && !isComplete && overall.verdict !== "broken" && overall.size) {
    const reason = "the list does not have every record that the checkpoint covers: some are missing";
    return { ...overall, verdict: "broken", brokenAt: { step: "completeness", sequence: sum.sequences.gap, reason } };
  }
  return { ...overall, isComplete };
}

function endOf(sum, isEverything, isComplete) {
  const checked = `${counted(sum.events, "event")} checked.`;
  if (sum.events === 0) return "There are no events in this view.";
  if (!isEverything) return checked;
  return isComplete ? `${checked} None is missing: the numbers go from 1 to ${formatCount(sum.sequences.highest)} without a gap.` : `${checked} Some are missing.`;
}

function newRun() {
  return { highest: 0, lowest: Infinity, count: 0, gap: null };
}

/** Add the next number of a list to a run, which goes up or down by one each time. */
function extendRun(run, sequence) {
  if (run.count > 0 && sequence !== run.lowest - 1 && sequence !== run.highest + 1) run.gap ??= sequence;
  run.lowest = Math.min(run.lowest, sequence);
  run.highest = Math.max(run.highest, sequence);
  run.count += 1;
}

function isWholeRun(run) {
  if (run.count > 0 && run.lowest !== 1) run.gap ??= 1;
  return run.gap === null && run.count > 0 && run.count === run.highest;
}
