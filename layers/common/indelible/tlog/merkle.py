"""Merkle trees of RFC 6962, section 2.1, and their proofs. RFC 9162 has the same tree.

    root of no leaf      = SHA-256("")
    root of one leaf     = its leaf hash, SHA-256(0x00 || entry)
    root of more leaves  = SHA-256(0x01 || root of the left part || root of the right part)

The left part has as many leaves as the largest power of two below the number of leaves. All hashes
have 32 bytes. Indexes begin at 0. A path lists hashes from the leaf's level up to the root's.

Verifiers of RFC 6962 differ in three cases, which the RFCs leave open. Here:

- Size 0: no leaf is in the empty tree. Every tree is consistent with the empty tree: its root must
  be `EMPTY_ROOT`, and the path must be empty. The same holds if both trees are empty.
- An empty string is no hash. Neither is any other string that does not have 32 bytes, wherever it
  stands. All lengths are checked before anything is hashed.
- Two equal roots of one size that do not have 32 bytes are refused as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from ..errors import WrongProof

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""

_begin_node = sha256(b"\x01").copy
"""Copying a hash object that already has the prefix is faster than joining prefix and input."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two nodes."""
    digest = _begin_node()
    digest.update(left + right)
    return digest.digest()


def parents(row: Sequence[bytes]) -> list[bytes]:
    """The hash above each pair of a row. Without the last of an odd number, which has no pair."""
    nodes, begin = [], _begin_node
    for left, right in zip(row[::2], row[1::2], strict=False):
        digest = begin()
        digest.update(left + right)
        nodes.append(digest.digest())
    return nodes


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root of the tree of these leaf hashes (RFC 6962, section 2.1: MTH)."""
    row = list(leaf_hashes)
    while len(row) > 1:
        unpaired = row[-1:] if len(row) % 2 else []
        row = parents(row) + unpaired
    return row[0] if row else EMPTY_ROOT


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The path from one leaf to the root (RFC 6962, section 2.1.1: PATH).

    Raises ValueError when there is no leaf at this index.
    """
    parts = inclusion_parts(index, len(leaf_hashes))
    return [root_of(leaf_hashes[part.start : part.stop]) for part in parts]


def consistency_path(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The hashes that show that the tree of the first leaves has only grown since (PROOF, 2.1.2).

    Raises ValueError when `old_size` is greater than the number of leaves.
    """
    parts = consistency_parts(old_size, len(leaf_hashes))
    return [root_of(leaf_hashes[part.start : part.stop]) for part in parts]


def inclusion_parts(index: int, size: int) -> list[range]:
    """The leaves below each hash of an inclusion path.

    Raises ValueError when there is no leaf at this index.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    parts = []
    start, stop = 0, size
    while stop - start > 1:
        split = _split(start, stop)
        if index < split:
            parts.append(range(split, stop))
            stop = split
        else:
            parts.append(range(start, split))
            start = split
    return parts[::-1]


def consistency_parts(old_size: int, size: int) -> list[range]:
    """The leaves below each hash of a consistency path. Empty for an empty or an unchanged tree.

    Raises ValueError when `old_size` is greater than `size`.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves never had {old_size}")
    if old_size == 0:
        return []
    parts = []
    start, stop = 0, size
    while old_size < stop:
        split = _split(start, stop)
        if old_size <= split:
            parts.append(range(split, stop))
            stop = split
        else:
            parts.append(range(start, split))
            start = split
    if start > 0:  # else this subtree is the old tree, whose root the verifier has
        parts.append(range(start, stop))
    return parts[::-1]


def root_of_path(index: int, size: int, leaf_hash: bytes, path: Sequence[bytes]) -> bytes:
    """The root of the tree of `size` leaves in which the path begins at this leaf.

    As in RFC 9162, section 2.1.3.2. Raises WrongProof when no tree of this size has such a path.
    """
    if not 0 <= index < size:
        raise WrongProof(f"A tree of {size} leaves has no leaf {index}.")
    _check_lengths([leaf_hash, *path])
    node = leaf_hash
    for sibling, is_left in _siblings(index, size - 1, path):
        node = node_hash(sibling, node) if is_left else node_hash(node, sibling)
    return node


def check_inclusion(
    index: int, size: int, leaf_hash: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """Raise WrongProof unless the path shows that the tree with this root has the leaf there."""
    _check_lengths([root])
    if root_of_path(index, size, leaf_hash, path) != root:
        raise WrongProof("The inclusion path leads to another root.")


def check_consistency(
    old_size: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]
) -> None:
    """Raise WrongProof unless the path shows that the tree begins with all leaves of the old tree.

    As in RFC 9162, section 2.1.4.2.
    """
    if not 0 <= old_size <= size:
        raise WrongProof(f"A tree of {size} leaves cannot have grown from one of {old_size}.")
    _check_lengths([old_root, root, *path])
    if old_size in (0, size):
        _check_without_path(old_size, size, old_root, root, path)
        return
    if not path:
        raise WrongProof("The consistency path is empty.")
    if old_size.bit_count() == 1:  # the old root is itself a node of the tree
        path = [old_root, *path]
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_node = node = path[0]
    for sibling, is_left in _siblings(fn, sn, path[1:]):
        if is_left:
            old_node, node = node_hash(sibling, old_node), node_hash(sibling, node)
        else:
            node = node_hash(node, sibling)
    if old_node != old_root:
        raise WrongProof("The consistency path leads to another old root.")
    if node != root:
        raise WrongProof("The consistency path leads to another root.")


def _siblings(fn: int, sn: int, path: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each hash of a path, and whether it stands left of the node that it is hashed with.

    This is the loop of both algorithms of RFC 9162. `fn` and `sn` are the positions of the node and
    of the last node in their row. Raises WrongProof when the path does not end at the root.
    """
    for sibling in path:
        if sn == 0:
            raise WrongProof("The path has too many hashes.")
        is_left = bool(fn & 1) or fn == sn
        yield sibling, is_left
        while is_left and fn and not fn & 1:  # rows in which the node has no sibling
            fn, sn = fn >> 1, sn >> 1
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise WrongProof("The path has too few hashes.")


def _check_without_path(
    old_size: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]
) -> None:
    """The two cases that need no path: the tree has not grown, or the old tree is empty."""
    if path:
        raise WrongProof("The consistency path must be empty for these sizes.")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise WrongProof("The old tree has no leaf and another root than the empty tree.")
    if old_size == size and old_root != root:
        raise WrongProof("Two trees of one size have different roots.")


def _split(start: int, stop: int) -> int:
    """Where the leaves from `start` to before `stop` are split; there are two at least."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def _check_lengths(hashes: Iterable[bytes]) -> None:
    for each in hashes:
        if len(each) != HASH_BYTES:
            raise WrongProof(f"A hash has {len(each)} bytes and must have {HASH_BYTES}.")
