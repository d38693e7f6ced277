// The workspace tree of a page: its covered records and the nodes beside them lead to the root.

import { areSame } from "./bytes.js";
import { Unreadable, WrongProof } from "./failures.js";
import { rootWithNodes } from "./shared_nodes.js";
import { readHash } from "./spelling.js";

const CHANGED = "The record is not the one that was covered.";

/** @typedef {import("./verdict.js").BrokenAt} BrokenAt */
/** @typedef {import("./verdict.js").CheckedRecord} CheckedRecord */
/** @typedef {{ records: CheckedRecord[], leaves: Map<number, Uint8Array>, size: number }} ReadPage */
/** @typedef {Readonly<Record<string, unknown>>} SentNodes */

/**
 * Compare the root. Returns null if it is right. If the records give another one, and the leaves
 * that the server says were covered give the right one, the records that differ are marked, and the
 * first of them is returned. Throws WrongProof when nothing gives the right root.
 *
 * @param {ReadPage} page
 * @param {Uint8Array} root
 * @param {SentNodes} nodes
 * @returns {BrokenAt | null}
 */
export function checkTree({ records, leaves, size }, root, nodes) {
  if (!leaves.size || areSame(rootWithNodes(leaves, size, nodes), root)) return null;
  const covered = new Map([...leaves].map(([at, leaf]) => [at, sentLeaf(nodes, at) ?? leaf]));
  if (!areSame(rootWithNodes(covered, size, nodes), root)) {
    throw new WrongProof("A record of this page, or a hash beside it, is not what was covered.");
  }
  const changed = records.filter(({ sequence }) => {
    const [leaf, other] = [leaves.get(sequence - 1), covered.get(sequence - 1)];
    return leaf !== undefined && other !== undefined && !areSame(leaf, other);
  });
  for (const each of changed) Object.assign(each, { status: "broken", reason: CHANGED });
  return { step: "workspace tree", sequence: changed[0].sequence, reason: CHANGED };
}

/**
 * The leaf hash that the server says was covered; null without one.
 *
 * @param {SentNodes} nodes
 * @param {number} index
 */
function sentLeaf(nodes, index) {
  const text = Object.hasOwn(nodes, `0/${index}`) ? nodes[`0/${index}`] : null;
  if (typeof text !== "string") return null;
  try {
    return readHash(text, "a leaf hash");
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
