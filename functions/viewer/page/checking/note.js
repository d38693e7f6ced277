// Signed notes (C2SP signed-note) and the checkpoints that they hold (C2SP tlog-checkpoint).

import { areSame, bytesOf } from "./bytes.js";
import { Unreadable } from "./failures.js";
import { fromBase64, linesOf, readHash, readNumber, readText } from "./spelling.js";
import { KEY_ID_BYTES, isKeyName } from "./verifier_key.js";

export const MOST_NOTE_BYTES = 256 * 1024;
const DASH = "\u2014 ";

/** @typedef {import("./verifier_key.js").VerifierKey} VerifierKey */
/** @typedef {{ name: string, keyId: Uint8Array, signature: Uint8Array }} NoteSignature */
/** @typedef {{ text: string, signatures: NoteSignature[] }} SignedNote */
/** @typedef {{ origin: string, size: bigint, root: Uint8Array }} TreeHead */

/**
 * Read a note. Its signatures are not checked here.
 *
 * @param {string} note
 * @returns {SignedNote}
 */
export function readNote(note) {
  readText(bytesOf(note), MOST_NOTE_BYTES, "the note");
  const end = note.lastIndexOf("\n\n");
  if (end < 0) throw new Unreadable("the note has no empty line before its signatures");
  const lines = note.slice(end + 2);
  readText(bytesOf(lines), MOST_NOTE_BYTES, "the note after its last empty line");
  return { text: note.slice(0, end + 1), signatures: linesOf(lines).map(readSignature) };
}

/**
 * @param {string} line
 * @returns {NoteSignature}
 */
function readSignature(line) {
  const end = line.indexOf(" ", DASH.length);
  const name = line.slice(DASH.length, end);
  if (!line.startsWith(DASH) || end < 0 || !isKeyName(name)) {
    throw new Unreadable("a line is no signature of a note: \u2014 <name> <base64>");
  }
  const signed = fromBase64(line.slice(end + 1), `the signature of ${name}`);
  if (signed.length <= KEY_ID_BYTES) throw new Unreadable(`the signature of ${name} is too short`);
  return { name, keyId: signed.slice(0, KEY_ID_BYTES), signature: signed.slice(KEY_ID_BYTES) };
}

/**
 * The signature that bears the key's name and ID, which anybody may write; null without one. Two
 * are refused: which one counts is not clear.
 *
 * @param {SignedNote} note
 * @param {VerifierKey} key
 */
export function findSignature(note, key) {
  const found = note.signatures.filter((e) => e.name === key.name && areSame(e.keyId, key.id));
  if (found.length > 1) throw new Unreadable(`the note has two signatures of ${key.name}`);
  return found[0] ?? null;
}

/**
 * Read the three lines of a checkpoint: origin, size and root.
 *
 * @param {string} text
 * @returns {TreeHead}
 */
export function readTreeHead(text) {
  const lines = linesOf(readText(bytesOf(text), MOST_NOTE_BYTES, "the checkpoint"));
  const [origin, size, root] = lines;
  if (lines.length !== 3 || !origin) {
    throw new Unreadable("a checkpoint has three lines: origin, size and root");
  }
  return {
    origin,
    size: readNumber(size, "the size of the checkpoint"),
    root: readHash(root, "the root of the checkpoint"),
  };
}
