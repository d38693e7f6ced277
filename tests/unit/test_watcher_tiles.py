"""What is stored behind and above the tiles of a workspace tree must follow from them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from indelible.chain.hashes import Head
from indelible.chain.segment import read_records
from indelible.watching.covered_tiles import check_stretch
from indelible.watching.stretch import check_chain, read_stretch
from support.builders import a_segment
from support.memory_ledger import MemoryLedger
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


def breaks_without(stretch: int, *firsts: int) -> list[tuple[str, int]]:
    """What is wrong with the records of a stretch if these segments are gone."""
    kept = {**CHAIN.deployment.ledger.chains[NAME]}
    for first in firsts:
        del kept[first]
    ledger = MemoryLedger(chains={NAME: kept})
    state = CHAIN.deployment.covered(NAME)
    found, _ = check_chain(ledger, state, read_stretch(ledger, state, stretch))
    return [(each.type.value, each.sequence) for each in found]


def test_the_stretch_in_which_a_chain_ends_too_early_has_the_break() -> None:
    last = (64_001, 65_001)
    assert breaks_without(15, *last) == [("truncated", 64_001)]
    assert breaks_without(16, *last) == []
    assert breaks_without(15, 65_001) == [("truncated", 65_001)]


def test_records_that_no_segment_holds_are_missed_in_each_stretch() -> None:
    gone = range(4_001, 13_001, 1_000)
    assert breaks_without(0, *gone) == [("sequence_gap", 4_001)]
    assert breaks_without(1, *gone) == [("sequence_gap", 4_097)]
    assert breaks_without(2, *gone) == [("sequence_gap", 8_193)]
    assert breaks_without(3, *gone)[0] == ("sequence_gap", 13_001)
    assert breaks_without(4, *gone) == []


def test_a_segment_must_follow_the_one_of_the_stretch_before() -> None:
    """Its records are those covered, and its hashes fit each other. Only the link is wrong."""
    watching = Watching()
    watching.grow(NAME, *[512] * 9)
    state, stored = watching.deployment.covered(NAME), watching.deployment.ledger.chains[NAME]
    segment = stored[4_097]
    stored[4_097] = a_segment(
        read_records(segment),
        Head(4_096, bytes(32), 0),
        workspace_id=NAME,
        first_created_at=segment.first_created_at,
        last_created_at=segment.last_created_at,
    )
    ledger = watching.deployment.ledger
    found, _ = check_chain(ledger, state, read_stretch(ledger, state, 1))
    assert [(each.type.value, each.sequence) for each in found] == [("chain_break", 4_097)]
    found, _ = check_chain(ledger, state, read_stretch(ledger, state, 0))
    assert found == []
