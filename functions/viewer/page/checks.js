// Checks: the proofs of pages and of single events, under the keys that this server names, or under
// a policy that somebody has pasted.

import { ApiFailure, requestJson, requestPatiently, requestText, messageOf } from "./api.js";
import { canCheck, checkPage, checkProofFile, newSeenCheckpoints } from "./checking/index.js";
import { comparedResult } from "./onehistory.js";
import { eventOfRecord, isInOrder, listsItsRecords } from "./record.js";
import { isUnplaced } from "./results.js";

/** @typedef {import("./credentials.js").Scope} Scope */
/** @typedef {import("./checking/check_page.js").Expected} Expected */
/** @typedef {import("./checking/seen_checkpoints.js").SeenCheckpoints} SeenCheckpoints */
/** @typedef {import("./checking/verdict.js").CheckedRecord} CheckedRecord */
/** @typedef {import("./record.js").ListAnswer} ListAnswer */
/** @typedef {import("./results.js").CheckResult} CheckResult */
/** @typedef {import("./view.js").View} View */
/**
 * `keys` are null until the server has said them. `seen` has the checkpoints that were verified.
 *
 * @typedef {object} Checker
 * @property {Scope} scope
 * @property {string | null} policy
 * @property {string[] | null} keys
 * @property {SeenCheckpoints} seen
 */

const WITHOUT_CHECKPOINT = ["not_ready", "chain_damaged"];

/**
 * A checker for what a token opens. `policy` is a text that somebody has pasted, or null.
 *
 * @param {Scope} scope
 * @returns {Checker}
 */
export function newChecker(scope) {
  return { scope, policy: null, keys: null, seen: newSeenCheckpoints() };
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
    const result = await checkPage({ ...trustOf(checker), proof, expected });
    return comparedResult(checker, proof.checkpoint ?? "", result);
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
    if (!isAsked)
      return brokenResult("record", record.sequence, "the proof file is of another event");
    return comparedResult(checker, file, result);
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
    const result = await check();
    if (result.verdict !== "unsigned" || checker.policy) return result;
    checker.keys = null; // the log had none before its first run
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
 * Check the proofs of an answer to a view, and find the record that broke them, if one did.
 *
 * @param {Checker} checker
 * @param {ListAnswer} answer
 * @param {View} view
 */
export async function checkAndLocate(checker, answer, view) {
  const result = await checkAnswer(checker, answer, view);
  return isUnplaced(result) ? locateBroken(checker, answer, result) : result;
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
