// The results of checks: what a row says of its event, and the verdict over several answers.

import { MINUTE_MS } from "./format.js";

/** @typedef {import("./checking/verdict.js").Outcome} Outcome */
/** @typedef {import("./checking/verdict.js").CheckedRecord} CheckedRecord */
/** @typedef {import("./checking/verdict.js").Verdict} Verdict */
/** @typedef {import("./onehistory.js").OneHistory} OneHistory */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/** @typedef {Pick<CheckedRecord, "status"> & Partial<CheckedRecord>} ResultRecord */
/** @typedef {Partial<Omit<Verdict, "verdict" | "records">>} VerdictParts */
/**
 * What came out for one answer or file: a verdict, or why there is none. `impossible`: this browser
 * cannot check. `unavailable`: there is nothing to check against; `message` says why.
 *
 * @typedef {VerdictParts & {
 *   verdict: Outcome | "impossible" | "unavailable", message?: string, records?: ResultRecord[]
 * }} CheckResult
 */
/**
 * What came out over several answers, and how many records it is about. `checking`: nothing came
 * out yet. `none`: there is nothing to check.
 *
 * @typedef {VerdictParts & {
 *   verdict: CheckResult["verdict"] | "checking" | "none", message?: string,
 *   records?: ResultRecord[], proved?: number, tooNew?: number, broken?: number,
 *   isComplete?: boolean, history?: OneHistory
 * }} Overall
 */
/**
 * What a row says of its event.
 *
 * @typedef {"checking" | "witnessed" | "signed" | "too_new" | "overdue" | "broken" | "unproved"
 *   | "unchecked"} EventStatus
 */

const OVERDUE_MS = 10 * MINUTE_MS;
const RANKS = [
  "not_covered",
  "witnessed",
  "operator",
  "unsigned",
  "impossible",
  "unavailable",
  "broken",
];

/**
 * Whether an answer is broken because of some record, and it is not known which.
 *
 * @param {CheckResult} result
 */
export function isUnplaced({ verdict, brokenAt }) {
  return verdict === "broken" && brokenAt?.step === "workspace tree" && !brokenAt.sequence;
}

/**
 * Whether a result proves records.
 *
 * @param {CheckResult | Overall} result
 */
export function isProof({ verdict }) {
  return verdict === "witnessed" || verdict === "operator";
}

/**
 * What a row says of an event. Beside a broken record, others count if they were proved.
 *
 * @param {CheckResult | null} result
 * @param {ShownEvent} event
 * @returns {EventStatus}
 */
export function statusOfEvent(result, event) {
  if (!result) return "checking";
  const record = result.records?.find((each) => each.sequence === event?.sequence);
  const isBroken = result.verdict === "broken";
  if (isBroken && result.brokenAt?.sequence === event?.sequence) return "broken";
  if (!record) return isBroken ? "unproved" : "unchecked";
  if (record.status === "broken") return isBroken ? "unproved" : "broken";
  if (result.verdict === "unsigned") return "unchecked";
  if (record.status === "proved") return result.witnesses?.length ? "witnessed" : "signed";
  const age = Date.now() - new Date(event.createdAt ?? 0).getTime();
  return age > OVERDUE_MS ? "overdue" : "too_new";
}

/**
 * The verdict over several results: the worst of them, and how many events it is about.
 *
 * @param {readonly (CheckResult | null)[]} results
 * @returns {Overall}
 */
export function overallOf(results) {
  const done = results.filter((each) => each !== null);
  if (done.length === 0)
    return {
      verdict: results.length ? "checking" : "unavailable",
      proved: 0,
      tooNew: 0,
      broken: 0,
    };
  const worst = done.reduce((one, other) =>
    RANKS.indexOf(other.verdict) > RANKS.indexOf(one.verdict) ? other : one,
  );
  /** @param {CheckedRecord["status"]} status */
  const count = (status) =>
    done.flatMap((each) => each.records ?? []).filter((each) => each.status === status).length;
  const covering =
    done.filter((each) => each.size).sort((one, other) => (other.size ?? 0) - (one.size ?? 0))[0] ??
    {};
  return {
    ...covering,
    verdict: worst.verdict,
    brokenAt: worst.brokenAt ?? null,
    message: worst.message ?? worst.reason ?? "",
    proved: done
      .filter(isProof)
      .flatMap((each) => each.records ?? [])
      .filter((each) => each.status === "proved").length,
    tooNew: count("not_covered"),
    broken: done.filter((each) => each.verdict === "broken").length,
  };
}
