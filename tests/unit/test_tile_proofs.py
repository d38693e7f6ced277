"""Proofs from tiles: those of the whole tree, with few tiles read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable, WrongProof
from indelible.tlog.compact_range import EMPTY_RANGE, CompactRange
from indelible.tlog.merkle import check_consistency, check_inclusion
from indelible.tlog.tile_proofs import consistency_path, hashes_beside, inclusion_path
from indelible.tlog.tiles import EMPTY_EDGE
from support.trees import HUGE_SIZES, LEAVES, HugeTree, leaf, slow_path, slow_proof, slow_root

MILLION = 1_000_000
MANY_LEAVES = [leaf(n) for n in range(65_536 + 260)]


class CountedTiles:
    """The tiles of a huge tree, which count what is read of them."""

    def __init__(self, tree: HugeTree) -> None:
        self.tree = tree
        self.read: list[tuple[int, int]] = []

    def __call__(self, level: int, number: int, width: int) -> bytes:
        self.read.append((level, number))
        return self.tree.read_tile(level, number, width)


def stored(leaves: list[bytes]) -> Callable[[int, int, int], bytes]:
    """Reads the tiles of these leaves: full ones, and at the right edge the unfinished ones."""
    edge, tiles = EMPTY_EDGE.extended(leaves)

    def read_tile(level: int, number: int, width: int) -> bytes:
        if width == 256:
            (tile,) = [each for each in tiles if (each.level, each.number) == (level, number)]
            return tile.hashes
        assert number == len(leaves) // 256 ** (level + 1)
        assert width == len(edge.rows[level]) // 32
        return edge.rows[level]

    return read_tile


@given(size=st.integers(1, 600) | st.sampled_from([255, 256, 257, 511, 512, 513]), data=st.data())
def test_proofs_from_tiles_are_those_of_the_slow_tree(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    read_tile, tree = stored(leaves), EMPTY_RANGE.extended(leaves)
    index = data.draw(st.integers(0, size - 1), "index")
    path, proof = slow_path(index, leaves), slow_proof(index + 1, leaves)
    assert inclusion_path(index, size, read_tile) == path
    assert inclusion_path(index, size, read_tile, tree) == path
    assert consistency_path(index + 1, size, read_tile) == proof
    assert consistency_path(index + 1, size, read_tile, tree) == proof


@given(size=st.integers(1, 600) | st.sampled_from([255, 256, 257, 511, 512, 513]), data=st.data())
def test_a_range_of_leaves_gives_the_root_with_the_hashes_beside_it(
    size: int, data: st.DataObject
) -> None:
    leaves = LEAVES[:size]
    start = data.draw(st.integers(0, size - 1), "start")
    stop = data.draw(st.integers(start + 1, size), "stop")
    whole = EMPTY_RANGE.extended(leaves)
    left, right = hashes_beside(range(start, stop), size, stored(leaves), whole)
    assert (left, right) == hashes_beside(range(start, stop), size, stored(leaves))
    tree = CompactRange(start, tuple(left)).extended(leaves[start:stop])
    assert tree.root_with(size, right) == slow_root(leaves)
    for wrong in ([*right, bytes(32)], right[:-1], [*right[:-1], b"short"]):
        if wrong != right:
            with pytest.raises(WrongProof):
                tree.root_with(size, wrong)


def test_beside_a_range_of_a_million_leaves_are_at_most_twenty_hashes_on_each_side() -> None:
    tree = HugeTree(MILLION, 300_000)
    tiles = CountedTiles(tree)
    left, right = hashes_beside(range(123_455, 654_321), MILLION, tiles, tree.compact_range())
    assert len(left) <= 20
    assert len(right) <= 20
    assert len(tiles.read) <= 2 * 3


def test_a_tree_does_not_begin_with_more_leaves_than_it_has_or_with_none() -> None:
    tree = EMPTY_RANGE.extended(LEAVES[:5])
    for too_small in (tree, EMPTY_RANGE):
        with pytest.raises(WrongProof, match="does not begin with"):
            too_small.root_with(4, [])


@pytest.mark.parametrize("size", [65_535, 65_536, 65_536 + 257])
def test_proofs_across_a_full_tile_of_level_1(size: int) -> None:
    leaves = MANY_LEAVES[:size]
    read_tile, tree = stored(leaves), EMPTY_RANGE.extended(leaves)
    for index in (0, 256, 65_279, 65_280, size - 1):
        path, proof = slow_path(index, leaves), slow_proof(index + 1, leaves)
        assert inclusion_path(index, size, read_tile) == path
        assert inclusion_path(index, size, read_tile, tree) == path
        assert consistency_path(index + 1, size, read_tile) == proof
        assert consistency_path(index + 1, size, read_tile, tree) == proof


@given(size=st.sampled_from(HUGE_SIZES), is_known=st.booleans(), data=st.data())
def test_proofs_in_huge_trees_verify(size: int, is_known: bool, data: st.DataObject) -> None:
    tree = HugeTree(size, data.draw(st.integers(0, size - 1), "marked"))
    known = tree.compact_range() if is_known else None
    index = data.draw(st.sampled_from([0, size // 3, size - 1, tree.marked]), "index")
    old = HugeTree(index + 1, tree.marked)
    path = inclusion_path(index, size, tree.read_tile, known)
    assert path == tree.path(index)
    check_inclusion(index, size, tree.leaf_hash(index), path, tree.root())
    proof = consistency_path(old.size, size, tree.read_tile, known)
    check_consistency(old.size, size, old.root(), tree.root(), proof)


@given(index=st.integers(0, MILLION - 1) | st.sampled_from([0, 983_039, 983_040, 999_999]))
def test_a_proof_in_a_tree_of_a_million_reads_three_tiles(index: int) -> None:
    tree = HugeTree(MILLION, index)
    known = tree.compact_range()
    for make, place in ((inclusion_path, index), (consistency_path, index + 1)):
        tiles = CountedTiles(tree)
        make(place, MILLION, tiles, known)
        assert sorted(tiles.read) == sorted(set(tiles.read))
        assert set(tiles.read) <= {(0, index >> 8), (1, index >> 16), (2, 0)}


@given(index=st.integers(0, MILLION - 1) | st.sampled_from([0, 983_039, 983_040, 999_999]))
def test_without_the_compact_range_it_reads_the_last_tiles_too(index: int) -> None:
    tree = HugeTree(MILLION, index)
    for make, place in ((inclusion_path, index), (consistency_path, index + 1)):
        tiles = CountedTiles(tree)
        make(place, MILLION, tiles)
        assert sorted(tiles.read) == sorted(set(tiles.read))
        last = {(0, MILLION >> 8), (1, MILLION >> 16)}
        assert set(tiles.read) <= last | {(0, index >> 8), (1, index >> 16), (2, 0)}


def test_proofs_that_need_no_hash_read_no_tile() -> None:
    tiles = CountedTiles(HugeTree(MILLION, 0))
    assert inclusion_path(0, 1, tiles) == []
    assert consistency_path(0, MILLION, tiles) == []
    assert consistency_path(MILLION, MILLION, tiles) == []
    assert tiles.read == []


@pytest.mark.parametrize("length", [0, 31, 32 * 43, 32 * 45, 8192])
def test_a_tile_of_another_length_is_unreadable(length: int) -> None:
    def read_tile(level: int, number: int, width: int) -> bytes:
        return bytes(length)

    message = rf"tile/0/001\.p/44 has {length} bytes and must have 1408"
    with pytest.raises(Unreadable, match=message):
        inclusion_path(290, 300, read_tile)


def test_there_is_no_proof_outside_the_tree() -> None:
    tree = HugeTree(300, 0)
    for index in (-1, 300):
        with pytest.raises(ValueError, match=f"a tree of 300 leaves has no leaf {index}"):
            inclusion_path(index, 300, tree.read_tile)
    with pytest.raises(ValueError, match="a tree of 300 leaves never had 301"):
        consistency_path(301, 300, tree.read_tile)


def test_the_compact_range_must_be_that_of_the_tree() -> None:
    tree = HugeTree(300, 0)
    other = HugeTree(301, 0).compact_range()
    with pytest.raises(ValueError, match="is of 301 leaves and the proof of 300"):
        inclusion_path(7, 300, tree.read_tile, other)
    with pytest.raises(ValueError, match="is of 301 leaves and the proof of 300"):
        consistency_path(7, 300, tree.read_tile, other)
