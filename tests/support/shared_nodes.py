"""The root of a tree from some leaves and the nodes beside them, slowly, as RFC 6962 defines it."""

from __future__ import annotations

from collections.abc import Mapping

from support.trees import node, split_of

Name = tuple[int, int]
"""A node's level and number."""


def slow_root_with(leaves: Mapping[int, bytes], size: int, nodes: Mapping[Name, bytes]) -> bytes:
    """The root. AssertionError unless each node is used once, for the part of the tree it names."""
    parts = {
        (number * 2**level, min((number + 1) * 2**level, size)): found
        for (level, number), found in nodes.items()
    }
    assert len(parts) == len(nodes), "two nodes are the same"
    root = _root(leaves, 0, size, parts)
    assert not parts, "these nodes are superfluous"
    return root


def _root(
    leaves: Mapping[int, bytes], start: int, stop: int, parts: dict[tuple[int, int], bytes]
) -> bytes:
    if not any(start <= each < stop for each in leaves):
        assert (start, stop) in parts, "a node is missing"
        return parts.pop((start, stop))
    if stop - start == 1:
        return leaves[start]
    split = start + split_of(stop - start)
    return node(_root(leaves, start, split, parts), _root(leaves, split, stop, parts))
