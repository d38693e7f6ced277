"""What is stored behind and above the tiles of a workspace tree must follow from them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from indelible.watching.stretch import check_stretch, read_stretch
from support.watched import Watching

NAME = "ws_a"
LONG = 66_000
"""Records of a chain whose tree has a full tile at level 1."""


def a_long_chain() -> Watching:
    watching = Watching()
    watching.chain_on(NAME, *[1_000] * (LONG // 1_000))
    for _ in range(3):
        watching.deployment.run()
    assert watching.deployment.covered(NAME).size == LONG
    return watching


CHAIN = a_long_chain()


def breaks(stretch: int, objects: dict[str, bytes]) -> list[tuple[str, int]]:
    """What is wrong with a stretch, with these objects in the bucket."""
    watching, state = Watching(), CHAIN.deployment.covered(NAME)
    watching.bucket.objects = objects
    ledger = CHAIN.deployment.ledger
    found = check_stretch(ledger, watching.bucket, state, read_stretch(ledger, state, stretch))
    return [(each.type.value, each.sequence) for each in found]


@pytest.mark.parametrize("stretch", [0, 1, 15, 16])
def test_the_tree_as_it_was_put_is_right(stretch: int) -> None:
    assert breaks(stretch, {**CHAIN.bucket.objects}) == []


def flipped(content: bytes) -> bytes:
    """The content with another last byte."""
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("change", [flipped, lambda old: old + bytes(32), lambda old: old[:-32]])
@pytest.mark.parametrize(("tile", "stretch"), [(5, 0), (20, 1), (254, 15)])
def test_an_edge_that_does_not_follow_is_found(
    change: Callable[[bytes], bytes], tile: int, stretch: int
) -> None:
    key = f"ws/{NAME}/0/tile/0/{tile:03d}"
    objects = {**CHAIN.bucket.objects, key: change(CHAIN.bucket.objects[key])}
    assert ("checkpoint_mismatch", (tile + 1) * 256) in breaks(stretch, objects)


def test_a_tile_above_that_does_not_follow_or_is_gone_is_found() -> None:
    key = f"ws/{NAME}/0/tile/1/000"
    objects = {**CHAIN.bucket.objects, key: flipped(CHAIN.bucket.objects[key])}
    assert breaks(15, objects) == [("checkpoint_mismatch", 65_536)]
    del objects[key]
    assert breaks(15, objects) == [("bucket_tampered", 65_536)]


def test_a_tile_without_its_edge_is_a_break_of_its_own_stretch_only() -> None:
    key = f"ws/{NAME}/0/tile/0/255"
    objects = {**CHAIN.bucket.objects, key: CHAIN.bucket.objects[key][:8_192]}
    assert breaks(15, objects) == [("checkpoint_mismatch", 65_536)]
    assert breaks(16, objects) == []
