// The verdict of a check, in one shape for a page, a proof file and an export file.

import { hexOf } from "./bytes.js";
import { FailedStep } from "./failures.js";
import { readTreeHead } from "./note.js";
import { sha256 } from "./sha256.js";
import { KEY_OF_LOG } from "./verifier_key.js";

/** @typedef {import("./endorsement.js").Endorsement} Endorsement */
/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/** @typedef {import("./record.js").AuditRecord} AuditRecord */
/** @typedef {import("./trust.js").Trust} Trust */
/** @typedef {import("./verifier_key.js").VerifierKey} VerifierKey */

/**
 * `witnessed`: signed by the log, and cosigned by the witnesses that the reader wants, or by one of
 * them. `operator`: signed by the log only. `not_covered`: right as far as one can see, and no
 * checkpoint has it yet. `broken`: it is not what it must be. `unsigned`: whole, but the reader
 * gave no key, so nobody vouches for it.
 *
 * @typedef {"witnessed" | "operator" | "not_covered" | "broken" | "unsigned"} Outcome
 */
/** @typedef {{ step: string, sequence: number | null, reason: string }} BrokenAt */
/**
 * @typedef {object} ShownKey
 * @property {string} name
 * @property {"log" | "witness"} role
 * @property {string} fingerprint the SHA-256 of its 32 bytes, in hex
 * @property {string} vkey
 */
/**
 * @typedef {object} CheckedRecord
 * @property {number} sequence
 * @property {string | null} id
 * @property {"proved" | "not_covered" | "broken"} status
 * @property {AuditRecord["event"] | null} event null if it cannot be read
 * @property {string} text the exact text
 * @property {string} [reason]
 */
/**
 * @typedef {object} Verdict
 * @property {Outcome} verdict
 * @property {number} size records 1 to `size` are covered
 * @property {number | null} time when, in Unix seconds: as the witnesses say, else the operator
 * @property {number | null} runTime when, as the operator says
 * @property {number | null} age of `time`, in seconds, if the caller gave the time
 * @property {string | null} origin of the log
 * @property {number | null} logSize
 * @property {string | null} workspaceId
 * @property {number} epoch how often the chain was restarted: records may have been lost
 * @property {{ name: string, time: number }[]} witnesses
 * @property {ShownKey[]} keys that signed
 * @property {BrokenAt | null} brokenAt
 * @property {string | null} reason why nothing is covered, or no more, as the server says
 * @property {CheckedRecord[]} records
 */

/**
 * The verdict without a checkpoint. No record is proved unless somebody vouches for it.
 *
 * @param {Outcome} outcome
 * @param {CheckedRecord[]} records
 * @param {string | null} reason
 * @returns {Verdict}
 */
export function bareVerdict(outcome, records, reason) {
  const isVouchedFor = outcome === "witnessed" || outcome === "operator";
  return {
    verdict: outcome,
    size: 0,
    time: null,
    runTime: null,
    age: null,
    origin: null,
    logSize: null,
    workspaceId: null,
    epoch: 0,
    witnesses: [],
    keys: [],
    brokenAt: null,
    reason,
    records: isVouchedFor ? records : records.map(unproved),
  };
}

/**
 * The verdict on what the proof shows, with its signatures if they were checked.
 *
 * @param {Outcome} outcome
 * @param {CheckedRecord[]} records
 * @param {ProofFile} proof
 * @param {Trust} trust
 * @param {Endorsement | null} found
 * @param {number | undefined} now in Unix seconds
 * @returns {Verdict}
 */
export function verdictOf(outcome, records, proof, trust, found, now) {
  const { checkpoint } = proof;
  const time = Number(found?.quorumTime ?? proof.time);
  const cosigned = [...(found?.cosignedAt ?? [])];
  const witnessKeys = cosigned.flatMap(([name]) => trust.policy.witnesses.get(name) ?? []);
  return {
    ...bareVerdict(outcome, records, null),
    size: Number(checkpoint.size),
    time,
    runTime: Number(proof.time),
    age: now === undefined ? null : now - time,
    origin: checkpoint.origin,
    logSize: Number(readTreeHead(proof.note.text).size),
    workspaceId: checkpoint.workspaceId,
    epoch: Number(checkpoint.epoch),
    witnesses: cosigned.map(([name, at]) => ({ name, time: Number(at) })),
    keys: found ? [found.log, ...witnessKeys].map(shownKey) : [],
  };
}

/**
 * Who vouches, as far as the signatures were checked.
 *
 * @param {Endorsement | null} found
 * @returns {Outcome}
 */
export function outcomeOf(found) {
  if (found === null) return "unsigned";
  return found.quorumTime === null ? "operator" : "witnessed";
}

/**
 * The verdict when a step failed. Nothing is proved then; `records` are those read so far.
 *
 * @param {unknown} error
 * @param {CheckedRecord[]} records
 * @returns {Verdict}
 */
export function brokenVerdict(error, records) {
  if (!(error instanceof FailedStep)) throw error;
  const { step, sequence, message } = error;
  const shown = records.map((each) => (each.status === "proved" ? asBroken(each) : each));
  return { ...bareVerdict("broken", shown, null), brokenAt: { step, sequence, reason: message } };
}

/**
 * @param {CheckedRecord} record
 * @returns {CheckedRecord}
 */
function asBroken(record) {
  return { ...record, status: "broken" };
}

/**
 * @param {CheckedRecord} record
 * @returns {CheckedRecord}
 */
function unproved(record) {
  return record.status === "proved" ? { ...record, status: "not_covered" } : record;
}

/**
 * @param {VerifierKey} key
 * @returns {ShownKey}
 */
function shownKey({ name, type, publicKey, vkey }) {
  const role = type === KEY_OF_LOG ? "log" : "witness";
  return { name, role, fingerprint: hexOf(sha256(publicKey)), vkey };
}
