// Checks: the proofs of pages and of single events, under the keys that this server names, or under
// a policy that somebody has pasted.

import { ApiFailure, requestJson, requestPatiently, requestText, messageOf } from "./api.js";
import { canCheck, checkPage, checkProofFile } from "./checking/index.js";
import { MINUTE_MS } from "./format.js";
import { eventOfRecord, isInOrder, listsItsRecords } from "./record.js";

/** @typedef {import("./credentials.js").Scope} Scope */
/** @typedef {import("./checking/verdict.js").Outcome} Outcome */
/** @typedef {import("./checking/verdict.js").CheckedRecord} CheckedRecord */
/** @typedef {import("./checking/verdict.js").Verdict} Verdict */
/** @typedef {import("./checking/check_page.js").Expected} Expected */
/** @typedef {import("./record.js").ListAnswer} ListAnswer */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/** @typedef {import("./view.js").View} View */
/**
 * `keys` are null until the server has said them.
 *
 * @typedef {{ scope: Scope, policy: string | null, keys: string[] | null }} Checker
 */
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
 *   isComplete?: boolean
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
const WITHOUT_CHECKPOINT = ["not_ready", "chain_damaged"];

/**
 * A checker for what a token opens. `policy` is a text that somebody has pasted, or null.
 *
 * @param {Scope} scope
 * @returns {Checker}
 */
export function newChecker(scope) {
  return { scope, policy: null, keys: null };
}

/**
 * The keys of the log and of its witnesses, as this server says. Without a log there are none.
 *
 * @param {Checker} checker
 */
async function loadKeys(checker) {
  if (checker.keys) return;
  try {
    /** @type {{ data: { vkey: string }[], witnesses?: { vkey: string }[] }} */
    const answer = await requestJson("log-keys");
    const named = [answer?.data, answer?.witnesses ?? []].flat();
    if (!named.every((each) => typeof each?.vkey === "string"))
      throw new ApiFailure("failed", "The answer names no keys.");
    checker.keys = named.map((each) => each.vkey);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.kind !== "missing") throw error;
    checker.keys = [];
  }
}

/**
 * What a check trusts, and the time.
 *
 * @param {Checker} checker
 */
function trustOf({ keys, policy }) {
  return { keys: keys ?? [], policy, now: Math.floor(Date.now() / 1_000) };
}

/**
 * Check the proofs of an answer to a view. Whatever the answer is, this returns a result.
 *
 * @param {Checker} checker
 * @param {ListAnswer} answer
 * @param {View} view
 * @returns {CheckResult | Promise<CheckResult>}
 */
export function checkAnswer(checker, answer, view) {
  const { proof } = answer;
  if (!proof) return { verdict: "unavailable", message: "This server sends no proofs." };
  const code = proof.reason?.code ?? "";
  if (!proof.checkpoint && !WITHOUT_CHECKPOINT.includes(code)) {
    return {
      verdict: "unavailable",
      message: String(proof.reason?.message ?? "There is no checkpoint."),
    };
  }
  return resultOf(checker, async () => {
    if (!listsItsRecords(answer)) {
      return brokenResult(
        "answer",
        null,
        "the answer lists other events than those whose records it has",
      );
    }
    if (!isInOrder(answer, view.order))
      return brokenResult("answer", null, "the records are not in the order that was asked for");
    const expected = expectedOf(checker.scope);
    return checkPage({ ...trustOf(checker), proof, expected });
  });
}

/**
 * Check the proof file of the event with this id.
 *
 * @param {Checker} checker
 * @param {string} file
 * @param {string} id
 */
export function checkFile(checker, file, id) {
  return resultOf(checker, async () => {
    const result = await checkProofFile(file, trustOf(checker));
    const [record] = result.records;
    const { workspaceId, tenantId, actorId } = checker.scope;
    /** @type {NonNullable<CheckedRecord["event"]>} */
    const fields = record?.event ?? {};
    const isAsked =
      !record ||
      (record.id === id &&
        fields.workspace_id === workspaceId &&
        (tenantId === null || fields.tenant_id === tenantId) &&
        (actorId === null || fields.actor_id === actorId));
    return isAsked
      ? result
      : brokenResult("record", record.sequence, "the proof file is of another event");
  });
}

/**
 * What a check comes to, which is a result even if the check cannot be made.
 *
 * @param {Checker} checker
 * @param {() => Promise<CheckResult>} check
 * @returns {Promise<CheckResult>}
 */
async function resultOf(checker, check) {
  if (!canCheck()) return { verdict: "impossible" };
  try {
    await loadKeys(checker);
    return await check();
  } catch (error) {
    if (error instanceof ApiFailure)
      return { verdict: "unavailable", message: `The keys could not be fetched. ${error.message}` };
    return {
      verdict: "unavailable",
      message: `The check could not be completed. ${messageOf(error)}`,
    };
  }
}

/**
 * The result of a check that failed at this step.
 *
 * @param {string} step
 * @param {number | null} sequence
 * @param {string} reason
 * @returns {CheckResult}
 */
function brokenResult(step, sequence, reason) {
  return { verdict: "broken", brokenAt: { step, sequence, reason }, records: [] };
}

/**
 * Whether an answer is broken because of some record, and it is not known which.
 *
 * @param {CheckResult} result
 */
export function isUnplaced({ verdict, brokenAt }) {
  return verdict === "broken" && brokenAt?.step === "workspace tree" && !brokenAt.sequence;
}

/**
 * Find the record because of which an answer does not hold, by the proof file of each.
 *
 * @param {Checker} checker
 * @param {ListAnswer} answer
 * @param {CheckResult} whole what came out for the whole answer
 * @returns {Promise<CheckResult>}
 */
export async function locateBroken(checker, answer, whole) {
  for (const { index, record } of answer.proof?.records ?? []) {
    const event = eventOfRecord(String(record));
    const covered = whole.records?.find((each) => each.sequence === index + 1);
    if (!event || covered?.status === "not_covered") continue;
    const path = `events/${encodeURIComponent(event.id)}/proof`;
    let file;
    try {
      file = await requestPatiently(() => requestText(path));
    } catch (error) {
      if (error instanceof ApiFailure) return whole;
      throw error;
    }
    const alone = await checkFile(checker, file, event.id);
    const differs = alone.verdict !== "broken" && alone.records?.[0]?.text !== record;
    if (differs || alone.verdict === "broken") {
      const reason = differs
        ? "the listed record is not the one that was covered under its number"
        : (alone.brokenAt?.reason ?? "");
      return { ...whole, brokenAt: { step: "record", sequence: index + 1, reason } };
    }
  }
  return whole;
}

/**
 * What the records must be of: the token names it.
 *
 * @param {Scope} scope
 */
function expectedOf({ workspaceId, tenantId, actorId }) {
  /** @type {Expected} */
  const expected = { workspaceId: workspaceId ?? "" };
  if (tenantId !== null) expected.tenantId = tenantId;
  if (actorId !== null) expected.actorId = actorId;
  return expected;
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
  /** @param {CheckResult} each */
  const isProof = (each) => each.verdict === "witnessed" || each.verdict === "operator";
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
