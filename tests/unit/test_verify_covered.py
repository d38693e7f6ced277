"""Verifying a part of a chain beside the last record that the log covers."""

from __future__ import annotations

import pytest
from indelible.chain.segment import Segment, event_hashes_of
from indelible.reading.verification import VerifiedUpTo, verify_range
from indelible.times import LATEST
from indelible.verifying.kept_head import KeptHead
from support.builders import WORKSPACE, a_chain, at_second
from support.reading import plenty, reader_of

CHAIN = a_chain(30, 3)
OTHER = bytes([7]) * 32


def hash_at(sequence: int) -> bytes:
    return [each for segment in CHAIN for each in event_hashes_of(segment)][sequence - 1]


def found(
    covered: KeptHead,
    chain: list[Segment] = CHAIN,
    times: tuple[int, int] = (0, LATEST),
    limit: int = 1_000,
) -> list[tuple[str, int]]:
    """The breaks of all parts."""
    position: VerifiedUpTo | None = None
    breaks: list[tuple[str, int]] = []
    while True:
        again = KeptHead(covered.sequence, covered.event_hash)
        reader = reader_of(chain)
        part = verify_range(reader, WORKSPACE, times, limit, position, plenty(), again)
        breaks += [(each.type.value, each.sequence) for each in part.breaks]
        position = part.next
        if position is None:
            return breaks


@pytest.mark.parametrize("limit", [1, 4, 1_000])
@pytest.mark.parametrize("size", [1, 3, 17, 30])
def test_the_covered_head_is_compared_in_the_part_that_has_it(size: int, limit: int) -> None:
    assert found(KeptHead(size, hash_at(size)), limit=limit) == []
    assert found(KeptHead(size, OTHER), limit=limit) == [("checkpoint_mismatch", size)]


@pytest.mark.parametrize("limit", [1, 4, 1_000])
def test_a_chain_that_ends_before_the_covered_head_was_cut_off(limit: int) -> None:
    assert found(KeptHead(31, OTHER), limit=limit) == [("truncated", 31)]
    assert found(KeptHead(30, hash_at(30)), CHAIN[:9], limit=limit) == [("truncated", 28)]
    assert found(KeptHead(30, hash_at(30)), [], limit=limit) == [("truncated", 1)]


def test_a_part_without_the_covered_head_says_nothing_of_it() -> None:
    assert found(KeptHead(30, OTHER), times=(at_second(4), at_second(9))) == []
