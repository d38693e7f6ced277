// Checks a proof file or a checkpoint file.

import { inStep } from "./failures.js";
import { checkInclusion, leafHash } from "./merkle.js";
import { readProofFile } from "./proof_file.js";
import { checkMapAndLog, checkSignatures, readPlacedRecord } from "./proof_steps.js";
import { readTrust } from "./trust.js";
import { brokenVerdict, outcomeOf, verdictOf } from "./verdict.js";

/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/** @typedef {import("./trust.js").Trust} Trust */
/** @typedef {import("./trust.js").TrustOptions} TrustOptions */
/** @typedef {import("./verdict.js").CheckedRecord} CheckedRecord */
/**
 * `now` and `maxAge` are in seconds. Without `maxAge`, a file of any age is accepted.
 *
 * @typedef {TrustOptions & { now?: number, maxAge?: number }} CheckOptions
 */

/**
 * Check every step of a file, from its record, if it has one, up to the witnesses.
 *
 * @param {string | Uint8Array} file
 * @param {CheckOptions} options
 */
export async function checkProofFile(file, options) {
  /** @type {CheckedRecord[]} */
  const records = [];
  try {
    const proof = await inStep("file", () => readProofFile(file));
    const trust = await inStep("keys", () => readTrust(options));
    records.push(...(await checkEvent(proof)));
    const found = await checkCheckpoint(proof, trust, options);
    return verdictOf(outcomeOf(found), records, proof, trust, found, options.now);
  } catch (error) {
    return brokenVerdict(error, records);
  }
}

/**
 * Check the steps above the records. Returns what the signatures are worth; null without any key.
 *
 * @param {ProofFile} proof
 * @param {Trust} trust
 * @param {CheckOptions} options
 */
export async function checkCheckpoint(proof, trust, { now, maxAge }) {
  await checkMapAndLog(proof);
  if (!trust.hasKeys) return null;
  const limit = now === undefined || maxAge === undefined ? null : { now, seconds: maxAge };
  return checkSignatures(proof, trust, limit);
}

/**
 * @param {ProofFile} proof
 * @returns {Promise<CheckedRecord[]>}
 */
async function checkEvent({ event, checkpoint }) {
  if (event === null) return [];
  const sequence = Number(event.index) + 1;
  const { index, path } = event;
  const record = await inStep(
    "record",
    () => readPlacedRecord(event.record, index, checkpoint.workspaceId),
    sequence,
  );
  await inStep(
    "workspace tree",
    () => checkInclusion(index, checkpoint.size, leafHash(event.record), path, checkpoint.root),
    sequence,
  );
  const { id, text, event: fields } = record;
  return [{ sequence, id, status: "proved", event: fields, text }];
}
