// SHA-256 (FIPS 180-4), synchronous. A page of records needs tens of thousands of short hashes, and
// each call of WebCrypto costs more than such a hash.

const ROUNDS = 64;
const BLOCK_BYTES = 64;

/**
 * The first 32 bits of the fraction of a power of each of the first primes.
 *
 * @param {number} count
 * @param {number} power
 */
function fractionsOfPrimes(count, power) {
  const primes = [2];
  for (let each = 3; primes.length < count; each += 2) {
    if (primes.every((prime) => each % prime)) primes.push(each);
  }
  return Int32Array.from(primes, (prime) => (prime ** power % 1) * 2 ** 32);
}

const CONSTANTS = fractionsOfPrimes(ROUNDS, 1 / 3);
const INITIAL = fractionsOfPrimes(8, 1 / 2);
const schedule = new Int32Array(ROUNDS);
let messageBlocks = new Uint8Array(64 * BLOCK_BYTES);

/**
 * The hash of these parts, one after the other.
 *
 * @param {...Uint8Array} parts
 */
export function sha256(...parts) {
  const blocks = padded(parts);
  const state = INITIAL.slice();
  for (let block = 0; block < blocks; block += 1) compress(state, block * BLOCK_BYTES);
  const digest = new Uint8Array(32);
  for (let at = 0; at < 32; at += 1) digest[at] = state[at >> 2] >>> (24 - 8 * (at & 3));
  return digest;
}

/**
 * Write the message with its padding. Returns its number of blocks.
 *
 * @param {readonly Uint8Array[]} parts
 */
function padded(parts) {
  let length = 0;
  for (const each of parts) length += each.length;
  const blocks = Math.ceil((length + 9) / BLOCK_BYTES);
  const end = blocks * BLOCK_BYTES;
  if (messageBlocks.length < end) messageBlocks = new Uint8Array(2 * end);
  let at = 0;
  for (const each of parts) {
    messageBlocks.set(each, at);
    at += each.length;
  }
  messageBlocks.fill(0, at, end);
  messageBlocks[at] = 0x80;
  const view = new DataView(messageBlocks.buffer);
  view.setUint32(end - 8, Math.floor(length / 2 ** 29));
  view.setUint32(end - 4, (length % 2 ** 29) * 8);
  return blocks;
}

/**
 * Add one block of the message to the state.
 *
 * @param {Int32Array} state
 * @param {number} start
 */
function compress(state, start) {
  const w = schedule;
  for (let at = 0, byte = start; at < 16; at += 1, byte += 4) {
    w[at] =
      (messageBlocks[byte] << 24) |
      (messageBlocks[byte + 1] << 16) |
      (messageBlocks[byte + 2] << 8) |
      messageBlocks[byte + 3];
  }
  for (let at = 16; at < ROUNDS; at += 1) {
    const x = w[at - 15];
    const y = w[at - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[at] = (w[at - 16] + s0 + w[at - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let at = 0; at < ROUNDS; at += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + CONSTANTS[at] + w[at]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}
