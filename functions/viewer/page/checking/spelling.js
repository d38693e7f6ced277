// What all formats of C2SP share: whole lines, standard base64 and decimal numbers. Each value has
// exactly one spelling, so that nobody can change the bytes of a file without changing what it says.

import { readUtf8 } from "./bytes.js";
import { Unreadable } from "./failures.js";

export const HASH_BYTES = 32;
const MOST_NUMBER = 2n ** 63n - 1n;
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEXTETS = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value += 1)
  SEXTETS[ALPHABET.charCodeAt(value)] = value;

/**
 * The text of at most `most` bytes of UTF-8, each line of which ends in a line feed alone.
 *
 * @param {Uint8Array} bytes
 * @param {number} most
 * @param {string} what
 */
export function readText(bytes, most, what) {
  if (bytes.length > most) {
    throw new Unreadable(`${what} has ${bytes.length} bytes; at most ${most} are read`);
  }
  if (bytes[bytes.length - 1] !== 10) {
    throw new Unreadable(`${what} does not end in a newline; it may be cut off`);
  }
  const text = readUtf8(bytes, what);
  if (CONTROL.test(text)) throw new Unreadable(`${what} has a control character`);
  return text;
}

/**
 * The lines of a text that `readText` returned.
 *
 * @param {string} text
 */
export function linesOf(text) {
  return text.split("\n").slice(0, -1);
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const left = bytes.length - at;
    text += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63];
    text += left > 1 ? ALPHABET[(bits >> 6) & 63] : "=";
    text += left > 2 ? ALPHABET[bits & 63] : "=";
  }
  return text;
}

/**
 * Decode what `toBase64` returned, and nothing else.
 *
 * @param {string} text
 * @param {string} what
 */
export function fromBase64(text, what) {
  const digits = text.endsWith("==") ? text.slice(0, -2) : text.replace(/=$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  for (let at = 0, byte = 0; at < digits.length; at += 1) {
    const value = SEXTETS[digits.charCodeAt(at)] ?? -1;
    if (value < 0) throw new Unreadable(`${what} is not base64`);
    bits = ((bits << 6) | value) & 0xffffff;
    if (at % 4) {
      bytes[byte] = bits >> (6 - 2 * (at % 4));
      byte += 1;
    }
  }
  const isRest = digits.length % 4 > 0;
  const spare = isRest ? bits & ((1 << (digits.length % 4 === 2 ? 4 : 2)) - 1) : 0;
  if (text.length % 4 || digits.length % 4 === 1 || spare) {
    throw new Unreadable(`${what} is not base64 in its one spelling`);
  }
  return bytes;
}

/**
 * @param {string} text
 * @param {string} what
 */
export function readHash(text, what) {
  const hash = fromBase64(text, what);
  if (hash.length !== HASH_BYTES) {
    throw new Unreadable(`${what} has ${hash.length} bytes and must have ${HASH_BYTES}`);
  }
  return hash;
}

/**
 * A decimal number from 0 to 2^63-1 without leading zeros. Sizes and times may be this large.
 *
 * @param {string} text
 * @param {string} what
 */
export function readNumber(text, what) {
  if (!DECIMAL.test(text) || BigInt(text) > MOST_NUMBER) {
    throw new Unreadable(`${what} is not a decimal number from 0 to 2^63-1 without leading zeros`);
  }
  return BigInt(text);
}
