// Checks a page of events: the answer to GET /v1/events with include=proof.

import { bytesOf } from "./bytes.js";
import { checkCheckpoint } from "./check_proof_file.js";
import { FailedStep, Unreadable, WrongProof, inStep } from "./failures.js";
import { leafHash } from "./merkle.js";
import { checkTree } from "./page_tree.js";
import { readProofFile } from "./proof_file.js";
import { readPlacedRecord } from "./proof_steps.js";
import { isObject } from "./record.js";
import { readTrust } from "./trust.js";
import { bareVerdict, brokenVerdict, outcomeOf, verdictOf } from "./verdict.js";

const SLICE_MILLISECONDS = 40;

/** @typedef {import("./check_proof_file.js").CheckOptions} CheckOptions */
/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/** @typedef {import("./verdict.js").CheckedRecord} CheckedRecord */
/** @typedef {import("./verdict.js").Verdict} Verdict */
/**
 * What the reader may see: the token names it.
 *
 * @typedef {{ workspaceId: string, tenantId?: string, actorId?: string }} Expected
 */
/**
 * `proof` is what the server sent, and may be anything. `onProgress` gets the number of records
 * checked and of all.
 *
 * @typedef {CheckOptions & {
 *   proof: unknown, expected: Expected, onProgress?: (done: number, all: number) => void
 * }} PageOptions
 */
/** @typedef {import("./page_tree.js").ReadPage} ReadPage */
/** @typedef {{ index: number, record: string }} SentRecord */

/**
 * Check every record of a page, and the checkpoint that covers them.
 *
 * If the tree has another root, the server's nodes may show which record was changed. It is broken
 * then, and the others are proved. Without such nodes, `brokenAt.sequence` is null for several.
 *
 * @param {PageOptions} options
 * @returns {Promise<Verdict>}
 */
export async function checkPage(options) {
  /** @type {ReadPage} */
  const page = { records: [], leaves: new Map(), size: 0 };
  try {
    const sent = readAnswer(options.proof);
    const trust = await inStep("keys", () => readTrust(options));
    const { checkpoint: file } = sent;
    const proof = file === null ? null : await inStep("file", () => readProofFile(file));
    page.size = proof === null ? 0 : sizeOf(proof, options.expected);
    await readRecords(page, sent.records, options);
    if (proof === null) return withoutCheckpoint(page.records, sent.reason);
    const changed = await inStep(
      "workspace tree",
      () => checkTree(page, proof.checkpoint.root, sent.nodes),
      onlyOne(page),
    );
    const found = await checkCheckpoint(proof, trust, options);
    const isBeyond = page.records.length > 0 && page.leaves.size === 0;
    const outcome = isBeyond ? "not_covered" : outcomeOf(found);
    const verdict = verdictOf(outcome, page.records, proof, trust, found, options.now);
    const reason = reasonOf(sent.reason);
    return changed === null
      ? { ...verdict, reason }
      : { ...verdict, reason, verdict: "broken", brokenAt: changed };
  } catch (error) {
    return brokenVerdict(error, page.records);
  }
}

/**
 * The sequence of the page's covered record, if it has one only.
 *
 * @param {ReadPage} page
 */
function onlyOne({ leaves }) {
  return leaves.size === 1 ? [...leaves.keys()][0] + 1 : null;
}

/**
 * The parts of the server's answer. Throws FailedStep unless each has its type.
 *
 * @param {unknown} proof
 */
function readAnswer(proof) {
  const {
    checkpoint = null,
    reason = null,
    records = [],
    nodes = {},
  } = isObject(proof) ? proof : {};
  const isRight =
    isObject(proof) &&
    (checkpoint === null || typeof checkpoint === "string") &&
    Array.isArray(records) &&
    records.every(isSentRecord) &&
    isObject(nodes);
  if (!isRight) throw new FailedStep("answer", null, "The server's answer has no proof of a page.");
  const sent = /** @type {SentRecord[]} */ (/** @type {unknown} */ (records));
  return { checkpoint, reason, records: sent, nodes };
}

/** @param {unknown} value */
function isSentRecord(value) {
  if (!isObject(value)) return false;
  const { index, record } = value;
  return Number.isSafeInteger(index) && Number(index) >= 0 && typeof record === "string";
}

/**
 * @param {ProofFile} proof
 * @param {Expected} expected
 */
function sizeOf({ checkpoint, event }, expected) {
  const { workspaceId, size } = checkpoint;
  if (workspaceId !== expected.workspaceId || event !== null) {
    throw new FailedStep("map", null, `The checkpoint is not one of ${expected.workspaceId}.`);
  }
  return Number(size);
}

/**
 * Read the records, and the leaf hashes of those that are covered. It pauses now and then, so that
 * the page stays alive.
 *
 * @param {ReadPage} page
 * @param {readonly SentRecord[]} sent
 * @param {PageOptions} options
 */
async function readRecords(page, sent, { expected, onProgress }) {
  let resumed = performance.now();
  for (const each of sent) {
    addRecord(page, each, expected);
    if (performance.now() - resumed > SLICE_MILLISECONDS) {
      onProgress?.(page.records.length, sent.length);
      await new Promise((resolve) => setTimeout(resolve));
      resumed = performance.now();
    }
  }
  onProgress?.(sent.length, sent.length);
}

/**
 * @param {ReadPage} page
 * @param {SentRecord} sent
 * @param {Expected} expected
 */
function addRecord(page, { index, record: text }, expected) {
  const bytes = bytesOf(text);
  const sequence = index + 1;
  try {
    if (page.leaves.has(index)) throw new WrongProof("The page has this record twice.");
    const record = readPlacedRecord(bytes, BigInt(index), expected.workspaceId);
    const { id, event, text: exact } = record;
    checkOwner(event.tenant_id, expected.tenantId, "tenant");
    checkOwner(event.actor_id, expected.actorId, "actor");
    const isCovered = index < page.size;
    if (isCovered) page.leaves.set(index, leafHash(bytes));
    const status = isCovered ? "proved" : "not_covered";
    page.records.push({ sequence, id, status, event, text: exact });
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof WrongProof)) throw error;
    const reason = error.message;
    page.records.push({ sequence, id: null, status: "broken", event: null, text, reason });
    throw new FailedStep("record", sequence, reason);
  }
}

/**
 * @param {unknown} found
 * @param {string | undefined} expected
 * @param {string} what
 */
function checkOwner(found, expected, what) {
  if (expected !== undefined && found !== expected) {
    throw new WrongProof(`The record is not one of this ${what}.`);
  }
}

/**
 * The verdict on a page for which the server has no checkpoint, and says why.
 *
 * @param {CheckedRecord[]} records
 * @param {unknown} reason
 */
function withoutCheckpoint(records, reason) {
  const said = reasonOf(reason) ?? "The server has no checkpoint.";
  const isDamaged = isObject(reason) && reason.code === "chain_damaged";
  if (isDamaged) throw new FailedStep("chain", null, `This server says: ${said}`);
  return bareVerdict("not_covered", records, said);
}

/**
 * What the server says of a checkpoint that it has not, or that will not cover more.
 *
 * @param {unknown} reason
 */
function reasonOf(reason) {
  return isObject(reason) && typeof reason.message === "string" ? reason.message : null;
}
