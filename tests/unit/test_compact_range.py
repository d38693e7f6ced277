"""Compact ranges: growing a tree without its leaves gives the same tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.tlog import compact_range
from indelible.tlog.compact_range import EMPTY_RANGE, CompactRange
from indelible.tlog.merkle import parents
from support.trees import HUGE_SIZES, LEAVES, HugeTree, leaf, node, slow_root

SUBTREES_OF_ELEVEN = (slow_root(LEAVES[:8]), slow_root(LEAVES[8:10]), LEAVES[10])


def test_eleven_leaves_are_subtrees_of_eight_two_and_one() -> None:
    assert EMPTY_RANGE.extended(LEAVES[:11]) == CompactRange(11, SUBTREES_OF_ELEVEN)
    eight, two, one = SUBTREES_OF_ELEVEN
    assert CompactRange(11, SUBTREES_OF_ELEVEN).root == node(eight, node(two, one))


@pytest.mark.parametrize("size", range(601))
def test_the_root_is_that_of_the_slow_tree(size: int) -> None:
    assert EMPTY_RANGE.extended(LEAVES[:size]).root == slow_root(LEAVES[:size])


@given(parts=st.lists(st.integers(0, 140), max_size=5))
def test_growth_in_parts_gives_the_same_tree(parts: list[int]) -> None:
    tree = EMPTY_RANGE
    for part in parts:
        tree = tree.extended(LEAVES[tree.size : tree.size + part])
    assert tree == EMPTY_RANGE.extended(LEAVES[: sum(parts)])


@given(size=st.sampled_from(HUGE_SIZES), more=st.integers(0, 600), data=st.data())
def test_huge_trees_grow_alike(size: int, more: int, data: st.DataObject) -> None:
    marked = data.draw(st.integers(0, size + more), "marked")
    before, after = HugeTree(size, marked), HugeTree(size + more, marked)
    grown = before.compact_range().extended([after.leaf_hash(size + n) for n in range(more)])
    assert grown == after.compact_range()
    assert grown.root == after.root()


def test_a_range_is_not_changed_by_growing() -> None:
    tree, leaves = EMPTY_RANGE.extended(LEAVES[:3]), LEAVES[3:20]
    tree.extended(leaves)
    assert tree == EMPTY_RANGE.extended(LEAVES[:3])
    assert leaves == LEAVES[3:20]
    assert tree.extended([]) == tree


def test_growing_hashes_each_new_node_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []

    def counted(row: list[bytes]) -> list[bytes]:
        nodes = parents(row)
        hashed.extend(nodes)
        return nodes

    monkeypatch.setattr(compact_range, "parents", counted)
    tree = EMPTY_RANGE.extended([leaf(n) for n in range(777)])
    hashed.clear()
    tree.extended([leaf(n) for n in range(777, 5777)])
    nodes_within = {size: size - size.bit_count() for size in (777, 5777)}
    assert len(hashed) == len(set(hashed)) == nodes_within[5777] - nodes_within[777]


@pytest.mark.parametrize(("size", "subtrees"), [(0, 1), (1, 0), (3, 1), (4, 2), (-1, 1)])
def test_a_wrong_number_of_subtrees_is_no_tree(size: int, subtrees: int) -> None:
    with pytest.raises(ValueError, match=f"a tree of {size} leaves has not {subtrees} subtrees"):
        CompactRange(size, tuple(LEAVES[:subtrees]))
