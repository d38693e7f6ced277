// The panel of the checks: the verdict, how it came about, the keys, and a policy of one's own.

import { checkAllElements } from "./checkall.js";
import { readTrust } from "./checking/index.js";
import { button, fill, icon, make } from "./dom.js";
import { formatCount, timeInWords } from "./format.js";
import { evidenceElement } from "./onehistory.js";
import { headlineOf, sentencesOf } from "./wording.js";

/** @typedef {import("./checks.js").Checker} Checker */
/** @typedef {import("./results.js").Overall} Overall */
/** @typedef {import("./view.js").View} View */
/** @typedef {(policy: string | null) => void} UsePolicy */

/**
 * What the panel shows. `usePolicy(text)` checks all again under a policy; null is none.
 * `changed()` is called after every event of the view was checked.
 *
 * @param {{
 *   checker: Checker, overall: Overall, view: View, usePolicy: UsePolicy, changed: () => void
 * }} parts
 */
export function checkContent({ checker, overall, view, usePolicy, changed }) {
  const verdict = make("div", { class: "verdict-place" }, verdictElements(overall));
  return [
    verdict,
    ...checkAllElements(checker, view, (found) => {
      fill(verdict, verdictElements(found));
      changed();
    }),
    numbersOf(overall),
    keysOf(checker, overall),
    policyOf(checker, usePolicy),
  ];
}

/**
 * A verdict in words, and what shows a contradiction to others.
 *
 * @param {Overall} overall
 */
function verdictElements(overall) {
  const { look, drawing, text } = headlineOf(overall);
  const verdict = make(
    "div",
    { class: `verdict ${look}`, "data-verdict": overall.verdict },
    make("p", { class: "headline" }, icon(drawing), text),
    sentencesOf(overall, location.host).map((each) => make("p", {}, each)),
  );
  return [verdict, evidenceElement(overall)];
}

/**
 * What was compared, as numbers and names.
 *
 * @param {Overall} overall
 */
function numbersOf(overall) {
  /** @type {(string[] | null)[]} */
  const rows = [
    ["Records proved", formatCount(overall.proved ?? 0)],
    overall.tooNew ? ["Too new", formatCount(overall.tooNew)] : null,
    overall.size ? ["Events the checkpoint covers", formatCount(overall.size)] : null,
    overall.time ? ["Checkpoint made", timeInWords(overall.time * 1_000)] : null,
    comparedRow(overall),
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
        .filter((each) => each !== null)
        .map(([word, value]) => make("div", {}, make("dt", {}, word), make("dd", {}, value))),
    ),
  );
}

/**
 * How many checkpoints were compared, if there were several and none is open.
 *
 * @param {Overall} overall
 */
function comparedRow({ history }) {
  if (!history || history.checkpoints < 2 || history.whyOpen || history.contradiction) return null;
  return [
    "Checkpoints compared",
    `${formatCount(history.checkpoints)}: each goes on from the one before`,
  ];
}

/**
 * The keys that signed; null if there are none.
 *
 * @param {Checker} checker
 * @param {Overall} overall
 */
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

/**
 * A field for a policy, and buttons to use it or not.
 *
 * @param {Checker} checker
 * @param {UsePolicy} usePolicy
 */
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

/**
 * What is wrong with a policy; null if nothing is.
 *
 * @param {string | null} policy
 */
function problemOfPolicy(policy) {
  try {
    readTrust({ policy });
    return null;
  } catch (error) {
    return `This is no policy: ${/** @type {Error} */ (error).message}.`;
  }
}
