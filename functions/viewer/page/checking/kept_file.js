// Compares a checkpoint file that the reader kept with a newer one of the same workspace.

import { FailedStep, Unreadable } from "./failures.js";
import { readTreeHead } from "./note.js";
import { readProofFile } from "./proof_file.js";
import { checkMapAndLog } from "./proof_steps.js";
import { compareCheckpoints } from "./two_checkpoints.js";

/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/** @typedef {import("./two_checkpoints.js").Comparison} Comparison */
/**
 * `older`: the kept file is the newer one, and contradicts the other nowhere. `unreadable`: one is
 * no checkpoint file.
 *
 * @typedef {Comparison | "older" | "unreadable"} KeptOutcome
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
  if (readTreeHead(kept.note.text).size <= readTreeHead(newer.note.text).size) {
    return compareCheckpoints(kept, newer, rootAt);
  }
  const [outcome, reason] = compareCheckpoints(newer, kept);
  return outcome === "contradicts" || outcome === "unrelated"
    ? [outcome, reason]
    : ["older", "The kept file is the newer one of both."];
}
