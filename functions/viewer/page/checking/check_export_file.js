// Checks an export file: every hash from its first record to its head, then its checkpoint.

import { areSame, bytesOf, bytesOfHex } from "./bytes.js";
import { checkCheckpoint } from "./check_proof_file.js";
import { CoveredLeaves } from "./covered_leaves.js";
import { readManifest } from "./export_manifest.js";
import { exportLines } from "./export_pieces.js";
import { checkEnd, checkStart, checkTime, endsWithRecord, readExported } from "./export_rules.js";
import { FailedStep, Unreadable, inStep } from "./failures.js";
import { compareWithKept } from "./kept_file.js";
import { leafHash } from "./merkle.js";
import { sha256 } from "./sha256.js";
import { readTrust } from "./trust.js";
import { bareVerdict, brokenVerdict, outcomeOf, verdictOf } from "./verdict.js";

const LINK = Uint8Array.of(2);
const MOST_HEAD = 300; // characters before the record of a line, at most
const LINE_HEAD =
  /^\{"leaf_hash":"([0-9a-f]{64})"(?:,"event_hash":"([0-9a-f]{64})")?(?:,"record":(?=\{)|\}$)/;

/** @typedef {import("./check_proof_file.js").CheckOptions} CheckOptions */
/** @typedef {import("./export_manifest.js").ExportManifest} ExportManifest */
/** @typedef {import("./kept_file.js").KeptComparison} KeptComparison */
/** @typedef {import("./verdict.js").CheckedRecord} CheckedRecord */
/** @typedef {import("./verdict.js").Verdict} Verdict */
/**
 * `kept` is a checkpoint file that the reader kept. `mostShown` bounds the records in the verdict.
 *
 * @typedef {CheckOptions & {
 *   kept?: string | Uint8Array | null,
 *   mostShown?: number,
 *   onProgress?: (done: number, all: number) => void
 * }} ExportOptions
 */
/**
 * @typedef {object} ExportVerdict
 * @property {ExportManifest | null} manifest
 * @property {number} recordsInFile without those that a filter left out
 * @property {KeptComparison | null} kept
 */
/** @typedef {import("./export_rules.js").Place} Place */

/**
 * Check an export file. Stops at the first break, which it names as `indelible verify` does.
 *
 * @param {string | Uint8Array} file
 * @param {ExportOptions} options
 * @returns {Promise<Verdict & ExportVerdict>}
 */
export async function checkExportFile(file, options) {
  const check = new ExportCheck(options);
  try {
    const verdict = await check.run(bytesOf(file));
    return { ...verdict, ...check.found() };
  } catch (error) {
    return { ...brokenVerdict(error, check.records), ...check.found() };
  }
}

/** @returns {KeptComparison} */
function notComparable() {
  return { outcome: "unreadable", size: 0, reason: "The file has no checkpoint." };
}

class ExportCheck {
  /** @param {ExportOptions} options */
  constructor(options) {
    this.options = options;
    /** @type {CheckedRecord[]} */
    this.records = [];
    this.recordsInFile = 0;
    /** @type {ExportManifest | null} */
    this.manifest = null;
    /** @type {KeptComparison | null} */
    this.kept = null;
  }

  /** @returns {ExportVerdict} */
  found() {
    const { manifest, recordsInFile, kept } = this;
    return { manifest, recordsInFile, kept };
  }

  /** @param {Uint8Array} bytes */
  async run(bytes) {
    const trust = await inStep("keys", () => readTrust(this.options));
    const lines = exportLines(bytes);
    const manifest = await inStep("manifest", async () => {
      const { value, done } = await lines.next();
      if (done) throw new Unreadable("the file is empty");
      return readManifest(value);
    });
    this.manifest = manifest;
    const covered = new CoveredLeaves(manifest, this.options.kept ?? null);
    await covered.begin();
    await this.checkLines(lines, manifest, covered);
    covered.check();
    const { proof } = covered;
    if (proof === null) {
      if (this.options.kept) this.kept = notComparable();
      return bareVerdict("not_covered", this.records, covered.whyNot);
    }
    const found = await checkCheckpoint(proof, trust, this.options);
    if (covered.file !== null && this.options.kept) {
      this.kept = await compareWithKept(this.options.kept, covered.file, covered.keptRoot);
    }
    const size = Number(proof.checkpoint.size);
    const outcome = size < manifest.first ? "not_covered" : outcomeOf(found);
    const shown = this.records.map((each) =>
      each.sequence <= size ? each : { ...each, status: /** @type {const} */ ("not_covered") },
    );
    return verdictOf(outcome, shown, proof, trust, found, this.options.now);
  }

  /**
   * @param {AsyncGenerator<Uint8Array>} lines
   * @param {ExportManifest} manifest
   * @param {CoveredLeaves} covered
   */
  async checkLines(lines, manifest, covered) {
    checkStart(manifest);
    /** @type {Place} */
    const at = { sequence: manifest.first - 1, link: manifest.linkBefore, time: "" };
    const all = manifest.last - at.sequence;
    try {
      for await (const line of lines) {
        at.sequence += 1;
        covered.add(this.checkLine(line, at, manifest));
        if (at.sequence % 1000 === 0) this.options.onProgress?.(at.sequence - manifest.first, all);
      }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new FailedStep("unreadable", at.sequence + 1, error.message);
    }
    checkEnd(manifest, at);
  }

  /**
   * Check the line of the record at `at.sequence`. Returns its leaf hash.
   *
   * @param {Uint8Array} line
   * @param {Place} at
   * @param {ExportManifest} manifest
   */
  checkLine(line, at, manifest) {
    const head = String.fromCharCode(...line.subarray(0, MOST_HEAD));
    const parts = LINE_HEAD.exec(head);
    const start = parts?.[0].length ?? 0;
    const hasRecord = parts !== null && start < line.length;
    if (parts === null || (hasRecord && !endsWithRecord(line))) {
      throw new FailedStep("unreadable", at.sequence, "The line is no record of an export.");
    }
    const leaf = bytesOfHex(parts[1]);
    if (hasRecord) this.checkRecord(line.subarray(start, -1), leaf, at, manifest);
    else if (!Object.keys(manifest.filters).length) {
      const why = "The record is left out, but no filter excludes it.";
      throw new FailedStep("unreadable", at.sequence, why);
    }
    at.link = sha256(LINK, at.link, leaf);
    if (parts[2] !== undefined && !areSame(bytesOfHex(parts[2]), at.link)) {
      throw new FailedStep("chain_break", at.sequence, "The event hash does not follow.");
    }
    return leaf;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {Uint8Array} leaf
   * @param {Place} at
   * @param {ExportManifest} manifest
   */
  checkRecord(bytes, leaf, at, manifest) {
    const { sequence } = at;
    const record = readExported(bytes, sequence);
    if (!areSame(leafHash(bytes), leaf)) {
      throw new FailedStep("hash_mismatch", sequence, "The record was changed.");
    }
    if (record.workspaceId !== manifest.workspaceId || record.sequence !== sequence) {
      const reason = `It is record ${record.sequence} of ${record.workspaceId}.`;
      throw new FailedStep("sequence_gap", sequence, reason);
    }
    checkTime(record, at, manifest);
    at.time = record.createdAt;
    this.recordsInFile += 1;
    if (this.records.length < (this.options.mostShown ?? 1000)) {
      const { id, event, text } = record;
      this.records.push({ sequence, id, status: "proved", event, text });
    }
  }
}
