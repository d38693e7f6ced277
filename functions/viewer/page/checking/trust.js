// What a reader trusts: a policy of the reader's own, or keys without one.

import { bytesOf } from "./bytes.js";
import { readPolicy } from "./policy.js";
import { KEY_OF_LOG, haveSamePublicKey, readVerifierKey } from "./verifier_key.js";

/** @typedef {import("./policy.js").Policy} Policy */
/** @typedef {import("./verifier_key.js").VerifierKey} VerifierKey */
/**
 * @typedef {object} TrustOptions
 * @property {readonly string[]} [keys] verifier keys of logs and witnesses, one a line
 * @property {string | Uint8Array | null} [policy] a policy, which replaces the keys
 */
/**
 * @typedef {object} Trust
 * @property {Policy} policy
 * @property {boolean} needsQuorum whether it is wrong if the quorum is not met
 * @property {boolean} hasKeys whether any log is trusted
 */

const ANY_WITNESS = "any witness"; // no key has a name with a space

/**
 * Read what the reader trusts. Throws Unreadable, which says what to correct.
 *
 * With a policy, its quorum must be met. With keys alone, one witness among them is enough to speak
 * of witnesses, and without one the log's signature is all there is.
 *
 * @param {TrustOptions} options
 * @returns {Trust}
 */
export function readTrust({ keys = [], policy = null }) {
  if (policy !== null && policy.length) {
    return { policy: readPolicy(bytesOf(policy)), needsQuorum: true, hasKeys: true };
  }
  /** @type {VerifierKey[]} */
  const logs = [];
  /** @type {Map<string, VerifierKey>} */
  const witnesses = new Map();
  for (const key of keys.map(readVerifierKey)) {
    const others = key.type === KEY_OF_LOG ? logs : [...witnesses.values()];
    if (others.some((each) => haveSamePublicKey(each, key))) continue;
    if (key.type === KEY_OF_LOG) logs.push(key);
    else witnesses.set(witnesses.has(key.name) ? key.vkey : key.name, key);
  }
  const groups = new Map([[ANY_WITNESS, { threshold: 1, members: [...witnesses.keys()] }]]);
  return {
    policy: { logs, witnesses, groups, quorum: ANY_WITNESS },
    needsQuorum: false,
    hasKeys: logs.length > 0,
  };
}
