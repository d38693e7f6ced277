// What the signatures of a checkpoint are worth to somebody with a policy.

import { bytesOf } from "./bytes.js";
import { isSigned } from "./ed25519.js";
import { Unreadable, WrongProof } from "./failures.js";
import { findSignature, readTreeHead } from "./note.js";
import { NO_QUORUM } from "./policy.js";

const TIME_BYTES = 8;
const COSIGNATURE_BYTES = TIME_BYTES + 64;
const MOST_TIME = 2n ** 63n - 1n;

/** @typedef {import("./note.js").SignedNote} SignedNote */
/** @typedef {import("./policy.js").Policy} Policy */
/** @typedef {import("./verifier_key.js").VerifierKey} VerifierKey */
/**
 * @typedef {object} Endorsement
 * @property {VerifierKey} log the key that signed
 * @property {Map<string, bigint>} cosignedAt the time (Unix seconds) of each witness, by its name
 * @property {boolean} isQuorumMet
 * @property {bigint | null} quorumTime the latest time from which on enough witnesses cosigned
 */

/**
 * Check the signatures of a checkpoint. A wrong one of any key of the policy is refused, whoever
 * else signed. Too few witnesses are no error here.
 *
 * @param {Policy} policy
 * @param {SignedNote} note
 * @returns {Promise<Endorsement>}
 */
export async function evaluateNote(policy, note) {
  const { origin } = readTreeHead(note.text);
  /** @type {VerifierKey | null} */
  let log = null;
  for (const key of policy.logs) {
    if ((await isSignedBy(note, key)) && key.name === origin) log ??= key;
  }
  if (log === null)
    throw new WrongProof(`No key that you trust signed this checkpoint of ${origin}.`);
  /** @type {Map<string, bigint>} */
  const cosignedAt = new Map();
  for (const [name, key] of policy.witnesses) {
    const time = await timeOfCosignature(note, key);
    if (time !== null) cosignedAt.set(name, time);
  }
  const quorumTime = timesOfAll(policy, cosignedAt).get(policy.quorum) ?? null;
  const isQuorumMet = policy.quorum === NO_QUORUM || quorumTime !== null;
  return { log, cosignedAt, isQuorumMet, quorumTime };
}

/**
 * @param {SignedNote} note
 * @param {VerifierKey} key
 */
async function isSignedBy(note, key) {
  const found = findSignature(note, key);
  if (found === null) return false;
  if (!(await isSigned(key.publicKey, bytesOf(note.text), found.signature))) {
    throw new WrongProof(`The signature of ${key.name} is not one of this note.`);
  }
  return true;
}

/**
 * When the witness cosigned the note (C2SP tlog-cosignature); null if it did not.
 *
 * @param {SignedNote} note
 * @param {VerifierKey} key
 */
async function timeOfCosignature(note, key) {
  const found = findSignature(note, key);
  if (found === null) return null;
  const { signature } = found;
  if (signature.length !== COSIGNATURE_BYTES) {
    throw new Unreadable(`the cosignature of ${key.name} must have ${COSIGNATURE_BYTES} bytes`);
  }
  const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  if (time > MOST_TIME) throw new Unreadable("the time of a cosignature is over 2^63-1");
  const message = bytesOf(`cosignature/v1\ntime ${time}\n${note.text}`);
  if (!(await isSigned(key.publicKey, message, signature.slice(TIME_BYTES)))) {
    throw new WrongProof(`The cosignature of ${key.name} is not one of this checkpoint.`);
  }
  return time;
}

/**
 * The time of each witness and each group that has cosigned.
 *
 * @param {Policy} policy
 * @param {Map<string, bigint>} cosignedAt
 */
function timesOfAll(policy, cosignedAt) {
  const times = new Map(cosignedAt);
  for (const [name, { threshold, members }] of policy.groups) {
    const found = members.flatMap((each) => times.get(each) ?? []);
    const latestFirst = found.sort((left, right) => (left < right ? 1 : left > right ? -1 : 0));
    if (latestFirst.length >= threshold) times.set(name, latestFirst[threshold - 1]);
  }
  return times;
}
