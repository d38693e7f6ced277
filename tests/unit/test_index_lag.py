"""The lag: a list reports that the index is behind when it is, and only then."""

from __future__ import annotations

import pytest
from indelible.filters import Filters
from indelible.index.lag import PATIENCE, Lag
from indelible.reading.event_page import ListPosition
from indelible.reading.listing import list_events
from support.builders import NOON, SECOND, WORKSPACE
from support.reading import plenty
from support.small_index import SPAN, WIDE_SPAN, Indexed, chain_of, events_at

NOBODY = Filters({"actor_id": "nobody"})


def a_chain(records: int, indexed: int, per_segment: int = 4) -> Indexed:
    """One record a second from noon on, indexed up to a sequence."""
    made = Indexed(chain_of(events_at([NOON + n * SECOND for n in range(records)]), [per_segment]))
    made.extend(indexed)
    return made


def lag_of(indexed: Indexed, filters: Filters = NOBODY) -> Lag:
    return list_events(indexed.reader(), WORKSPACE, filters, 25, None, plenty()).lag


def test_an_index_two_blocks_behind_for_six_minutes_is_reported() -> None:
    indexed = a_chain(5 * SPAN, 2 * SPAN)
    lag = lag_of(indexed)
    assert lag.records == 3 * SPAN
    assert lag.since == NOON + (3 * SPAN + 3) * SECOND
    assert lag.is_behind(lag.since + PATIENCE + 1)
    assert not lag.is_behind(lag.since + PATIENCE)


def test_a_block_at_the_end_of_a_wide_block_counts_too() -> None:
    indexed = a_chain(WIDE_SPAN + 8, WIDE_SPAN - SPAN)
    assert lag_of(indexed).since == NOON + (WIDE_SPAN + 3) * SECOND


@pytest.mark.parametrize("last", [3 * SPAN, 3 * SPAN + 4, 4 * SPAN - 1, 4 * SPAN])
def test_an_incomplete_or_newest_block_is_not_behind(last: int) -> None:
    """The indexer learns from the next segment that a block is complete: a quiet chain waits."""
    lag = lag_of(a_chain(last, 3 * SPAN))
    assert lag.since is None
    assert not lag.is_behind(NOON * 2)


def test_a_list_without_terms_reports_no_lag() -> None:
    indexed = a_chain(5 * SPAN, 0)
    for filters in (Filters({}), Filters({"search": "nothing"})):
        assert lag_of(indexed, filters) == Lag(0, None)


def test_a_page_further_back_reports_the_lag_it_meets() -> None:
    indexed = a_chain(5 * SPAN, 2 * SPAN)
    position = ListPosition(1, 4 * SPAN, 0, None)
    page = list_events(indexed.reader(), WORKSPACE, NOBODY, 25, position, plenty())
    assert (page.lag.records, page.lag.since) == (2 * SPAN, NOON + (3 * SPAN + 3) * SECOND)


def test_a_missing_page_in_the_middle_is_found_too() -> None:
    indexed = a_chain(8 * SPAN + 4, 8 * SPAN)
    for place in [each for each in indexed.index.stored if each[3] == 3]:
        del indexed.index.stored[place]
    lag = lag_of(indexed)
    assert lag.records == SPAN + 4
    assert lag.since is not None


def test_measuring_the_lag_costs_no_call() -> None:
    indexed = a_chain(5 * SPAN, 5 * SPAN)
    indexed.ledger.faults.calls.clear()
    indexed.index.faults.calls.clear()
    lag_of(indexed)
    assert [*indexed.ledger.faults.calls, *indexed.index.faults.calls] == [
        *("newest", "pages", "pages", "pages")
    ]
