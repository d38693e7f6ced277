// Proof files and checkpoint files: C2SP tlog-proofs, whose extra data lead from a record, or from a
// workspace checkpoint, to the last entry of the log. Only the form is checked here.

import { bytesOf, findEmptyLine } from "./bytes.js";
import { Unreadable } from "./failures.js";
import { readNote, readTreeHead } from "./note.js";
import { fromBase64, linesOf, readHash, readNumber, readText } from "./spelling.js";
import { isKeyName } from "./verifier_key.js";
import { MAP_BITS } from "./workspace_map.js";

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const KIND = "indelible.proof/v1";
const MOST_BYTES = 1024 * 1024;
const MOST_PATH = 63;
const WORKSPACE_ID = /^[A-Za-z0-9_-]{1,64}$/;
const MAP_AT = 6;
const EVENT_AT = MAP_AT + MAP_BITS;

/** @typedef {import("./note.js").SignedNote} SignedNote */
/**
 * @typedef {object} WorkspaceCheckpoint
 * @property {string} text its three lines
 * @property {string} origin
 * @property {string} workspaceId
 * @property {bigint} epoch
 * @property {bigint} size
 * @property {Uint8Array} root
 */
/** @typedef {{ index: bigint, path: Uint8Array[], record: Uint8Array }} EventProof */
/**
 * @typedef {object} ProofFile
 * @property {bigint} logIndex
 * @property {Uint8Array[]} logPath
 * @property {SignedNote} note
 * @property {WorkspaceCheckpoint} checkpoint
 * @property {bigint} time of the run entry, in Unix seconds
 * @property {Uint8Array} leaf of the map
 * @property {Uint8Array[]} mapPath
 * @property {EventProof | null} event null in a checkpoint file
 */

/**
 * Read a proof file or a checkpoint file. Throws Unreadable for all that the service never writes.
 *
 * @param {string | Uint8Array} file
 * @returns {ProofFile}
 */
export function readProofFile(file) {
  const text = readText(bytesOf(file), MOST_BYTES, "the proof");
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, end).split("\n");
  if (lines.shift() !== FIRST_LINE) {
    throw new Unreadable(`no proof: its first line is not ${FIRST_LINE}`);
  }
  const extra = lines[0]?.startsWith("extra ") ? readExtra(lines.shift() ?? "") : new Uint8Array();
  const index = lines.shift() ?? "";
  if (end < 0 || !index.startsWith("index ")) {
    throw new Unreadable("the proof has no line `index`, or no empty line after its path");
  }
  const note = readNote(text.slice(end + 2));
  readTreeHead(note.text);
  return {
    logIndex: readNumber(index.slice("index ".length), "the index of the proof"),
    logPath: readHashes(lines),
    note,
    ...readOwnPart(extra),
  };
}

/** @param {string} line */
function readExtra(line) {
  const extra = fromBase64(line.slice("extra ".length), "the extra data of the proof");
  if (!extra.length) throw new Unreadable("the proof has a line `extra` without data");
  return extra;
}

/**
 * Read the extra data.
 *
 * @param {Uint8Array} extra
 */
function readOwnPart(extra) {
  const end = findEmptyLine(extra);
  const head = end < 0 ? extra : extra.subarray(0, end + 1);
  const lines = linesOf(readText(head, MOST_BYTES, "the extra data of the proof"));
  if (lines[0] !== KIND || lines.length < EVENT_AT) {
    throw new Unreadable(`the extra data of the proof is not ${KIND}, or is cut off`);
  }
  if (end >= 0 !== lines.length > EVENT_AT) {
    throw new Unreadable("a proof of an event must have an event, its path, and its record");
  }
  const eventLines = lines.slice(EVENT_AT);
  return {
    checkpoint: readWorkspaceCheckpoint(`${lines.slice(1, 4).join("\n")}\n`),
    time: readNumber(valueOf("time", lines[4]), "the time of the run"),
    leaf: fromBase64(valueOf("rows", lines[5]), "the leaf of the map"),
    mapPath: readPath("map", lines.slice(MAP_AT, EVENT_AT)),
    event: end < 0 ? null : readEvent(eventLines, extra.slice(end + 2)),
  };
}

/**
 * @param {string[]} lines
 * @param {Uint8Array} record
 * @returns {EventProof}
 */
function readEvent(lines, record) {
  const index = readNumber(valueOf("event", lines[0]), "the index of the event");
  return { index, path: readPath("path", lines.slice(1)), record };
}

/**
 * Read the text of a workspace checkpoint, whose first line is `<origin>/<workspace id>/<epoch>`.
 *
 * @param {string} text
 * @returns {WorkspaceCheckpoint}
 */
function readWorkspaceCheckpoint(text) {
  const { origin: name, size, root } = readTreeHead(text);
  const parts = name.split("/");
  const epoch = parts.pop() ?? "";
  const workspaceId = parts.pop() ?? "";
  const origin = parts.join("/");
  if (!isKeyName(origin) || !WORKSPACE_ID.test(workspaceId)) {
    throw new Unreadable("the first line of a workspace checkpoint names no workspace of a log");
  }
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Unreadable("the workspace tree is larger than a browser can count");
  }
  return { text, origin, workspaceId, epoch: readNumber(epoch, "the epoch"), size, root };
}

/**
 * @param {string} name
 * @param {string[]} lines
 */
function readPath(name, lines) {
  return readHashes(lines.map((each) => valueOf(name, each)));
}

/** @param {string[]} lines */
function readHashes(lines) {
  if (lines.length > MOST_PATH) throw new Unreadable(`a path has over ${MOST_PATH} hashes`);
  return lines.map((each) => readHash(each, "a hash of a path"));
}

/**
 * @param {string} name
 * @param {string} line
 */
function valueOf(name, line) {
  if (!line.startsWith(`${name} `)) {
    if (line === name) return "";
    throw new Unreadable(`the extra data of the proof has no line \`${name}\` where it must be`);
  }
  return line.slice(name.length + 1);
}
