"""Tiles and the right edge that makes them (c2sp.org/tlog-tiles)."""

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
    entries_path,
    read_tile_path,
    tile_path,
)
from support.trees import HUGE_SIZES, LEAVES, HugeTree, leaf, slow_root
from support.vectors import published

PATHS = {
    "tile/0/000": (0, 0, 256),
    "tile/0/000.p/1": (0, 0, 1),
    "tile/0/x001/x234/067": (0, 1234067, 256),
    "tile/0/x001/x234/067.p/89": (0, 1234067, 89),
    "tile/1/000.p/255": (1, 0, 255),
    "tile/1/999": (1, 999, 256),
    "tile/9/x001/000": (9, 1000, 256),
    "tile/15/x455/667": (15, 455667, 256),
    "tile/63/x999/x999/x999/x999/x999/999.p/255": (63, 999999999999999999, 255),
    "tile/entries/255": (None, 255, 256),
    "tile/entries/x123/x456/x789/000": (None, 123456789000, 256),
    "tile/entries/000.p/8": (None, 0, 8),
}
"""From the specification and from transparency-dev/tessera, api/layout/paths_test.go."""
NO_PATHS = [
    "tile/0/x001/x234/067.p/",
    "tile/0/x001/x234/067.p",
    "tile/0/x001/x234/",
    "tile/0/x001/x234",
    "tile/0/x001/",
    "tile/0/x001",
    "tile/1/x001/.p/abc",
    "tile/64/x001/002",
    "tile/-1/x001/002",
    "tile/abc/x001/002",
    "tile/8/001/002",
    "tile/8/x001/0002",
    "tile/8/x001/-002",
    "tile/8/x001/002.p/256",
    "tile/8/x001/002.p/999",
    "tile/8/002.p/0",
    "tile/8/002.p/01",
    "tile/8/002.p/1000",
    "tile/8/002.p/-1",
    "tile/8/002.p/2/",
    "tile/00/000",
    "tile/01/000",
    "tile/0/00",
    "tile/0/1",
    "tile/0/0000",
    "tile/0/x000/001",
    "tile/0/x000/x001/001",
    "tile/0/x01/001",
    "tile/0/xx01/001",
    "tile/0/X001/001",
    "tile/0/001/x001",
    "tile/0//001",
    "tile//001",
    "tile/001",
    "/tile/0/001",
    "til/0/001",
    "tile/0/001.P/1",
    "tile/0/001p/1",
    "tile/entries/1",
    "tile/entries/x000/001",
    "tile/entry/001",
    "tile/entries/0/001",
    "tile/data/001",
    "tile/0/\u0661\u0662\u0663",
    "tile/\u0661/001",
    "tile/0/001.p/\u0661",
    "tile/0/../0/001",
    "tile/+1/001",
]

levels = st.integers(0, 63)
numbers = st.integers(0, 10**18) | st.integers(0, 2000)
widths = st.integers(1, 256)


@pytest.mark.parametrize(("path", "place"), PATHS.items())
def test_published_paths(path: str, place: tuple[int | None, int, int]) -> None:
    level, number, width = place
    written = entries_path(number, width) if level is None else tile_path(level, number, width)
    assert written == path
    assert read_tile_path(path) == place


@given(level=levels, number=numbers, width=widths)
def test_a_path_names_its_tile(level: int, number: int, width: int) -> None:
    assert read_tile_path(tile_path(level, number, width)) == (level, number, width)
    assert read_tile_path(entries_path(number, width)) == (None, number, width)


@pytest.mark.parametrize("path", [*NO_PATHS, "", "tile/0/000\n", " tile/0/000", "tile/0/0 0"])
def test_no_other_path_is_read(path: str) -> None:
    with pytest.raises(Unreadable, match="not the path of a tile"):
        read_tile_path(path)


@given(level=levels, number=numbers, width=widths, data=st.data())
def test_a_mangled_path_never_names_the_same_tile(
    level: int, number: int, width: int, data: st.DataObject
) -> None:
    path = tile_path(level, number, width)
    place = data.draw(st.integers(0, len(path) - 1))
    mangled = path[:place] + data.draw(st.sampled_from("0123456789xp./")) + path[place + 1 :]
    try:
        assert (read_tile_path(mangled) == (level, number, width)) is (mangled == path)
    except Unreadable:
        assert mangled != path


@pytest.mark.parametrize(
    ("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_no_path_names_a_tile_that_cannot_be(level: int, number: int, width: int) -> None:
    with pytest.raises(ValueError, match=r"there is no (level|tile)"):
        tile_path(level, number, width)
    if level == 0:
        with pytest.raises(ValueError, match="there is no tile"):
            entries_path(number, width)


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
