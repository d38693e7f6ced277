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
  let node = leaf;
  for (const [sibling, isLeft] of siblingsOf(index, size - 1n, path)) {
    node = isLeft ? nodeHash(sibling, node) : nodeHash(node, sibling);
  }
  return node;
}

/**
 * Each hash of a path, and whether it stands left of the node that it is hashed with. This is the
 * loop of both algorithms of RFC 9162. `from` and `end` are the places of the node and of the last
 * node in their row.
 *
 * @param {bigint} from
 * @param {bigint} end
 * @param {readonly Uint8Array[]} path
 * @returns {Generator<[Uint8Array, boolean]>}
 */
function* siblingsOf(from, end, path) {
  let [at, last] = [from, end];
  for (const sibling of path) {
    if (sibling.length !== HASH_BYTES) throw new WrongProof("A hash of a path has another length.");
    if (last === 0n) throw new WrongProof("The path has too many hashes.");
    const isLeft = (at & 1n) === 1n || at === last;
    yield [sibling, isLeft];
    while (isLeft && at && !(at & 1n)) [at, last] = [at >> 1n, last >> 1n];
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (last !== 0n) throw new WrongProof("The path has too few hashes.");
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

/**
 * Throw WrongProof unless the path shows that the tree begins with all leaves of the old tree (RFC
 * 9162, 2.1.4.2).
 *
 * @param {bigint} oldSize
 * @param {bigint} size
 * @param {Uint8Array} oldRoot
 * @param {Uint8Array} root
 * @param {readonly Uint8Array[]} path
 */
export function checkConsistency(oldSize, size, oldRoot, root, path) {
  if (oldSize > size) {
    throw new WrongProof(`A tree of ${size} leaves cannot have grown from one of ${oldSize}.`);
  }
  if (oldSize === 0n || oldSize === size) {
    if (path.length) throw new WrongProof("The consistency path must be empty for these sizes.");
    const same = oldSize === size ? root : sha256();
    if (!areSame(oldRoot, same)) throw new WrongProof("Two trees of one size have other roots.");
    return;
  }
  if (!path.length) throw new WrongProof("The consistency path is empty.");
  const isNode = (oldSize & (oldSize - 1n)) === 0n; // then the old root is a node of the tree
  const [first, ...rest] = isNode ? [oldRoot, ...path] : path;
  let [at, last] = [oldSize - 1n, size - 1n];
  while (at & 1n) [at, last] = [at >> 1n, last >> 1n];
  let [oldNode, node] = [first, first];
  for (const [sibling, isLeft] of siblingsOf(at, last, rest)) {
    if (isLeft) [oldNode, node] = [nodeHash(sibling, oldNode), nodeHash(sibling, node)];
    else node = nodeHash(node, sibling);
  }
  if (!areSame(oldNode, oldRoot)) {
    throw new WrongProof("The consistency path leads to another old root.");
  }
  if (!areSame(node, root)) throw new WrongProof("The consistency path leads to another root.");
}
