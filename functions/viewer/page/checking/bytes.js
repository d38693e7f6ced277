// Bytes: as UTF-8, as hex, compared and joined.

import { Unreadable } from "./failures.js";

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The bytes of a text; bytes as they are.
 *
 * @param {string | Uint8Array} text
 */
export function bytesOf(text) {
  return typeof text === "string" ? utf8Encoder.encode(text) : text;
}

/**
 * The text of bytes that must be UTF-8.
 *
 * @param {Uint8Array} bytes
 * @param {string} what
 */
export function readUtf8(bytes, what) {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    throw new Unreadable(`${what} is not UTF-8`);
  }
}

/** @param {Uint8Array} bytes */
export function hexOf(bytes) {
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}

/**
 * The bytes of lower-case hex, which the caller has checked.
 *
 * @param {string} hex
 */
export function bytesOfHex(hex) {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

/**
 * Whether two strings of bytes are the same. Nothing compared here is secret.
 *
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function areSame(left, right) {
  return left.length === right.length && left.every((each, at) => each === right[at]);
}

/** @param {readonly Uint8Array[]} parts */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/**
 * Where two line feeds follow each other first, or -1.
 *
 * @param {Uint8Array} bytes
 */
export function findEmptyLine(bytes) {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at;
  }
  return -1;
}
