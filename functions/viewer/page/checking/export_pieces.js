// The lines of an export file: gzip of one or several members, or plain text.

import { joined } from "./bytes.js";
import { Unreadable } from "./failures.js";

const MOST_LINE_BYTES = 1024 * 1024;
const MOST_MEMBER_BYTES = 1024 * 1024 * 1024;
const MOST_TRIES = 64;
const LINE_FEED = 10;

/** @param {Uint8Array} bytes */
export function isGzip(bytes) {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Yield each line without its line feed. Throws Unreadable where the file is damaged or cut off.
 *
 * @param {Uint8Array} bytes
 */
export async function* exportLines(bytes) {
  /** @type {Uint8Array} */
  let rest = new Uint8Array();
  for await (const piece of isGzip(bytes) ? unpacked(bytes) : [bytes]) {
    const block = rest.length ? joined([rest, piece]) : piece;
    let start = 0;
    for (let end = block.indexOf(LINE_FEED); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      yield block.subarray(start, end);
      start = end + 1;
    }
    rest = block.slice(start);
    if (rest.length > MOST_LINE_BYTES) {
      throw new Unreadable("a line is longer than any line of an export");
    }
  }
  if (rest.length) throw new Unreadable("the last line is cut off");
}

/**
 * Yield the content of the gzip members (RFC 1952), one after the other.
 *
 * DecompressionStream takes one member exactly and does not say where it ends. So a member is tried
 * up to each place that could begin the next one: few places inside a member look like that.
 *
 * @param {Uint8Array} bytes
 */
async function* unpacked(bytes) {
  for (let start = 0; start < bytes.length; ) {
    let end = nextBegin(bytes, start + 1);
    let pieces = await inflate(bytes.subarray(start, end));
    for (let tries = 1; pieces === null && end < bytes.length && tries < MOST_TRIES; tries += 1) {
      end = nextBegin(bytes, end + 1);
      pieces = await inflate(bytes.subarray(start, end));
    }
    if (pieces === null) throw new Unreadable("the file does not decompress, or is cut off");
    yield* pieces;
    start = end;
  }
}

/**
 * Where the next member may begin, or the end of the file.
 *
 * @param {Uint8Array} bytes
 * @param {number} from
 */
function nextBegin(bytes, from) {
  for (let at = bytes.indexOf(0x1f, from); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 8 && bytes[at + 3] < 32) return at;
  }
  return bytes.length;
}

/**
 * The content of one member; null if the bytes are not one exactly.
 *
 * @param {Uint8Array} member
 */
async function inflate(member) {
  const stream = new Blob([new Uint8Array(member)]).stream();
  const reader = stream.pipeThrough(new DecompressionStream("gzip")).getReader();
  const pieces = [];
  let size = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      pieces.push(step.value);
      size += step.value.length;
      if (size > MOST_MEMBER_BYTES) {
        throw new Unreadable("a part of the file is too large for a browser");
      }
    }
  } catch (error) {
    if (error instanceof TypeError) return null; // what the stream throws for wrong bytes
    throw error;
  }
  return pieces;
}
