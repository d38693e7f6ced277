"""A list in ascending order is the same list the other way round, page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.order import Order
from indelible.errors import Unreadable
from indelible.filters import Filters, read_filters
from indelible.index.terms import is_exact
from indelible.reading.listing import list_events
from support.builders import NOON, SECOND, WORKSPACE, a_chain, records_of
from support.examples import examples
from support.memory_ledger import MemoryLedger
from support.reading import plenty, reader_of
from support.small_index import WIDE_SPAN, Indexed, chain_of, events_at
from unit.indexed_chains import FILTERS, indexed_chains
from unit.ordered_pages import pages, sequences

ASC, DESC = Order.ASC, Order.DESC


@settings(max_examples=examples(200), deadline=None)
@given(
    indexed=indexed_chains(longest=400),
    filters=FILTERS,
    times=st.tuples(st.integers(-1, 410), st.integers(0, 410)) | st.none(),
    limit=st.integers(1, 40),
)
def test_ascending_pages_are_the_descending_ones_reversed_whatever_the_index_has(
    indexed: Indexed, filters: Filters, times: tuple[int, int] | None, limit: int
) -> None:
    if times:
        start, end = NOON + min(times) * SECOND, NOON + max(times) * SECOND
        filters = replace(filters, start=start, end=end)
    records = records_of(indexed.chain)
    expected = [n for n, record in enumerate(records, 1) if filters.matches(record)]
    ascending = pages(indexed.reader(), filters, ASC, limit)
    descending = pages(indexed.reader(), filters, DESC, limit)
    assert sequences(ascending) == expected
    assert sequences(descending) == expected[::-1]
    for page in (*ascending, *descending):
        assert page.total in (None, len(expected))
        assert page.searched_to is None
    assert all(len(page.events) == limit for page in (*ascending[:-1], *descending[:-1]))
    assert ascending[-1].total == descending[-1].total == len(expected)


@pytest.mark.parametrize("order", Order)
def test_bounds_by_both_times_agree_wherever_they_lie_in_a_block(order: Order) -> None:
    """Each event that happened in March, in a range that begins and ends at any sequence."""
    march = {3, 17, 18, 30}
    fields: list[dict[str, object]] = [
        {"occurred_at": "2026-03-05T09:00:00.000000Z"} if n + 1 in march else {} for n in range(40)
    ]
    indexed = Indexed(chain_of(events_at([NOON + n * SECOND for n in range(40)], fields), [7]))
    indexed.extend()
    filters = read_filters({"occurred_from": "2026-03-01", "occurred_to": "2026-03-31"})
    for first in range(1, 41):
        last = first + 15
        start, end = NOON + (first - 1) * SECOND, NOON + (last - 1) * SECOND
        found = pages(indexed.reader(), replace(filters, start=start, end=end), order)
        expected = sorted(each for each in march if first <= each <= last)
        assert sequences(found) == [*order.arrange(expected)]


@pytest.mark.parametrize("per_segment", [1, 3, 4])
def test_ascending_pages_end_at_the_head_that_the_first_page_has_seen(per_segment: int) -> None:
    chain = a_chain(24, per_segment)
    ledger = MemoryLedger()
    known = [each for each in chain if each.last_sequence <= 12]
    ledger.load(known)
    reader = replace(reader_of([]), ledger=ledger)
    first = list_events(reader, WORKSPACE, Filters(), 5, None, plenty(), ASC)
    ledger.load(chain)
    found, position = [first], first.next
    while position:
        found.append(list_events(reader, WORKSPACE, Filters(), 5, position, plenty(), ASC))
        position = found[-1].next
    assert sequences(found) == [*range(1, 13)]
    assert {page.total for page in found} == {12}


@pytest.mark.parametrize("per_segment", [1, 3, 25, 100])
def test_the_oldest_page_takes_two_reads_whatever_the_length(per_segment: int) -> None:
    reader = reader_of(a_chain(400, per_segment))
    assert isinstance(reader.ledger, MemoryLedger)
    page = list_events(reader, WORKSPACE, Filters(), 25, None, plenty(), ASC)
    assert sequences([page]) == [*range(1, 26)]
    assert len(reader.ledger.faults.calls) <= 2


@pytest.mark.parametrize(("gone", "missing"), [(0, 1), (1, 4), (2, 7)])
def test_a_missing_segment_is_an_error_and_not_a_shorter_list(gone: int, missing: int) -> None:
    chain = a_chain(12, 3)
    del chain[gone]
    with pytest.raises(Unreadable, match=f"no sequence {missing}"):
        pages(reader_of(chain), read_filters({}), ASC)


def test_a_chain_that_has_lost_its_end_between_two_pages_is_an_error() -> None:
    chain = a_chain(12, 3)
    reader = reader_of(chain)
    first = list_events(reader, WORKSPACE, Filters(), 5, None, plenty(), ASC)
    with pytest.raises(Unreadable, match="no sequence 10"):
        list_events(reader_of(chain[:-1]), WORKSPACE, Filters(), 25, first.next, plenty(), ASC)


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("every", [1, 20])
def test_no_segment_is_looked_up_alone_where_the_index_says_where_it_begins(
    order: Order, every: int
) -> None:
    """Events in succession are read in succession, and rare ones together, by their keys."""
    fields = [{"actor_id": "rare" if n % every == 0 else "other"} for n in range(3 * WIDE_SPAN)]
    events = events_at([NOON + n * SECOND for n in range(3 * WIDE_SPAN)], fields)
    indexed = Indexed(chain_of(events, [8]))
    indexed.extend()
    indexed.ledger.faults.calls.clear()
    rare = Filters({"actor_id": "rare"})
    page = list_events(indexed.reader(), WORKSPACE, rare, 1_000, None, plenty(), order)
    assert len(page.events) == -(-3 * WIDE_SPAN // every)
    assert indexed.ledger.faults.calls.count("at_or_before") == 0


def test_the_oldest_page_does_not_need_the_newest_segment_to_be_whole() -> None:
    chain = a_chain(60, 3)
    chain[-1] = replace(chain[-1], records=b"garbage")
    page = list_events(reader_of(chain), WORKSPACE, Filters(), 10, None, plenty(), ASC)
    assert sequences([page]) == [*range(1, 11)]
    with pytest.raises(Unreadable):
        list_events(reader_of(chain), WORKSPACE, Filters(), 10, None, plenty(), DESC)


@pytest.mark.parametrize(
    ("texts", "exact"),
    [
        ({}, True),
        ({"actor_id": "a", "tenant_id": "t", "session_id": "s"}, True),
        ({"target_type": "team"}, True),
        ({"target_type": "team", "target_id": "x"}, False),  # perhaps of two targets
        ({"search": "x"}, False),
        ({"action": "invoice.paid"}, True),
        ({"action": "invoice.*"}, True),
        ({"action": "*"}, True),
        ({"action": "invoice.pa*"}, False),
        ({"action": "inv*"}, False),
        ({"action": "a.**"}, False),
        ({"action": "a*.b"}, True),  # not a prefix: the text itself
    ],
)
def test_filters_are_exact_when_having_their_terms_means_to_match(
    texts: dict[str, Any], exact: bool
) -> None:
    assert is_exact(Filters(texts)) is exact
