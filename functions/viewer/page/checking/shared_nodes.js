// The root of a tree from some of its leaves, and the hashes beside them that are sent once for all.

import { WrongProof } from "./failures.js";
import { nodeHash } from "./merkle.js";
import { readHash } from "./spelling.js";

/**
 * The root of the tree of `size` leaves that has these leaf hashes, by index, of which there is one
 * at least. `nodes` has, under `<level>/<n>`, the hash of the leaves from n * 2^level on to before
 * (n + 1) * 2^level, or to the end of the tree: those that the leaves do not give.
 *
 * @param {Map<number, Uint8Array>} leaves
 * @param {number} size
 * @param {Readonly<Record<string, unknown>>} nodes
 */
export function rootWithNodes(leaves, size, nodes) {
  let row = leaves;
  let last = size - 1;
  for (let level = 0; last > 0; level += 1) {
    /** @type {Map<number, Uint8Array>} */
    const above = new Map();
    for (const [at, hash] of row) {
      const up = Math.floor(at / 2);
      if (above.has(up)) continue;
      above.set(up, at === last && at % 2 === 0 ? hash : parentOf(row, at, hash, level, nodes));
    }
    row = above;
    last = Math.floor(last / 2);
  }
  return /** @type {Uint8Array} */ (row.get(0));
}

/**
 * @param {Map<number, Uint8Array>} row
 * @param {number} at
 * @param {Uint8Array} hash
 * @param {number} level
 * @param {Readonly<Record<string, unknown>>} nodes
 */
function parentOf(row, at, hash, level, nodes) {
  const isRight = at % 2 === 1;
  const place = isRight ? at - 1 : at + 1;
  const beside = row.get(place) ?? sentNode(nodes, `${level}/${place}`);
  return isRight ? nodeHash(beside, hash) : nodeHash(hash, beside);
}

/**
 * @param {Readonly<Record<string, unknown>>} nodes
 * @param {string} place
 */
function sentNode(nodes, place) {
  const text = Object.hasOwn(nodes, place) ? nodes[place] : undefined;
  if (typeof text !== "string") throw new WrongProof(`The hash of the node ${place} is missing.`);
  return readHash(text, `the hash of the node ${place}`);
}
