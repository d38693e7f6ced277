// A tree of RFC 6962 as the roots of its perfect subtrees, the largest first. It grows leaf by leaf.

import { WrongProof } from "./failures.js";
import { nodeHash } from "./merkle.js";

/** @typedef {[leaves: number, root: Uint8Array]} Subtree */

/** The tree of the leaves so far. */
export class GrownTree {
  /**
   * The tree of `size` leaves with these subtrees, one for each bit of its size.
   *
   * @param {number} size
   * @param {readonly Uint8Array[]} roots
   */
  constructor(size, roots) {
    const bits = [...size.toString(2)].map(
      (bit, at, all) => Number(bit) * 2 ** (all.length - at - 1),
    );
    const sizes = bits.filter((each) => each > 0);
    if (sizes.length !== roots.length) {
      throw new WrongProof(`There are ${roots.length} hashes left of record ${size + 1}.`);
    }
    this.size = size;
    /** @type {Subtree[]} */
    this.subtrees = sizes.map((leaves, at) => [leaves, roots[at]]);
  }

  /** @param {Uint8Array} leaf */
  add(leaf) {
    let [leaves, node] = [1, leaf];
    for (let last = this.subtrees.at(-1); last?.[0] === leaves; last = this.subtrees.at(-1)) {
      node = nodeHash(last[1], node);
      leaves *= 2;
      this.subtrees.pop();
    }
    this.subtrees.push([leaves, node]);
    this.size += 1;
  }

  /**
   * The root of the tree of `size` leaves that begins with this one, which has a leaf. `right` has
   * the hashes right of it on the path of its last leaf, from the leaf upwards.
   *
   * @param {number} size
   * @param {readonly Uint8Array[]} right
   */
  rootWith(size, right) {
    const beside = [...right];
    const root = rootOfParts(size, this.subtrees, beside);
    if (beside.length) throw new WrongProof("There are too many hashes right of the leaves.");
    return root;
  }
}

/**
 * @param {number} size
 * @param {readonly Subtree[]} subtrees
 * @param {Uint8Array[]} right
 * @returns {Uint8Array}
 */
function rootOfParts(size, subtrees, right) {
  const [[leaves, first], ...others] = subtrees;
  if (leaves === size) return first;
  let half = 1;
  while (half * 2 < size) half *= 2;
  const known = subtrees.reduce((sum, [each]) => sum + each, 0);
  if (known > half) return nodeHash(first, rootOfParts(size - half, others, right));
  const left = rootOfParts(half, subtrees, right);
  const beside = right.shift();
  if (beside === undefined) throw new WrongProof("A hash right of the leaves is missing.");
  return nodeHash(left, beside);
}
