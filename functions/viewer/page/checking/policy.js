// Policies (C2SP tlog-policy): which logs and witnesses a reader trusts, and how many of them.

import { readUtf8 } from "./bytes.js";
import { Unreadable } from "./failures.js";
import { readNumber } from "./spelling.js";
import { KEY_OF_LOG, KEY_OF_WITNESS, haveSamePublicKey, readVerifierKey } from "./verifier_key.js";

const MOST_POLICY_BYTES = 64 * 1024;
const NOT_ALLOWED = /[\x00-\x08\x0b-\x1f\x7f]/;

/** The quorum that needs no witness. Nothing else may have this name. */
export const NO_QUORUM = "none";

/** @typedef {import("./verifier_key.js").VerifierKey} VerifierKey */
/** @typedef {{ threshold: number, members: string[] }} Group */
/**
 * @typedef {object} Policy
 * @property {VerifierKey[]} logs
 * @property {Map<string, VerifierKey>} witnesses
 * @property {Map<string, Group>} groups
 * @property {string} quorum
 */

/**
 * Read a policy, which must be UTF-8.
 *
 * @param {Uint8Array} bytes
 * @returns {Policy}
 */
export function readPolicy(bytes) {
  if (bytes.length > MOST_POLICY_BYTES) {
    throw new Unreadable(`the policy has ${bytes.length} bytes; ${MOST_POLICY_BYTES} are read`);
  }
  const text = readUtf8(bytes, "the policy");
  if (!text.endsWith("\n")) {
    throw new Unreadable("the policy does not end in a newline; it may be cut off");
  }
  const draft = new PolicyDraft();
  text
    .slice(0, -1)
    .split("\n")
    .forEach((line, before) => {
      try {
        draft.add(wordsOf(line));
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        throw new Unreadable(`line ${before + 1} of the policy: ${error.message}`);
      }
    });
  return draft.finished();
}

/**
 * The words of a line, none if it is a comment.
 *
 * @param {string} line
 */
function wordsOf(line) {
  if (NOT_ALLOWED.test(line)) throw new Unreadable("a control character is not allowed");
  const words = line.match(/[^ \t]+/g) ?? [];
  return words[0]?.startsWith("#") ? [] : [...words];
}

/** What the lines so far have defined. A line refers only to names of lines above it. */
class PolicyDraft {
  constructor() {
    /** @type {VerifierKey[]} */
    this.logs = [];
    /** @type {Map<string, VerifierKey>} */
    this.witnesses = new Map();
    /** @type {Map<string, Group>} */
    this.groups = new Map();
    /** @type {string | null} */
    this.quorum = null;
  }

  /** @param {string[]} words */
  add(words) {
    const [keyword, name, value, ...members] = words;
    if (keyword === undefined) return;
    if (keyword === "log" && (words.length === 2 || words.length === 3)) {
      this.logs.push(readNewKey(name, KEY_OF_LOG, this.logs));
    } else if (keyword === "witness" && (words.length === 3 || words.length === 4)) {
      this.checkNew(name);
      const others = [...this.witnesses.values()];
      this.witnesses.set(name, readNewKey(value, KEY_OF_WITNESS, others));
    } else if (keyword === "group" && members.length) {
      this.checkNew(name);
      this.checkMembers(members);
      this.groups.set(name, { threshold: readThreshold(value, members), members });
    } else if (keyword === "quorum" && words.length === 2) {
      this.setQuorum(name);
    } else {
      throw new Unreadable(`"${keyword}" has the wrong number of values, or is no keyword`);
    }
  }

  /** @param {string} name */
  isDefined(name) {
    return this.witnesses.has(name) || this.groups.has(name);
  }

  /** @param {string} name */
  checkNew(name) {
    if (name === NO_QUORUM || this.isDefined(name)) {
      throw new Unreadable(`the name "${name}" is taken`);
    }
  }

  /** @param {string[]} members */
  checkMembers(members) {
    const grouped = new Set([...this.groups.values()].flatMap((each) => each.members));
    for (const each of members) {
      if (!this.isDefined(each)) throw new Unreadable(`no line above defines "${each}"`);
      if (grouped.has(each)) throw new Unreadable(`"${each}" is in a group already`);
      grouped.add(each);
    }
  }

  /** @param {string} name */
  setQuorum(name) {
    if (this.quorum !== null) throw new Unreadable("there is a quorum already");
    if (name !== NO_QUORUM && !this.isDefined(name)) {
      throw new Unreadable(`no line above defines "${name}"`);
    }
    this.quorum = name;
  }

  /** @returns {Policy} */
  finished() {
    const { logs, witnesses, groups, quorum } = this;
    if (quorum === null) throw new Unreadable("the policy has no line `quorum`");
    return { logs, witnesses, groups, quorum };
  }
}

/**
 * @param {string} vkey
 * @param {number} type
 * @param {readonly VerifierKey[]} others
 */
function readNewKey(vkey, type, others) {
  const key = readVerifierKey(vkey);
  if (key.type !== type) throw new Unreadable(`the key ${key.name} has another type`);
  if (others.some((each) => haveSamePublicKey(each, key))) {
    throw new Unreadable(`the public key of ${key.name} is in another line already`);
  }
  return key;
}

/**
 * @param {string} text
 * @param {readonly string[]} members
 */
function readThreshold(text, members) {
  if (text === "any") return 1;
  if (text === "all") return members.length;
  const threshold = readNumber(text, "the threshold");
  if (threshold < 1n || threshold > BigInt(members.length)) {
    throw new Unreadable(`the threshold is ${text} and must be from 1 to ${members.length}`);
  }
  return Number(threshold);
}
