"""The map: all workspaces of one run as a Merkle tree in which position is identity.

It is a tree of RFC 6962 with exactly MAP_LEAVES leaves, so any library for such trees checks it.
Each workspace has one row of 64 bytes, in the leaf that its key names:

    key  = SHA-256("indelible.workspace/v1\\n" || workspace id)
    row  = key || SHA-256(workspace checkpoint)
    leaf = the rows whose key begins with the leaf's 12 bits, keys ascending; it may be empty

A leaf is proved with all its rows. So one run cannot have two values for one workspace, and that a
workspace is not in the run can be proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from struct import Struct
from typing import NamedTuple

from ..chain.hashes import HASH_BYTES, leaf_hash
from ..errors import InternalError, WrongProof
from ..tlog.merkle import check_inclusion, inclusion_path, parents, root_of, root_of_path

MAP_BITS = 12
"""Bits of a key that name its leaf: the number of hashes in a path of the map."""

MAP_LEAVES = 2**MAP_BITS
_KEY_PREFIX = b"indelible.workspace/v1\n"
_ROWS = Struct(f"{HASH_BYTES}s{HASH_BYTES}s")
_EMPTY_LEAF = leaf_hash(b"")


class Row(NamedTuple):
    """A workspace in the map: its key, and the SHA-256 of its checkpoint's text. 32 bytes each."""

    key: bytes
    text_sha256: bytes


def row_key(workspace_id: str) -> bytes:
    """The key of a workspace's row. It does not reveal the id to those who cannot guess it."""
    return sha256(_KEY_PREFIX + workspace_id.encode()).digest()


def leaf_of(key: bytes) -> int:
    """The index of the leaf that holds the row with this key."""
    return int.from_bytes(key[:2]) >> 16 - MAP_BITS


def leaf_bytes(rows: Sequence[Row], index: int) -> bytes:
    """The bytes of one leaf. `rows` are all rows of the map, keys ascending."""
    return b"".join([row.key + row.text_sha256 for row in rows if leaf_of(row.key) == index])


def map_leaf_hashes(rows: Sequence[Row]) -> list[bytes]:
    """The leaf hash of each of the MAP_LEAVES leaves.

    Raises InternalError unless the keys of the rows are strictly ascending: such a map would make
    every proof in it wrong.
    """
    if not _ascend([row.key for row in rows]):
        raise InternalError("the rows of a map are not in the order of their keys, each once")
    leaves: dict[int, bytes] = {}
    for key, text_sha256 in rows:
        index = leaf_of(key)
        leaves[index] = leaves.get(index, b"") + key + text_sha256
    hashes = [_EMPTY_LEAF] * MAP_LEAVES
    for index, leaf in leaves.items():
        hashes[index] = leaf_hash(leaf)
    return hashes


def map_root(rows: Sequence[Row]) -> bytes:
    """The root of the map of these rows, keys ascending. Raises as `map_leaf_hashes` does."""
    return root_of(map_leaf_hashes(rows))


def map_path(rows: Sequence[Row], key: bytes) -> tuple[bytes, list[bytes]]:
    """The bytes of the leaf that has or would have this key, and its path of MAP_BITS hashes.

    Raises as `map_leaf_hashes` does.
    """
    index = leaf_of(key)
    return leaf_bytes(rows, index), inclusion_path(map_leaf_hashes(rows), index)


@dataclass(frozen=True, slots=True)
class KeptMap:
    """A map and the hashes of all its nodes, so that each of many paths costs next to nothing.

    `levels` has the hashes of the leaves, then those of the nodes above, and the root last.
    """

    rows: Sequence[Row]
    levels: Sequence[Sequence[bytes]]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> KeptMap:
        """The map of these rows, keys ascending. Raises as `map_leaf_hashes` does."""
        levels = [map_leaf_hashes(rows)]
        while len(levels[-1]) > 1:
            levels.append(parents(levels[-1]))
        return cls(rows, levels)

    @property
    def root(self) -> bytes:
        """What `map_root` returns."""
        return self.levels[-1][0]

    def path(self, key: bytes) -> tuple[bytes, list[bytes]]:
        """What `map_path` returns."""
        index = leaf_of(key)
        siblings = enumerate(self.levels[:-1])
        return leaf_bytes(self.rows, index), [row[index >> up ^ 1] for up, row in siblings]


def check_row(row: Row, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Raise WrongProof unless the map with this root has this row, and no other for its key."""
    if root_with_row(row, leaf, path) != root:
        raise WrongProof("The leaf of the map is not in the map with this root.")


def root_with_row(row: Row, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root of the map that has this leaf, in which this row is the only one for its key.

    Raises WrongProof when the leaf has no such row, or is none of a map.
    """
    if row not in _read_leaf(row.key, leaf):
        raise WrongProof("The map has another checkpoint of this workspace, or none.")
    return root_of_path(leaf_of(row.key), MAP_LEAVES, leaf_hash(leaf), path)


def check_absence(key: bytes, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Raise WrongProof unless the map with this root has no row for this key."""
    if any(row.key == key for row in _read_leaf(key, leaf)):
        raise WrongProof("The map has a checkpoint of this workspace.")
    check_inclusion(leaf_of(key), MAP_LEAVES, leaf_hash(leaf), path, root)


def _read_leaf(key: bytes, leaf: bytes) -> list[Row]:
    """The rows of a leaf that is the one for this key. Raises WrongProof when it is not valid.

    The keys ascend strictly, so none is there twice.
    """
    if len(leaf) % _ROWS.size:
        raise WrongProof(f"A leaf of the map has {len(leaf)} bytes, which are not whole rows.")
    rows = [*map(Row._make, _ROWS.iter_unpack(leaf))]
    if not _ascend([row.key for row in rows]):
        raise WrongProof("The rows in a leaf of the map are not in the order of their keys.")
    if any(leaf_of(row.key) != leaf_of(key) for row in rows):
        raise WrongProof("A leaf of the map has a row that belongs to another leaf.")
    return rows


def _ascend(keys: Iterable[bytes]) -> bool:
    return all(before < after for before, after in pairwise(keys))
