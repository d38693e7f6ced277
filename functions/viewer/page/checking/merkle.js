// Merkle trees of RFC 6962, section 2.1. A path lists hashes from the leaf's level up.

import { areSame } from "./bytes.js";
import { WrongProof } from "./failures.js";
import { sha256 } from "./sha256.js";
import { HASH_BYTES } from "./spelling.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** @param {Uint8Array} entry */
export function leafHash(entry) {
  return sha256(LEAF, entry);
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function nodeHash(left, right) {
  return sha256(NODE, left, right);
}

/**
 * The root of the tree of `size` leaves in which the path begins at this leaf (RFC 9162, 2.1.3.2).
 *
 * @param {bigint} index
 * @param {bigint} size
 * @param {Uint8Array} leaf
 * @param {readonly Uint8Array[]} path
 */
export function rootOfPath(index, size, leaf, path) {
  if (index >= size) throw new WrongProof(`A tree of ${size} leaves has no leaf ${index}.`);
  let at = index;
  let last = size - 1n;
  let node = leaf;
  for (const sibling of path) {
    if (sibling.length !== HASH_BYTES) throw new WrongProof("A hash of a path has another length.");
    if (last === 0n) throw new WrongProof("The path has too many hashes.");
    const isLeft = (at & 1n) === 1n || at === last;
    node = isLeft ? nodeHash(sibling, node) : nodeHash(node, sibling);
    while (isLeft && at && !(at & 1n)) [at, last] = [at >> 1n, last >> 1n];
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (last !== 0n) throw new WrongProof("The path has too few hashes.");
  return node;
}

/**
 * Throw WrongProof unless the path shows that the tree with this root has the leaf there.
 *
 * @param {bigint} index
 * @param {bigint} size
 * @param {Uint8Array} leaf
 * @param {readonly Uint8Array[]} path
 * @param {Uint8Array} root
 */
export function checkInclusion(index, size, leaf, path, root) {
  if (!areSame(rootOfPath(index, size, leaf, path), root)) {
    throw new WrongProof("The inclusion path leads to another root.");
  }
}
