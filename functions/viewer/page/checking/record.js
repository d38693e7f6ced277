// Records: the exact bytes of an event, and what the service says of it.

import { readUtf8 } from "./bytes.js";
import { integerAt, readJson } from "./exact_json.js";
import { Unreadable } from "./failures.js";

/** @typedef {import("./exact_json.js").JsonValue} JsonValue */
/**
 * @typedef {object} AuditRecord
 * @property {number} sequence
 * @property {string} id
 * @property {string} workspaceId
 * @property {string} createdAt
 * @property {string} receivedAt
 * @property {string} text its exact text
 * @property {{ [name: string]: JsonValue }} event its fields. Integers over 2^53 are BigInt.
 */

/**
 * Read a record of format 1, in which no name is given twice, at whatever depth. Ingest accepts
 * events of at most 32 levels.
 *
 * @param {Uint8Array} bytes
 * @returns {AuditRecord}
 */
export function readRecord(bytes) {
  const text = readUtf8(bytes, "the record");
  const event = readJson(text, "the record");
  if (!isObject(event)) throw new Unreadable("the record is not a JSON object");
  const [format, sequence] = [integerAt(event, "format"), integerAt(event, "sequence")];
  if (format === null || sequence === null) {
    throw new Unreadable("the record has no format, or no sequence that a browser can count");
  }
  if (format !== 1) throw new Unreadable(`the record has the format ${format}; 1 is read`);
  return {
    sequence,
    id: textOf(event, "id"),
    workspaceId: textOf(event, "workspace_id"),
    createdAt: textOf(event, "created_at"),
    receivedAt: textOf(event, "received_at"),
    text,
    event,
  };
}

/**
 * @param {unknown} value
 * @returns {value is { [name: string]: JsonValue }}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {{ [name: string]: JsonValue }} event
 * @param {string} name
 */
function textOf(event, name) {
  const value = event[name];
  if (typeof value !== "string") throw new Unreadable(`the record has no text \`${name}\``);
  return value;
}
