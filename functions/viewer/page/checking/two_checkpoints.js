// Compares two checkpoints with each other, as far as they show it themselves.

import { areSame } from "./bytes.js";
import { readTreeHead } from "./note.js";
import { toBase64 } from "./spelling.js";

/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/**
 * `same`: nothing was added. `grown`: the newer one goes on from the older one, as the records show.
 * `open`: it may, but the two alone do not show it. `contradicts`: both cannot be true.
 * `restarted`: the chain was restarted in between. `unrelated`: they are of other logs or
 * workspaces.
 *
 * @typedef {"same" | "grown" | "open" | "contradicts" | "restarted" | "unrelated"} Comparison
 */

/**
 * Compare two checkpoints, of which the newer one has the log of at least the same size. `rootAt`
 * is the root of the newer chain's first records, as many as the older one covers, or null.
 *
 * @param {ProofFile} older
 * @param {ProofFile} newer
 * @param {Uint8Array | null} [rootAt]
 * @returns {[Comparison, string]}
 */
export function compareCheckpoints(older, newer, rootAt = null) {
  const [before, after] = [older.checkpoint, newer.checkpoint];
  const [oldLog, newLog] = [readTreeHead(older.note.text), readTreeHead(newer.note.text)];
  if (before.origin !== after.origin) return ["unrelated", "They are of two logs."];
  if (newLog.size === oldLog.size && !areSame(newLog.root, oldLog.root)) {
    const trees = `two different trees of ${oldLog.size} entries`;
    return ["contradicts", `The log had ${trees}. ${bothRoots(oldLog.root, newLog.root)}`];
  }
  if (before.workspaceId !== after.workspaceId) {
    return ["unrelated", "They are of two workspaces."];
  }
  if (after.epoch !== before.epoch) return compareEpochs(before.epoch, after.epoch);
  if (after.size < before.size) {
    const gone = `Records ${after.size + 1n} to ${before.size} are gone.`;
    return ["contradicts", `${gone} ${bothRoots(before.root, after.root)}`];
  }
  const root = after.size === before.size ? after.root : rootAt;
  if (root === null) {
    return [
      "open",
      "Two files alone do not show whether the newer one goes on from the older one.",
    ];
  }
  if (!areSame(root, before.root)) {
    const roots = `Their root is ${toBase64(root)}, and was ${toBase64(before.root)}.`;
    const others = `Records 1 to ${before.size} are not those of the older checkpoint.`;
    return ["contradicts", `${others} ${roots}`];
  }
  if (after.size === before.size) return ["same", `Both cover the same ${before.size} records.`];
  return ["grown", `Records 1 to ${before.size} are still those of the older checkpoint.`];
}

/**
 * @param {bigint} before
 * @param {bigint} after
 * @returns {[Comparison, string]}
 */
function compareEpochs(before, after) {
  return after < before
    ? ["contradicts", "The newer checkpoint is of an earlier epoch of the chain."]
    : ["restarted", "An operator restarted the chain in between: records may have been lost."];
}

/**
 * The roots of the older tree and the newer one, as a sentence.
 *
 * @param {Uint8Array} older
 * @param {Uint8Array} newer
 */
export function bothRoots(older, newer) {
  return `The older checkpoint has the root ${toBase64(older)}, the newer one ${toBase64(newer)}.`;
}
