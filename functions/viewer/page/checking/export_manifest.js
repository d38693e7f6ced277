// The manifest, which is the first line of an export file. docs/auditors.md describes it.

import { bytesOfHex, readUtf8 } from "./bytes.js";
import { isCanonicalTime } from "./canonical_time.js";
import { integerAt, readJson } from "./exact_json.js";
import { Unreadable } from "./failures.js";
import { isObject } from "./record.js";
import { HASH_BYTES } from "./spelling.js";

const FORMAT = "indelible-export";
const MOST_HASHES = 64;
const HEX_HASH = /^[0-9a-f]{64}$/;
const CHECKPOINT_NAMES = new Set(["file", "left", "right", "missing"]);

/** @typedef {import("./exact_json.js").JsonValue} JsonValue */
/** @typedef {{ [name: string]: JsonValue }} JsonObject */
/** @typedef {{ file: string, left: Uint8Array[], right: Uint8Array[] } | { missing: string }} FileCheckpoint */
/**
 * @typedef {object} ExportManifest
 * @property {string} workspaceId
 * @property {number} first the sequence of the first record
 * @property {Uint8Array} linkBefore the event hash before the first record, or zeros
 * @property {number} last the sequence of the head
 * @property {Uint8Array} headHash
 * @property {string | null} from
 * @property {string | null} to
 * @property {JsonObject} filters which leave records out
 * @property {string} createdAt
 * @property {string | null} damageAfterHead
 * @property {FileCheckpoint | null} checkpoint
 */

/**
 * Read the first line. Throws Unreadable if it is not a manifest of version 1 or 2.
 *
 * @param {Uint8Array} line
 * @returns {ExportManifest}
 */
export function readManifest(line) {
  const read = readJson(readUtf8(line, "the manifest"), "the manifest");
  const head = isObject(read) ? read.head : null;
  if (!isObject(read) || !isObject(head) || read.format !== FORMAT) {
    throw new Unreadable("the first line is not the manifest of an export");
  }
  const version = integerAt(read, "version");
  if (version !== 1 && version !== 2) {
    throw new Unreadable("the export is of a version that is not known here");
  }
  const checkpoint = readCheckpoint(read.checkpoint ?? null);
  const manifest = {
    workspaceId: textIn(read, "workspace_id"),
    first: integerIn(read, "first_sequence"),
    linkBefore: linkIn(read, "previous_event_hash"),
    last: integerIn(head, "sequence"),
    headHash: linkIn(head, "event_hash"),
    from: textOrNullIn(read, "from"),
    to: textOrNullIn(read, "to"),
    filters: filtersOf(read.filters),
    createdAt: textIn(read, "created_at"),
    damageAfterHead: textOrNullIn(read, "damage_after_head"),
    checkpoint,
  };
  checkConsistent(manifest, integerIn(read, "records"), version);
  return manifest;
}

/**
 * @param {ExportManifest} manifest
 * @param {number} records
 * @param {number} version
 */
function checkConsistent({ first, last, from, to, filters, checkpoint }, records, version) {
  const isRight =
    first >= 1 &&
    records >= 0 &&
    records === last - first + 1 &&
    !("from" in filters || "to" in filters) &&
    [from, to].every((each) => each === null || isCanonicalTime(each)) &&
    (checkpoint !== null) === (version === 2);
  if (!isRight) throw new Unreadable("the manifest of the export contradicts itself");
}

/**
 * @param {JsonValue} value
 * @returns {FileCheckpoint | null}
 */
function readCheckpoint(value) {
  if (value === null) return null;
  if (isObject(value) && Object.keys(value).every((each) => CHECKPOINT_NAMES.has(each))) {
    const { file = null, left = null, right = null, missing = null } = value;
    if (typeof missing === "string" && file === null && left === null && right === null) {
      return { missing };
    }
    if (typeof file === "string" && missing === null) {
      return { file, left: hashesOf(left), right: hashesOf(right) };
    }
  }
  throw new Unreadable("a checkpoint has `file`, `left` and `right`, or `missing` alone");
}

/** @param {JsonValue} value */
function hashesOf(value) {
  if (!Array.isArray(value) || value.length > MOST_HASHES) {
    throw new Unreadable("the hashes beside the file are not a list of at most 64");
  }
  return value.map((each) => readHexHash(each, "a hash beside the file"));
}

/**
 * The 32 bytes of a hash in lower-case hex.
 *
 * @param {JsonValue | undefined} value
 * @param {string} what
 */
export function readHexHash(value, what) {
  if (typeof value !== "string" || !HEX_HASH.test(value))
    throw new Unreadable(`${what} is no hash`);
  return bytesOfHex(value);
}

/**
 * An event hash; zeros for null, which is how zeros must be written.
 *
 * @param {JsonObject} object
 * @param {string} name
 */
function linkIn(object, name) {
  if (object[name] === null) return new Uint8Array(HASH_BYTES);
  const link = readHexHash(object[name], `\`${name}\` of the manifest`);
  if (link.every((each) => each === 0)) throw new Unreadable("zeros must be written as null");
  return link;
}

/**
 * @param {JsonObject} object
 * @param {string} name
 */
function textIn(object, name) {
  const value = object[name];
  if (typeof value !== "string") throw new Unreadable(`the manifest has no text \`${name}\``);
  return value;
}

/**
 * @param {JsonObject} object
 * @param {string} name
 */
function textOrNullIn(object, name) {
  return object[name] === null ? null : textIn(object, name);
}

/**
 * @param {JsonObject} object
 * @param {string} name
 */
function integerIn(object, name) {
  const value = integerAt(object, name);
  if (value === null) throw new Unreadable(`the manifest has no number \`${name}\``);
  return value;
}

/** @param {JsonValue | undefined} filters */
function filtersOf(filters) {
  const isText = (/** @type {JsonValue} */ each) => typeof each === "string";
  const isFilter = (/** @type {JsonValue} */ each) =>
    isText(each) || (Array.isArray(each) && each.every(isText));
  if (!isObject(filters) || !Object.values(filters).every(isFilter)) {
    throw new Unreadable("the manifest has no filters");
  }
  return filters;
}
