// Compares a checkpoint file that the reader kept with a newer one of the same workspace.

import { areSame } from "./bytes.js";
import { FailedStep, Unreadable } from "./failures.js";
import { readTreeHead } from "./note.js";
import { readProofFile } from "./proof_file.js";
import { checkMapAndLog } from "./proof_steps.js";

/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/**
 * `same`: nothing was added. `grown`: the newer one goes on from the kept one, as the records show.
 * `open`: it may, but two files alone do not show it. `contradicts`: both cannot be true.
 * `restarted`: the chain was restarted in between. `older`: the kept file is the newer one.
 * `unrelated`: they are of other logs or workspaces. `unreadable`: one is no checkpoint file.
 *
 * @typedef {"same" | "grown" | "open" | "contradicts" | "restarted" | "older" | "unrelated" | "unreadable"} KeptOutcome
 */
/** @typedef {{ outcome: KeptOutcome, size: number, reason: string }} KeptComparison */

/**
 * Compare two files, whose signatures are checked elsewhere. `rootAt` is the root of the first
 * records of the newer chain, as many as the kept file covers; null if it is not known.
 *
 * @param {string | Uint8Array} keptFile
 * @param {string | Uint8Array} newerFile
 * @param {Uint8Array | null} [rootAt]
 * @returns {Promise<KeptComparison>}
 */
export async function compareWithKept(keptFile, newerFile, rootAt = null) {
  try {
    const kept = readProofFile(keptFile);
    const newer = readProofFile(newerFile);
    await checkMapAndLog(kept);
    await checkMapAndLog(newer);
    const [outcome, reason] = compareFiles(kept, newer, rootAt);
    return { outcome, size: Number(kept.checkpoint.size), reason };
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof FailedStep)) throw error;
    return { outcome: "unreadable", size: 0, reason: error.message };
  }
}

/**
 * @param {ProofFile} kept
 * @param {ProofFile} newer
 * @param {Uint8Array | null} rootAt
 * @returns {[KeptOutcome, string]}
 */
function compareFiles(kept, newer, rootAt) {
  const [before, after] = [kept.checkpoint, newer.checkpoint];
  const [oldLog, newLog] = [readTreeHead(kept.note.text), readTreeHead(newer.note.text)];
  if (before.origin !== after.origin || before.workspaceId !== after.workspaceId) {
    return ["unrelated", "The kept file is of another log or another workspace."];
  }
  if (newLog.size < oldLog.size) return ["older", "The kept file is the newer one of both."];
  if (newLog.size === oldLog.size && !areSame(newLog.root, oldLog.root)) {
    return ["contradicts", "The log had two different trees of the same size."];
  }
  if (after.epoch !== before.epoch) return compareEpochs(before.epoch, after.epoch);
  if (after.size < before.size) {
    return ["contradicts", `Records ${after.size + 1n} to ${before.size} are gone.`];
  }
  const root = after.size === before.size ? after.root : rootAt;
  if (root === null) {
    return ["open", "Two files alone do not show whether the newer one goes on from the kept one."];
  }
  if (!areSame(root, before.root)) {
    return ["contradicts", `Records 1 to ${before.size} are not those of the kept file.`];
  }
  if (after.size === before.size) return ["same", `Both cover the same ${before.size} records.`];
  return ["grown", `Records 1 to ${before.size} are still those of the kept file.`];
}

/**
 * @param {bigint} before
 * @param {bigint} after
 * @returns {[KeptOutcome, string]}
 */
function compareEpochs(before, after) {
  return after < before
    ? ["contradicts", "The chain is of an earlier epoch than the kept file."]
    : ["restarted", "An operator restarted the chain since: records may have been lost."];
}
