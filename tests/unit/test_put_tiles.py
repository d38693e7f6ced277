"""Full tiles of workspace trees: which there are, what is behind them; each is put once."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.put_tiles import NewTile, fills_a_tile, new_tiles, put_tile
from indelible.tlog.compact_range import EMPTY_RANGE
from indelible.tlog.merkle import root_of
from indelible.tlog.tiles import EMPTY_EDGE, TILE_BYTES, decode_edge
from indelible.verifying.breaks import BreakType
from support.memory_tiles import MemoryTiles

LEAVES = 2 * 65_536 + 3 * 256 + 5


@cache
def leaves() -> list[bytes]:
    return [sha256(number.to_bytes(8)).digest() for number in range(LEAVES)]


def state_at(size: int, epoch: int = 0) -> WorkspaceState:
    return WorkspaceState("ws_a", epoch, EMPTY_RANGE.extended(leaves()[:size]))


@cache
def tiles_in_one_go() -> dict[str, bytes]:
    return {each.key: each.content for each in new_tiles(state_at(0), EMPTY_EDGE, leaves())[1]}


def test_every_full_tile_lies_at_its_path() -> None:
    paths = [f"ws/ws_a/0/tile/0/{number:03d}" for number in range(LEAVES // 256)]
    assert {*tiles_in_one_go()} == {*paths, "ws/ws_a/0/tile/1/000", "ws/ws_a/0/tile/1/001"}
    _, [first] = new_tiles(state_at(0, 7), EMPTY_EDGE, leaves()[:256])
    assert first.key == "ws/ws_a/7/tile/0/000"


def test_a_tile_of_level_0_has_its_leaves_and_a_tile_above_the_roots_below_it() -> None:
    tiles = tiles_in_one_go()
    for number in (0, 1, 255, 256, 514):
        content = tiles[f"ws/ws_a/0/tile/0/{number:03d}"]
        assert content[:TILE_BYTES] == b"".join(leaves()[number * 256 : (number + 1) * 256])
    roots = [root_of(leaves()[start : start + 256]) for start in range(65_536, 2 * 65_536, 256)]
    assert tiles["ws/ws_a/0/tile/1/001"] == b"".join(roots)


@pytest.mark.parametrize("number", [0, 1, 254, 255, 256, 511, 512, 514])
def test_behind_a_tile_is_the_edge_above_of_the_tree_that_ends_with_it(number: int) -> None:
    """An edge of an older tile would lack the roots that came since."""
    size = (number + 1) * 256
    content = tiles_in_one_go()[f"ws/ws_a/0/tile/0/{number:03d}"]
    edge = decode_edge(content[TILE_BYTES:], size)
    assert edge.compact_range == EMPTY_RANGE.extended(leaves()[:size])


def test_tiles_are_the_same_in_any_split_and_say_where_they_end() -> None:
    edge, found, size = EMPTY_EDGE, list[NewTile](), 0
    for end in (1, 255, 256, 300, 511, 513, 70_000, 131_072, LEAVES):
        part = leaves()[size:end]
        assert fills_a_tile(state_at(size), len(part)) == (end // 256 > size // 256)
        edge, tiles = new_tiles(state_at(size), edge, part)
        found, size = [*found, *tiles], end
        assert edge.compact_range == state_at(size).tree
    assert {each.key: each.content for each in found} == tiles_in_one_go()
    level_0 = [each.last_sequence for each in found if "/tile/0/" in each.key]
    assert level_0 == [*range(256, LEAVES, 256)]


def test_a_tile_is_stored_once_and_the_same_tile_again_is_no_break() -> None:
    store, tile = MemoryTiles(), NewTile("ws/ws_a/0/tile/0/000", b"content", 256)
    assert put_tile(store, tile) is None
    assert put_tile(store, tile) is None
    assert store.objects == {tile.key: b"content"}
    assert store.faults.calls == ["put_new", "put_new", "read"]


@pytest.mark.parametrize("stored", [b"", b"conten", b"contenT", b"content "])
def test_another_tile_with_the_same_key_is_a_break_and_stays(stored: bytes) -> None:
    tile = NewTile("ws/ws_a/0/tile/0/000", b"content", 256)
    store = MemoryTiles(objects={tile.key: stored})
    found = put_tile(store, tile)
    assert found
    assert (found.type, found.sequence) == (BreakType.CHECKPOINT_MISMATCH, 256)
    assert store.objects == {tile.key: stored}
