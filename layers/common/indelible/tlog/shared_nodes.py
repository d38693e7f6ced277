"""Shared nodes: the proof of several leaves of a tree at once, with each hash only once.

A node is named by its level and its number in it: node (l, n) is the root of the leaves from
n * 2**l to before (n + 1) * 2**l, or to the end of the tree if that comes first. The leaves
themselves are level 0. A node is hashed with its neighbour, whose number differs in the last bit.
The last node of a level may have no neighbour. It is then the same as the node above it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..errors import WrongProof
from .merkle import HASH_BYTES, node_hash

Node = tuple[int, int]
"""The level and the number of a node."""


def nodes_beside(indexes: Collection[int], size: int) -> list[Node]:
    """The nodes with which these leaves give the root of the tree of `size` leaves.

    None of them can be computed from the leaves, and none can be left out. Raises ValueError when
    there is no leaf at one of the indexes.
    """
    if not all(0 <= index < size for index in indexes):
        raise ValueError(f"a tree of {size} leaves does not have all of the leaves {indexes}")
    nodes, known, level, width = list[Node](), {*indexes}, 0, size
    while known and width > 1:
        beside = {number ^ 1 for number in known} - known
        nodes += [(level, number) for number in sorted(beside) if number < width]
        known, level, width = {number >> 1 for number in known}, level + 1, (width + 1) >> 1
    return nodes


def leaves_below(node: Node, size: int) -> range:
    """The leaves of which the node is the root."""
    level, number = node
    return range(number << level, min((number + 1) << level, size))


def root_with(leaves: Mapping[int, bytes], size: int, nodes: Mapping[Node, bytes]) -> bytes:
    """The root of the tree of `size` leaves, from some leaf hashes and the nodes beside them.

    Raises WrongProof when a node is missing or is not a hash.
    """
    known, level, width = dict(leaves), 0, size
    while known and width > 1:
        above = dict[int, bytes]()
        for number in sorted({each & ~1 for each in known}):
            left = known.get(number) or _node(nodes, level, number)
            if number + 1 < width:
                right = known.get(number + 1) or _node(nodes, level, number + 1)
                left = node_hash(left, right)
            above[number >> 1] = left
        known, level, width = above, level + 1, (width + 1) >> 1
    if not known:
        raise WrongProof("Without a leaf there is nothing to prove.")
    return known[0]


def _node(nodes: Mapping[Node, bytes], level: int, number: int) -> bytes:
    found = nodes.get((level, number), b"")
    if len(found) != HASH_BYTES:
        raise WrongProof(f"Node {number} of level {level} is missing or is not a hash.")
    return found
