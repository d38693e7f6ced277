"""An event whose chain or tiles were damaged since it was covered: that is said, not a proof."""

from __future__ import annotations

import pytest
from indelible.chain.segment import Segment, read_records
from indelible.errors import (
    DamagedItem,
    Unreadable,
)
from support.builders import WORKSPACE, rewritten
from support.proving import (
    a_deployment,
    a_long_chain,
    record_at,
)
from unit.proved_events import prove, stored_record


def changed(segment: Segment) -> Segment:
    """The segment with another record in its middle, and hashes that fit."""
    records = read_records(segment)
    records[2] = records[2].replace(b"document.created", b"document.deleted")
    return rewritten(segment, records)


@pytest.mark.parametrize("sequence", [103, 253])
def test_a_record_that_was_changed_since_it_was_covered_is_damage_and_not_a_proof(
    sequence: int,
) -> None:
    """In a full tile, and in the unfinished one, where the changed leaf is in the path itself."""
    deployment = a_deployment()
    for _ in range(6):
        deployment.grow(WORKSPACE, 50)
    deployment.run()
    [segment] = [each for each in deployment.ledger.chain(WORKSPACE) if each.holds(sequence)]
    deployment.ledger.load([changed(segment)])
    with pytest.raises(Unreadable, match=f"record {sequence} of ws_test as it was covered"):
        prove(deployment, sequence, stored_record(deployment, sequence))


def test_a_neighbour_that_was_changed_in_the_unfinished_tile_is_damage() -> None:
    deployment = a_deployment()
    segments = [*deployment.grow(WORKSPACE, 5), *deployment.grow(WORKSPACE, 5)]
    deployment.run()
    deployment.ledger.load([changed(segments[0])])
    with pytest.raises(Unreadable):
        prove(deployment, 8, stored_record(deployment, 8))


@pytest.mark.parametrize("lost", [slice(0, 0), slice(0, 1), slice(1, 2)])
def test_a_chain_that_lost_records_of_the_unfinished_tile_is_damaged(lost: slice) -> None:
    deployment = a_deployment()
    for _ in range(3):
        deployment.grow(WORKSPACE, 5)
    deployment.run()
    record = stored_record(deployment, 13)
    chain = deployment.ledger.chain(WORKSPACE)
    deployment.ledger.chains[WORKSPACE] = {}
    deployment.ledger.load(chain[lost])
    with pytest.raises(Unreadable):
        prove(deployment, 13, record)


@pytest.mark.parametrize("content", [None, b"", bytes(8_192 + 31)])
def test_a_tile_that_is_gone_or_cut_off_is_never_taken_for_a_tile(content: bytes | None) -> None:
    deployment = a_long_chain(1_000, 700)
    key = "ws/ws_test/0/tile/0/002"
    del deployment.bucket.objects[key]
    if content is not None:
        deployment.bucket.objects[key] = content
    with pytest.raises((DamagedItem, Unreadable)):
        prove(deployment, 701, record_at(700))
