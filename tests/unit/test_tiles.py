"""The paths of tiles: each names one tile, and no other text does (c2sp.org/tlog-tiles)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.tlog.tiles import (
    entries_path,
    read_tile_path,
    tile_path,
)

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
