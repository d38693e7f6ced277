// The map: all workspaces of one run as a tree of 4,096 leaves, in which position is identity. A row
// has the key of a workspace and the SHA-256 of its checkpoint's text, 32 bytes each.

import { areSame, bytesOf } from "./bytes.js";
import { WrongProof } from "./failures.js";
import { leafHash, rootOfPath } from "./merkle.js";
import { sha256 } from "./sha256.js";

export const MAP_BITS = 12;
const ROW_BYTES = 64;
const KEY_PREFIX = bytesOf("indelible.workspace/v1\n");

/**
 * The root of the map that has this leaf, in which the workspace has this checkpoint and no other.
 *
 * @param {string} workspaceId
 * @param {Uint8Array} checkpointText
 * @param {Uint8Array} leaf
 * @param {readonly Uint8Array[]} path
 */
export function rootWithRow(workspaceId, checkpointText, leaf, path) {
  const key = sha256(KEY_PREFIX, bytesOf(workspaceId));
  const hash = sha256(checkpointText);
  const rows = rowsOf(key, leaf);
  const own = rows.find((row) => areSame(row.subarray(0, 32), key));
  if (own === undefined || !areSame(own.subarray(32), hash)) {
    throw new WrongProof("The map has another checkpoint of this workspace, or none.");
  }
  return rootOfPath(BigInt(leafIndex(key)), 2n ** BigInt(MAP_BITS), leafHash(leaf), path);
}

/** @param {Uint8Array} key */
function leafIndex(key) {
  return ((key[0] << 8) | key[1]) >> (16 - MAP_BITS);
}

/**
 * The rows of the leaf for this key. Their keys ascend, so none is there twice.
 *
 * @param {Uint8Array} key
 * @param {Uint8Array} leaf
 */
function rowsOf(key, leaf) {
  if (leaf.length % ROW_BYTES) throw new WrongProof("A leaf of the map is not whole rows.");
  /** @type {Uint8Array[]} */
  const rows = [];
  for (let at = 0; at < leaf.length; at += ROW_BYTES) rows.push(leaf.subarray(at, at + ROW_BYTES));
  if (rows.some((row, at) => at > 0 && !isBefore(rows[at - 1], row))) {
    throw new WrongProof("The rows in a leaf of the map are not in the order of their keys.");
  }
  if (rows.some((row) => leafIndex(row) !== leafIndex(key))) {
    throw new WrongProof("A leaf of the map has a row that belongs to another leaf.");
  }
  return rows;
}

/**
 * Whether the key of the left row is the smaller one.
 *
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function isBefore(left, right) {
  for (let at = 0; at < 32; at += 1) {
    if (left[at] !== right[at]) return left[at] < right[at];
  }
  return false;
}
