// Verifier keys (C2SP signed-note): `<name>+<key ID in hex>+<base64 of type || public key>`.

import { areSame, bytesOf, hexOf } from "./bytes.js";
import { Unreadable } from "./failures.js";
import { sha256 } from "./sha256.js";
import { fromBase64 } from "./spelling.js";

export const KEY_ID_BYTES = 4;
export const KEY_OF_LOG = 0x01;
export const KEY_OF_WITNESS = 0x04;
const PUBLIC_KEY_BYTES = 32;
const KEY_NAME =
  /^[^\x00-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]+$/u;

/**
 * @typedef {object} VerifierKey
 * @property {string} name
 * @property {number} type KEY_OF_LOG or KEY_OF_WITNESS
 * @property {Uint8Array} publicKey 32 bytes
 * @property {Uint8Array} id 4 bytes
 * @property {string} vkey the key as one line
 */

/**
 * Whether a key may have this name: no space of Unicode, no plus, no control character.
 *
 * @param {string} name
 */
export function isKeyName(name) {
  return KEY_NAME.test(name);
}

/**
 * @param {string} vkey
 * @returns {VerifierKey}
 */
export function readVerifierKey(vkey) {
  const first = vkey.indexOf("+");
  const second = vkey.indexOf("+", first + 1);
  if (first < 0 || second < 0) {
    throw new Unreadable(`"${vkey}" is no verifier key: <name>+<key ID>+<key>`);
  }
  const name = vkey.slice(0, first);
  const typed = fromBase64(vkey.slice(second + 1), `the key of ${name}`);
  const [type] = typed;
  const publicKey = typed.slice(1);
  if (!isKeyName(name)) throw new Unreadable(`"${name}" is no name of a key`);
  if (type !== KEY_OF_LOG && type !== KEY_OF_WITNESS) {
    throw new Unreadable(`the key ${name} is neither one of a log nor one of a witness`);
  }
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new Unreadable(`the key ${name} must have ${PUBLIC_KEY_BYTES} bytes`);
  }
  const id = sha256(bytesOf(`${name}\n`), typed).slice(0, KEY_ID_BYTES);
  if (hexOf(id) !== vkey.slice(first + 1, second)) {
    throw new Unreadable(`the key ${name} has the ID ${hexOf(id)}, not that of its line`);
  }
  return { name, type, publicKey, id, vkey };
}

/**
 * Whether the public keys are the same, whatever their names.
 *
 * @param {VerifierKey} left
 * @param {VerifierKey} right
 */
export function haveSamePublicKey(left, right) {
  return areSame(left.publicKey, right.publicKey);
}
