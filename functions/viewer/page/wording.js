// Words: what the page says of a verdict. Nothing is said by colour alone.

import { ageInWords, counted, formatCount, timeInWords } from "./format.js";

/** @typedef {import("./checking/verdict.js").BrokenAt} BrokenAt */
/** @typedef {import("./results.js").Overall} Overall */
/** @typedef {import("./dom.js").DrawingName} DrawingName */
/** @typedef {{ look: string, drawing: DrawingName, text: string }} Headline */

const OLD_SECONDS = 2 * 3_600; // an idle log makes a checkpoint each hour

/**
 * The verdict as a headline, and what drawing stands beside it.
 *
 * @param {Overall} overall
 * @returns {Headline}
 */
export function headlineOf(overall) {
  switch (overall.verdict) {
    case "witnessed":
      return {
        look: "witnessed",
        drawing: "witnessed",
        text: `Witnessed to event ${formatCount(overall.size ?? 0)}`,
      };
    case "operator":
      return {
        look: "signed",
        drawing: "signed",
        text: `Signed by the operator only, to event ${formatCount(overall.size ?? 0)}`,
      };
    case "not_covered":
      return { look: "too_new", drawing: "waiting", text: "Not covered yet" };
    case "broken":
      return { look: "broken", drawing: "broken", text: brokenPlace(overall.brokenAt) };
    case "unsigned":
      return { look: "unchecked", drawing: "unknown", text: "Signed with a key that is not known" };
    case "impossible":
      return { look: "unchecked", drawing: "unknown", text: "This browser cannot check here" };
    case "checking":
      return { look: "checking", drawing: "waiting", text: "Checking" };
    default:
      return { look: "unchecked", drawing: "unknown", text: "Not checked" };
  }
}

/**
 * What broke, if it is no single record.
 *
 * @type {{ [step: string]: string }}
 */
export const BROKEN_WITHOUT_PLACE = {
  answer: "the server's answer does not hold",
  completeness: "events are missing",
  "two histories": "this server shows two histories",
  "growth of the log": "the log did not only grow",
  "growth of the workspace tree": "the chain did not only grow",
};

/**
 * Where a proof broke, as a headline.
 *
 * @param {BrokenAt | null} [brokenAt]
 */
function brokenPlace(brokenAt) {
  return brokenAt?.sequence
    ? `Broken at record ${formatCount(brokenAt.sequence)}`
    : `Broken: ${BROKEN_WITHOUT_PLACE[brokenAt?.step ?? ""] ?? "the checkpoint does not hold"}`;
}

/**
 * Sentences that say what the verdict means, the plainest first.
 *
 * @param {Overall} overall
 * @param {string} host
 * @returns {string[]}
 */
export function sentencesOf(overall, host) {
  const { proved = 0, tooNew = 0 } = overall;
  /** @param {number} count */
  const isOrAre = (count) => (count === 1 ? "is" : "are");
  const newest = tooNew
    ? [
        `${counted(tooNew, "event")} ${isOrAre(tooNew)} too new: no checkpoint covers ${tooNew === 1 ? "it" : "them"} yet.`,
      ]
    : [];
  switch (overall.verdict) {
    case "witnessed":
      return [
        `Checked in your browser by a page from ${host}. It shows that ${proved === 1 ? "this record has" : `these ${formatCount(proved)} records have`} not changed since ${timeInWords((overall.time ?? 0) * 1_000)}, as countersigned by ${namesOf(overall.witnesses)}.`,
        ...newest,
        ...ageOf(overall),
        ...growthOf(overall),
        honestyOf(host, overall),
      ];
    case "operator":
      return [
        `Checked in your browser by a page from ${host}. ${proved === 1 ? "This record fits" : `These ${formatCount(proved)} records fit`} what the operator signed at ${timeInWords((overall.time ?? 0) * 1_000)}. No witness has countersigned it, so the operator alone vouches for it.`,
        ...newest,
        ...ageOf(overall),
        ...growthOf(overall),
        honestyOf(host, overall),
      ];
    case "not_covered":
      return [
        "No checkpoint covers these events yet. A checkpoint is made every minute or two; look again then.",
      ];
    case "broken":
      if (overall.history?.contradiction)
        return [
          brokenReason(overall.brokenAt),
          "The server gave two checkpoints to this page that cannot both be true. This stays here until the page is closed, whatever it checks then.",
          "Save both checkpoints, and show them to somebody who does not work for the operator.",
        ];
      return [
        `${brokenReason(overall.brokenAt)} What you see here was changed, or the proof was.`,
        "Keep this page open, download the proof file, and show both to somebody who does not work for the operator.",
      ];
    case "unsigned":
      return [
        "The records fit the checkpoint, but this server names no key to check its signature with. Paste a policy below to choose the keys yourself.",
      ];
    case "impossible":
      return [
        "The page, or a page around it, was loaded without encryption (http). Browsers then refuse to check signatures. This does not say that anything is wrong. Open the page over https to check.",
      ];
    case "checking":
      return ["The records are being checked in your browser."];
    default:
      return [
        overall.message || "There is nothing to check the events against.",
        "The events are shown as the server sent them.",
      ];
  }
}

/**
 * What an old checkpoint does not show: if it is older than any of a log that works.
 *
 * @param {Overall} overall
 */
function ageOf({ age }) {
  if ((age ?? 0) < OLD_SECONDS) return [];
  return [
    `This checkpoint is old: it was made ${ageInWords((age ?? 0) * 1_000)} ago, and a log makes one at least every hour. It says nothing about later events. Ask the operator why there is no newer one.`,
  ];
}

/**
 * What is not shown of the checkpoints that the page has checked one after the other, and whether
 * the chain was restarted.
 *
 * @param {Overall} overall
 */
function growthOf({ epoch, history }) {
  const restarted = history?.isRestarted
    ? "An operator restarted the chain while this page was open: records may have been lost."
    : "An operator has restarted this chain: records may have been lost before.";
  const open = `It is not shown that the log and the chain only grew between all the checkpoints of this page. ${brokenReason({ reason: history?.whyOpen })}`;
  return [
    ...(epoch || history?.isRestarted ? [restarted] : []),
    ...(history?.whyOpen ? [open] : []),
  ];
}

/**
 * What the page cannot show, and what to do about it.
 *
 * @param {string} host
 * @param {Overall} overall
 */
function honestyOf(host, overall) {
  const missing = overall.isComplete ? "" : ", nor that no event is missing";
  return `It cannot show that ${host}'s page is honest${missing}. Take the proof file to a verifier of your own.`;
}

/**
 * The reason why a proof broke, or is not there, as a sentence.
 *
 * @param {{ reason?: string | null } | null} [brokenAt]
 */
export function brokenReason(brokenAt) {
  const reason = String(brokenAt?.reason ?? "the proof does not hold");
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? "" : "."}`;
}

/**
 * The names of witnesses, as a list in a sentence.
 *
 * @param {Overall["witnesses"]} witnesses
 */
export function namesOf(witnesses) {
  const names = (witnesses ?? []).map((each) => each.name);
  if (names.length < 2) return names[0] ?? "a witness";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
