// The rules for the records of an export file, and for where it begins and ends.

import { areSame } from "./bytes.js";
import { isCanonicalTime } from "./canonical_time.js";
import { FailedStep, Unreadable } from "./failures.js";
import { readRecord } from "./record.js";

const CLOSING_BRACE = 0x7d;
const EARLIEST = "1970-01-01T00:00:00.000000Z";
const LATEST = "9999-12-31T23:59:59.999999Z";

/** @typedef {import("./export_manifest.js").ExportManifest} ExportManifest */
/** @typedef {import("./record.js").AuditRecord} AuditRecord */
/**
 * Where the check stands: after the record `sequence`.
 *
 * @typedef {object} Place
 * @property {number} sequence
 * @property {Uint8Array} link
 * @property {string} time created_at of the record before
 */

/**
 * Whether a line ends with a record and the brace of the line.
 *
 * @param {Uint8Array} line
 */
export function endsWithRecord(line) {
  return line[line.length - 1] === CLOSING_BRACE && line[line.length - 2] === CLOSING_BRACE;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} sequence
 */
export function readExported(bytes, sequence) {
  try {
    return readRecord(bytes);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw new FailedStep("unreadable", sequence, error.message);
  }
}

/**
 * @param {AuditRecord} record
 * @param {Place} at
 * @param {ExportManifest} manifest
 */
export function checkTime({ createdAt, receivedAt }, at, { from, to }) {
  const isInOrder = at.time < createdAt && createdAt >= receivedAt;
  const isInBounds = (from ?? EARLIEST) <= createdAt && createdAt <= (to ?? LATEST);
  if (!isInOrder || !isInBounds || ![createdAt, receivedAt].every(isCanonicalTime)) {
    throw new FailedStep("time_order", at.sequence, `The record has the time ${createdAt}.`);
  }
}

/**
 * A chain begins at sequence 1, with no event hash before it. A file begins later only if it has a
 * bound `from`.
 *
 * @param {ExportManifest} manifest
 */
export function checkStart({ first, from, linkBefore }) {
  if (first > 1 && from === null) {
    throw new FailedStep("sequence_gap", first, `The file begins with record ${first}.`);
  }
  if ((first === 1) !== linkBefore.every((each) => each === 0)) {
    throw new FailedStep("chain_break", first, "The event hash before the file is not possible.");
  }
}

/**
 * @param {ExportManifest} manifest
 * @param {Place} at
 */
export function checkEnd({ last, headHash, damageAfterHead }, at) {
  if (at.sequence !== last) {
    const reason = `The file ends with record ${at.sequence}, not ${last}.`;
    throw new FailedStep("sequence_gap", at.sequence, reason);
  }
  if (!areSame(at.link, headHash)) {
    throw new FailedStep("chain_break", at.sequence, "The file ends with another event hash.");
  }
  if (damageAfterHead !== null) {
    throw new FailedStep("unreadable", at.sequence + 1, `The file says: “${damageAfterHead}”`);
  }
}
