// Checks the answer to GET /v1/checkpoint/consistency: that the log and the chain have only grown.

import { checkCheckpoint } from "./check_proof_file.js";
import { Unreadable, WrongProof, inStep } from "./failures.js";
import { checkConsistency } from "./merkle.js";
import { readTreeHead } from "./note.js";
import { readProofFile } from "./proof_file.js";
import { isObject } from "./record.js";
import { readHash } from "./spelling.js";
import { readTrust } from "./trust.js";
import { bothRoots } from "./two_checkpoints.js";

const MOST_GROWTH_PATH = 63;

/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/** @typedef {import("./trust.js").TrustOptions} TrustOptions */
/** @typedef {{ size: bigint, root: Uint8Array }} Tree */
/** @typedef {Uint8Array[] | null} GrowthPath */
/**
 * The newest checkpoint file, and the paths from the older trees to its trees.
 *
 * @typedef {{ file: string, newest: ProofFile, log: GrowthPath, workspace: GrowthPath }} Growth
 */

/**
 * Read an answer, which may be anything. Throws Unreadable.
 *
 * @param {unknown} answer
 * @returns {Growth}
 */
export function readGrowth(answer) {
  if (!isObject(answer) || typeof answer.checkpoint !== "string") {
    throw new Unreadable("the answer about the growth of the log has no checkpoint");
  }
  const { checkpoint: file, log, workspace } = answer;
  const newest = readProofFile(file);
  return { file, newest, log: readGrowthPath(log), workspace: readGrowthPath(workspace) };
}

/**
 * @param {unknown} path
 * @returns {GrowthPath}
 */
function readGrowthPath(path) {
  if (path === null) return null;
  if (!Array.isArray(path) || path.length > MOST_GROWTH_PATH) {
    throw new Unreadable("the answer about the growth of the log has no path");
  }
  return path.map((each) => readHash(String(each), "a hash of a consistency path"));
}

/**
 * Check that the newest checkpoint is signed, and that its trees begin with those of the older one.
 * After a restart, the tree of the workspace may have lost records. Throws FailedStep.
 *
 * @param {ProofFile} older
 * @param {Growth} growth
 * @param {TrustOptions} options
 */
export async function checkGrowth(older, { newest, log, workspace }, options) {
  // The newest run may wait for its witnesses still. They say nothing about growth.
  await checkCheckpoint(newest, { ...readTrust(options), needsQuorum: false }, {});
  const [before, after] = [readTreeHead(older.note.text), readTreeHead(newest.note.text)];
  await inStep("growth of the log", () => {
    if (before.origin !== after.origin) {
      throw new WrongProof(`The newest checkpoint is one of another log, ${after.origin}.`);
    }
    checkTreeGrowth("The log has", before, after, log);
  });
  await inStep("growth of the workspace tree", () => {
    const [old, now] = [older.checkpoint, newest.checkpoint];
    if (old.workspaceId !== now.workspaceId) {
      throw new WrongProof(`The newest checkpoint is one of ${now.workspaceId}.`);
    }
    if (old.epoch === now.epoch) checkTreeGrowth("The chain has", old, now, workspace);
  });
}

/**
 * @param {string} what
 * @param {Tree} before
 * @param {Tree} after
 * @param {GrowthPath} path
 */
function checkTreeGrowth(what, before, after, path) {
  const roots = bothRoots(before.root, after.root);
  if (path === null || after.size < before.size) {
    throw new WrongProof(`${what} ${after.size} entries, and had ${before.size} before. ${roots}`);
  }
  try {
    checkConsistency(before.size, after.size, before.root, after.root, path);
  } catch (error) {
    if (error instanceof WrongProof) throw new WrongProof(`${error.message} ${roots}`);
    throw error;
  }
}
