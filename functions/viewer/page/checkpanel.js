// The panel of the checks: the verdict, how it came about, the keys, and a policy of one's own.

import { checkAllElements } from "./checkall.js";
import { readTrust } from "./checking/index.js";
import { button, fill, icon, make } from "./dom.js";
import { formatCount, timeInWords } from "./format.js";
import { headlineOf, sentencesOf } from "./wording.js";

/** What the panel shows. `usePolicy(text)` checks all again under a policy; null is none. */
export function checkContent({ checker, overall, view, usePolicy }) {
  const verdict = make("div", { class: "verdict-place" }, verdictElement(overall));
  return [
    verdict,
    ...checkAllElements(checker, view, (found) => fill(verdict, verdictElement(found))),
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
    ...(overall.witnesses ?? []).map((each) => [
      `Countersigned by ${each.name}`,
      each.time ? timeInWords(each.time * 1_000) : "yes",
    ]),
    overall.origin ? ["Log", overall.origin] : null,
    overall.brokenAt?.step ? ["Where it broke", String(overall.brokenAt.step)] : null,
  ];
  return make(
    "section",
    {},
    make("h3", {}, "What was compared"),
    make(
      "dl",
      { class: "fields" },
      rows
        .filter(Boolean)
        .map(([word, value]) => make("div", {}, make("dt", {}, word), make("dd", {}, value))),
    ),
  );
}

function keysOf(checker, overall) {
  const keys = overall.keys ?? [];
  const whose = checker.policy
    ? "From the policy that you pasted."
    : "As this server says. Compare them with what the operator publishes elsewhere.";
  if (keys.length === 0) return null;
  return make(
    "section",
    {},
    make("h3", {}, "Keys"),
    make("p", { class: "hint" }, whose),
    make(
      "ul",
      { class: "keys" },
      keys.map((each) =>
        make(
          "li",
          {},
          make("span", {}, `${each.name} (${each.role})`),
          make("code", {}, each.fingerprint),
        ),
      ),
    ),
  );
}

function policyOf(checker, usePolicy) {
  const field = make("textarea", {
    id: "policy",
    rows: "5",
    spellcheck: "false",
    "aria-describedby": "policy-hint",
  });
  field.value = checker.policy ?? "";
  const problem = make("p", { class: "said", role: "alert" });
  const use = button({ word: "Check with this policy", look: "plain" }, () => {
    const policy = field.value.trim() ? `${field.value.trim()}\n` : null;
    fill(problem, problemOfPolicy(policy));
    if (!problem.textContent) usePolicy(policy);
  });
  const forget =
    checker.policy &&
    button({ word: "Use the server's keys", look: "quiet" }, () => usePolicy(null));
  return make(
    "details",
    { class: "policy", open: Boolean(checker.policy) },
    make("summary", {}, "Use a policy of your own"),
    make("label", { for: "policy" }, "Policy"),
    make(
      "p",
      { class: "hint", id: "policy-hint" },
      "The keys and witnesses that you trust, as lines: log, witness, group, quorum. With it, the server does not choose them.",
    ),
    field,
    problem,
    make("div", { class: "buttons" }, use, forget),
  );
}

/** What is wrong with a policy; null if nothing is. */
function problemOfPolicy(policy) {
  try {
    readTrust({ policy });
    return null;
  } catch (error) {
    return `This is no policy: ${error.message}.`;
  }
}
