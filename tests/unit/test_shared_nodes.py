"""Nodes that several leaves share: they give the root, and none of them is superfluous."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import WrongProof
from indelible.tlog.shared_nodes import leaves_below, nodes_beside, root_with
from support.shared_nodes import slow_root_with
from support.trees import LEAVES, slow_root

SIZES = st.integers(1, 600) | st.sampled_from([255, 256, 257, 511, 512, 513])


@st.composite
def somewhere(draw: st.DrawFn) -> tuple[int, set[int]]:
    """A size, and the indexes of some leaves: side by side, or far from each other."""
    size = draw(SIZES)
    start, stop = sorted([draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))])
    scattered = st.sets(st.integers(0, size - 1), min_size=1, max_size=40)
    return size, draw(st.just({*range(start, stop + 1)}) | scattered)


def beside(size: int, indexes: set[int]) -> dict[tuple[int, int], bytes]:
    """The nodes with their hashes, of the tree of LEAVES."""
    nodes = nodes_beside(indexes, size)
    parts = [leaves_below(each, size) for each in nodes]
    return {
        each: slow_root(LEAVES[part.start : part.stop])
        for each, part in zip(nodes, parts, strict=True)
    }


@given(somewhere())
def test_they_give_the_root_of_the_slow_tree_and_each_is_needed(
    chosen: tuple[int, set[int]],
) -> None:
    size, indexes = chosen
    leaves, nodes = {index: LEAVES[index] for index in indexes}, beside(size, indexes)
    root = slow_root(LEAVES[:size])
    assert slow_root_with(leaves, size, nodes) == root
    assert root_with(leaves, size, nodes) == root


@given(somewhere(), st.data())
def test_another_leaf_or_node_gives_another_root_and_a_missing_one_gives_none(
    chosen: tuple[int, set[int]], data: st.DataObject
) -> None:
    size, indexes = chosen
    leaves, nodes = {index: LEAVES[index] for index in indexes}, beside(size, indexes)
    root = slow_root(LEAVES[:size])
    changed = data.draw(st.sampled_from(sorted(indexes)))
    assert root_with({**leaves, changed: bytes(32)}, size, nodes) != root
    for each in nodes:
        assert root_with(leaves, size, {**nodes, each: bytes(32)}) != root
        for wrong in (b"", bytes(31), bytes(33)):
            with pytest.raises(WrongProof, match=f"Node {each[1]} of level {each[0]}"):
                root_with(leaves, size, {**nodes, each: wrong})
        with pytest.raises(WrongProof):
            root_with(leaves, size, {name: nodes[name] for name in nodes if name != each})


@pytest.mark.parametrize(
    ("size", "indexes", "nodes"),
    [
        (1, {0}, []),
        (2, {0, 1}, []),
        (5, {1}, [(0, 0), (1, 1), (2, 1)]),
        (5, {4}, [(2, 0)]),
        (6, {4}, [(0, 5), (2, 0)]),
        (7, {0, 3}, [(0, 1), (0, 2), (2, 1)]),
    ],
)
def test_a_node_has_the_level_of_the_node_that_it_is_hashed_with(
    size: int, indexes: set[int], nodes: list[tuple[int, int]]
) -> None:
    """At the right edge, too, where other levels would name the same part of the tree."""
    assert nodes_beside(indexes, size) == nodes


def test_a_hundred_neighbours_among_a_million_need_few_nodes() -> None:
    assert len(nodes_beside(range(500_000, 500_100), 1_000_000)) <= 2 * 20


def test_without_a_leaf_there_are_no_nodes_and_no_root() -> None:
    assert nodes_beside((), 7) == []
    with pytest.raises(WrongProof):
        root_with({}, 7, {})


@pytest.mark.parametrize("index", [-1, 7])
def test_a_leaf_outside_the_tree_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="a tree of 7 leaves"):
        nodes_beside([0, index], 7)
