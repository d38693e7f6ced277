"""Bounds of covering: a run stops at the end of a segment, and later runs cover the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.chain.segment import MAX_RECORDS_BYTES
from indelible.checkpoints.workspace_state import Growth
from indelible.covering import cover as module
from indelible.covering.cover import cover, settled
from support.builders import MINUTE, NOON, a_chain, records_of
from unit.covered_chain import LONG, NOTHING, covered, long_chain


@pytest.mark.parametrize(("records", "size"), [(0, 3), (3, 3), (5, 3), (6, 6), (8, 6), (9, 9)])
def test_a_run_covers_at_most_so_many_records_and_ends_with_a_segment(
    monkeypatch: pytest.MonkeyPatch, records: int, size: int
) -> None:
    chain = a_chain(9, 3)
    monkeypatch.setattr(module, "MAX_RECORDS", records)
    advance = cover(NOTHING, chain)
    assert advance.after.size == size
    assert (advance.left is None) == (size == 9)
    assert advance.held is None


def test_a_run_never_covers_more_bytes_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next segment may have 8 MiB, so there must be room for them."""
    chain = a_chain(9, 3)
    in_two = sum(len(each) for each in records_of(chain[:2]))
    for spare, size in ((-1, 6), (0, 9)):
        monkeypatch.setattr(module, "MAX_BYTES", in_two + MAX_RECORDS_BYTES + spare)
        assert cover(NOTHING, chain).after.size == size
    monkeypatch.setattr(module, "MAX_BYTES", 0)
    assert cover(NOTHING, chain).after.size == 3


def test_runs_within_the_bound_cover_the_whole_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    chain, state, sizes = long_chain(), NOTHING, list[int]()
    whole = covered(chain)
    monkeypatch.setattr(module, "MAX_RECORDS", 50)
    while state.size < LONG:
        state = cover(state, [each for each in chain if each.first_sequence > state.size]).after
        sizes.append(state.size)
    ends = {each.last_sequence for each in chain}
    assert {*sizes} <= ends
    assert state == whole
    assert len(sizes) == 6


def test_what_a_run_leaves_keeps_the_time_since_when_it_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_RECORDS", 3)
    chain = a_chain(9, 3)
    state = replace(NOTHING, growth=Growth(NOON, 7))
    first = settled(cover(state, chain), NOON + MINUTE)
    assert (first.size, first.growth, first.hold) == (3, Growth(NOON, 7), None)
    unknown = settled(cover(NOTHING, chain), NOON + MINUTE)
    assert unknown.growth == Growth(NOON + MINUTE, 4)
