"""The right edge of a tree makes each full tile once, however the tree grows (C2SP tlog-tiles)."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.hashes import leaf_hash
from indelible.errors import Unreadable
from indelible.tlog.compact_range import EMPTY_RANGE
from indelible.tlog.tiles import (
    EMPTY_EDGE,
    RightEdge,
    Tile,
    decode_edge,
    encode_edge,
    tile_path,
)
from support.trees import HUGE_SIZES, LEAVES, HugeTree, leaf, slow_root
from support.vectors import published


def test_the_tiles_of_seventy_thousand_leaves() -> None:
    leaves = [leaf(n) for n in range(70_000)]
    edge, tiles = EMPTY_EDGE.extended(leaves)
    assert [len(row) // 32 for row in edge.rows] == [112, 17, 1]
    assert [(tile.level, tile.number) for tile in tiles] == [*((0, n) for n in range(273)), (1, 0)]
    assert tiles[0].hashes == b"".join(leaves[:256])
    assert tiles[272].hashes == b"".join(leaves[69_632:69_888])
    assert tiles[273].hashes[32 * 9 : 32 * 10] == slow_root(leaves[9 * 256 : 10 * 256])
    assert edge.rows[0] == b"".join(leaves[69_888:])
    assert edge.rows[1][:32] == slow_root(leaves[65_536:65_792])
    assert edge.rows[2] == slow_root(leaves[:65_536]) == tiles[273].root


def test_256_leaves_are_one_full_tile_and_one_hash_above() -> None:
    edge, tiles = EMPTY_EDGE.extended(LEAVES[:256])
    assert tiles == [Tile(0, 0, b"".join(LEAVES[:256]))]
    assert edge == RightEdge(256, (b"", slow_root(LEAVES[:256])))


@given(parts=st.lists(st.integers(0, 300), max_size=5))
def test_growth_in_parts_makes_the_same_tiles(parts: list[int]) -> None:
    edge, tiles = EMPTY_EDGE, []
    for part in parts:
        before = edge
        edge, more = edge.extended([leaf(n) for n in range(edge.size, edge.size + part)])
        assert all(before.size < 256 * (tile.number + 1) <= edge.size for tile in more)
        tiles += more
    whole, expected = EMPTY_EDGE.extended([leaf(n) for n in range(sum(parts))])
    assert (edge, tiles) == (whole, expected)
    assert edge.compact_range == EMPTY_RANGE.extended([leaf(n) for n in range(sum(parts))])


@given(size=st.sampled_from(HUGE_SIZES), more=st.integers(0, 600), data=st.data())
def test_huge_trees_grow_alike(size: int, more: int, data: st.DataObject) -> None:
    marked = data.draw(st.integers(0, size + more), "marked")
    before, after = HugeTree(size, marked), HugeTree(size + more, marked)
    edge, tiles = before.edge().extended([after.leaf_hash(size + n) for n in range(more)])
    assert edge == after.edge()
    assert edge.compact_range == after.compact_range()
    new = [
        (level, number)
        for level in range(5)
        for number in range(size // 256 ** (level + 1), (size + more) // 256 ** (level + 1))
    ]
    assert [(tile.level, tile.number) for tile in tiles] == new
    assert all(tile.hashes == after.row(tile.level, tile.number, 256) for tile in tiles)


def test_an_edge_is_not_changed_by_growing() -> None:
    edge, _ = EMPTY_EDGE.extended(LEAVES[:300])
    edge.extended(LEAVES[300:600])
    assert edge == EMPTY_EDGE.extended(LEAVES[:300])[0]
    assert edge.extended([]) == (edge, [])


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        (0, [1]),
        (1, []),
        (1, [2]),
        (2, [1]),
        (256, [0]),
        (256, [1, 0]),
        (257, [1, 1, 0]),
        (1, [1, 0]),
    ],
)
def test_rows_that_do_not_fit_the_size_are_no_edge(size: int, widths: list[int]) -> None:
    with pytest.raises(ValueError, match=f"not the unfinished tiles of a tree of {size} leaves"):
        RightEdge(size, tuple(b"".join(LEAVES[:width]) for width in widths))


@given(tiles=st.integers(0, 2**24) | st.sampled_from([0, 1, 255, 256, 257, 65_535, 65_536]))
def test_an_edge_behind_its_full_tile_is_read_back(tiles: int) -> None:
    edge = HugeTree(tiles * 256, tiles * 77).edge()
    encoded = encode_edge(edge)
    assert encoded == b"".join(edge.rows[1:])
    assert decode_edge(encoded, tiles * 256) == edge


def test_the_newest_full_tile_and_its_edge_go_on_making_tiles() -> None:
    leaves = [leaf(n) for n in range(257 * 256)]
    whole, expected = EMPTY_EDGE.extended(leaves)
    encoded, made = b"", []
    for start in range(0, len(leaves), 256):
        edge, tiles = decode_edge(encoded, start).extended(leaves[start : start + 256])
        encoded = encode_edge(edge)
        made += tiles
    assert edge == whole
    assert sorted(made, key=lambda tile: (tile.level, tile.number)) == expected


def test_an_edge_of_another_length_is_refused() -> None:
    encoded = encode_edge(HugeTree(65_536 + 512, 3).edge())
    assert len(encoded) == 96
    for wrong in (b"", encoded[:-1], encoded[:-32], encoded + b"\0", encoded + bytes(32)):
        with pytest.raises(Unreadable, match=f"{len(wrong)} bytes are not the edge"):
            decode_edge(wrong, 65_536 + 512)


def test_an_edge_is_kept_only_behind_a_full_tile() -> None:
    edge = HugeTree(513, 3).edge()
    with pytest.raises(ValueError, match="a tree of 513 leaves does not end with a full tile"):
        encode_edge(edge)
    with pytest.raises(Unreadable, match="not the edge of a tree of 513 leaves"):
        decode_edge(b"".join(edge.rows), 513)


@pytest.mark.parametrize("size", range(1, 16))
def test_the_tiles_and_roots_of_another_implementation(size: int) -> None:
    bundle = published(f"tessera-log/tile/entries/000.p/{size}").read_bytes()
    leaves = []
    while bundle:
        end = 2 + int.from_bytes(bundle[:2])
        leaves.append(leaf_hash(bundle[2:end]))
        bundle = bundle[end:]
    edge, tiles = EMPTY_EDGE.extended(leaves)
    assert (edge.size, tiles) == (size, [])
    assert edge.rows == (published("tessera-log/" + tile_path(0, 0, size)).read_bytes(),)
    checkpoint = published(f"tessera-log/checkpoint.{size}").read_text("utf-8").splitlines()
    assert checkpoint[1] == str(size)
    assert b64encode(edge.compact_range.root).decode() == checkpoint[2]
