"""Searching a chain by time agrees with reading every record, and never skips a gap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.search import (
    first_sequence_since,
    segment_since,
    sequence_since,
    unbroken,
    unbroken_descending,
)
from indelible.chain.segment import Segment
from indelible.errors import Unreadable
from support.builders import NOON, SECOND, WORKSPACE, a_chain
from support.memory_ledger import MemoryLedger

CHAIN = a_chain(40, 3)


def a_ledger(chain: list[Segment]) -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.load(chain)
    return ledger


def expected_at(records: int, time: int) -> int:
    """The first record at or after a time; record n was chained in second n."""
    return next((n for n in range(1, records + 1) if NOON + n * SECOND >= time), records + 1)


@given(st.integers(1, 60), st.integers(1, 7), st.integers(-2, 62), st.integers(-1, 1))
def test_a_time_leads_to_the_first_record_at_or_after_it(
    records: int, per_segment: int, second: int, beside: int
) -> None:
    chain = a_chain(records, per_segment)
    time = NOON + second * SECOND + beside
    assert first_sequence_since(a_ledger(chain), chain[-1], time) == expected_at(records, time)


@given(st.integers(1, 40), st.integers(0, 13), st.integers(0, 13))
def test_a_search_within_bounds_finds_the_same_segment(
    second: int, before: int, after: int
) -> None:
    time = NOON + second * SECOND
    holding = (second - 1) // 3
    low = CHAIN[max(0, holding - before)].first_sequence
    high = CHAIN[min(len(CHAIN) - 1, holding + after)].last_sequence
    found = segment_since(a_ledger(CHAIN), WORKSPACE, time, low, high)
    assert found == CHAIN[holding].first_sequence


@pytest.mark.parametrize(("offset", "sequence"), [(-1, 4), (0, 4), (1, 5), (SECOND + 1, 6)])
def test_a_record_is_found_within_its_segment(offset: int, sequence: int) -> None:
    assert sequence_since(CHAIN[1], CHAIN[1].first_created_at + offset) == sequence
    assert sequence_since(CHAIN[1], CHAIN[1].last_created_at + 1) == 7


def test_every_segment_on_the_way_is_checked() -> None:
    seen: list[int] = []
    segment_since(
        a_ledger(CHAIN), WORKSPACE, NOON, 1, 40, check=lambda s: seen.append(s.first_sequence)
    )
    assert seen[-1] == 1
    assert len(seen) <= 6


def test_no_search_skips_a_gap() -> None:
    ledger = a_ledger([*CHAIN[:4], *CHAIN[5:]])
    with pytest.raises(Unreadable, match="no sequence 13"):
        list(unbroken(WORKSPACE, ledger.ascending(WORKSPACE, 1), 1))
    with pytest.raises(Unreadable, match="no sequence 15"):
        list(unbroken_descending(ledger, WORKSPACE, 1, 40, 2))
    with pytest.raises(Unreadable, match="no sequence 13"):
        segment_since(ledger, WORKSPACE, NOON + 14 * SECOND, 1, 28)


def test_a_missing_beginning_is_a_gap_too() -> None:
    ledger = a_ledger(CHAIN[1:])
    with pytest.raises(Unreadable, match=r"no sequence 1$"):
        list(unbroken(WORKSPACE, ledger.ascending(WORKSPACE, 1), 1))
    with pytest.raises(Unreadable, match="no sequence 3"):
        list(unbroken_descending(ledger, WORKSPACE, 1, 40, 2))
    assert list(unbroken_descending(ledger, WORKSPACE, 4, 9, 2)) == [CHAIN[2], CHAIN[1]]
