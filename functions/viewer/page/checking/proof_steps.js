// The steps from a workspace checkpoint up to the witnesses, each of which uses the one before:
//
//     map         the workspace checkpoint is the only one of its workspace in the leaf
//     log         the run entry with the root of the map is the last of the log's tree
//     signature   a key of the log that the reader trusts signed the tree
//     witnesses   as many witnesses as the policy wants cosigned it
//     age         it is not older than the reader accepts
//
// The steps of records come before them.

import { bytesOf } from "./bytes.js";
import { evaluateNote } from "./endorsement.js";
import { WrongProof, inStep } from "./failures.js";
import { checkInclusion, leafHash } from "./merkle.js";
import { readTreeHead } from "./note.js";
import { readRecord } from "./record.js";
import { toBase64 } from "./spelling.js";
import { rootWithRow } from "./workspace_map.js";

const MOST_AHEAD = 300; // seconds that a log's clock may be ahead of the reader's

/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/** @typedef {import("./proof_file.js").WorkspaceCheckpoint} WorkspaceCheckpoint */
/** @typedef {import("./record.js").AuditRecord} AuditRecord */
/** @typedef {import("./trust.js").Trust} Trust */
/** @typedef {import("./endorsement.js").Endorsement} Endorsement */
/** @typedef {{ now: number, seconds: number }} AgeLimit */

/**
 * Check the map and the log, which needs no key. It shows that the file is one whole.
 *
 * @param {ProofFile} proof
 */
export async function checkMapAndLog(proof) {
  const mapRoot = await inStep("map", () => {
    const { workspaceId, text } = proof.checkpoint;
    return rootWithRow(workspaceId, bytesOf(text), proof.leaf, proof.mapPath);
  });
  await inStep("log", () => checkLastEntry(proof, mapRoot));
}

/**
 * An earlier entry is in the log as well. But it would show a workspace as it was, as the newest.
 *
 * @param {ProofFile} proof
 * @param {Uint8Array} mapRoot
 */
function checkLastEntry(proof, mapRoot) {
  const log = readTreeHead(proof.note.text);
  if (log.origin !== proof.checkpoint.origin) {
    throw new WrongProof(`The checkpoint is one of the log ${log.origin}.`);
  }
  if (proof.logIndex !== log.size - 1n) {
    throw new WrongProof(`The entry ${proof.logIndex} is not the last of ${log.size}.`);
  }
  const entry = bytesOf(`indelible.run/v1\n${proof.time}\n${toBase64(mapRoot)}\n`);
  checkInclusion(proof.logIndex, log.size, leafHash(entry), proof.logPath, log.root);
}

/**
 * Check the signature, the witnesses, and the age with a limit.
 *
 * @param {ProofFile} proof
 * @param {Trust} trust
 * @param {AgeLimit | null} limit
 */
export async function checkSignatures(proof, trust, limit) {
  const found = await inStep("signature", () => evaluateNote(trust.policy, proof.note));
  await inStep("witnesses", () => {
    if (trust.needsQuorum && !found.isQuorumMet) {
      const names = [...found.cosignedAt.keys()].join(", ") || "none";
      throw new WrongProof(`The quorum is not met. These cosigned: ${names}.`);
    }
  });
  if (limit) await inStep("age", () => checkAge(Number(found.quorumTime ?? proof.time), limit));
  return found;
}

/**
 * @param {number} time
 * @param {AgeLimit} limit
 */
function checkAge(time, { now, seconds }) {
  const age = now - time;
  if (age > seconds)
    throw new WrongProof(`It is ${age} seconds old; at most ${seconds} are accepted.`);
  if (age < -MOST_AHEAD) throw new WrongProof(`Its time is ${-age} seconds ahead of this clock.`);
}

/**
 * Read a record that must have this place in the workspace's chain.
 *
 * @param {Uint8Array} bytes
 * @param {bigint} index
 * @param {string} workspaceId
 * @returns {AuditRecord}
 */
export function readPlacedRecord(bytes, index, workspaceId) {
  const record = readRecord(bytes);
  if (record.workspaceId !== workspaceId) {
    throw new WrongProof(`The record is one of the workspace ${record.workspaceId}.`);
  }
  if (BigInt(record.sequence) !== index + 1n) {
    throw new WrongProof(`The record has the sequence ${record.sequence}, not ${index + 1n}.`);
  }
  return record;
}
