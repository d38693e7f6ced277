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
from indelible.reading.budget import STORED_BYTES, Budget
from indelible.reading.listing import EventPage, list_events
from indelible.reading.metered import Meter, metered
from indelible.reading.reader import Reader
from support.builders import NOON, SECOND, WORKSPACE, a_chain, records_of
from support.examples import examples
from support.memory_ledger import MemoryLedger
from support.reading import events_of, plenty, reader_of
from support.small_index import WIDE_SPAN, Indexed, chain_of, events_at
from unit.indexed_chains import FILTERS, indexed_chains

ASC, DESC = Order.ASC, Order.DESC


def pages(
    reader: Reader,
    filters: Filters,
    order: Order,
    limit: int = 25,
    budget: Budget | None = None,
) -> list[EventPage]:
    """Every page, first to last."""
    found, position = list[EventPage](), None
    while not found or position is not None:
        found.append(
            list_events(reader, WORKSPACE, filters, limit, position, budget or plenty(), order)
        )
        position = found[-1].next
        assert len(found) < 1_000, "listing does not come to an end"
    return found


def sequences(found: list[EventPage]) -> list[int]:
    """The sequences of all events on these pages."""
    return [each["integrity"]["sequence"] for page in found for each in events_of(page)]


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


@settings(max_examples=examples(100), deadline=None)
@given(
    indexed=indexed_chains(longest=400),
    filters=FILTERS,
    order=st.sampled_from(Order),
    checks=st.integers(0, 12),
    limit=st.integers(1, 10),
)
def test_every_match_up_to_searched_to_has_been_listed(
    indexed: Indexed, filters: Filters, order: Order, checks: int, limit: int
) -> None:
    """The time runs out after a number of looks at the clock, anywhere in the page."""
    left = iter(range(checks, -10_000, -1))
    budget = Budget(lambda: next(left))
    page = list_events(indexed.reader(), WORKSPACE, filters, limit, None, budget, order)
    is_early = page.next is not None and len(page.events) < limit
    assert (page.searched_to is not None) == is_early
    if page.searched_to is None:
        return
    listed = {*sequences([page])}
    for segment in indexed.chain:
        for sequence, record in enumerate(records_of([segment]), segment.first_sequence):
            time = NOON + (sequence - 1) * SECOND
            is_searched = time <= page.searched_to if order is ASC else time >= page.searched_to
            if is_searched and filters.matches(record):
                assert sequence in listed


@pytest.mark.parametrize("order", Order)
def test_searched_to_advances_from_page_to_page_until_the_end(order: Order) -> None:
    """A budget of no time at all reads a segment for each page."""
    chain, nobody = a_chain(12, 2), Filters({"actor_id": "nobody"})
    found = pages(reader_of(chain), nobody, order, budget=plenty(0.0))
    times = [page.searched_to for page in found]
    expected = [
        segment.last_created_at if order is ASC else segment.first_created_at
        for segment in order.arrange(chain)
    ]
    assert times == [*expected[:-1], None]
    assert found[-1].total == 0


@pytest.mark.parametrize("order", Order)
def test_a_search_of_large_records_ends_in_time_within_a_segment(order: Order) -> None:
    """A segment may have 8 MiB of text, for which a search can take seconds."""
    large = "\ufdfa" * 20_000  # 18 characters each, when normalized
    fields: list[dict[str, object]] = [{"actor_name": large} for _ in range(40)]
    fields[0]["actor_id"] = fields[-1]["actor_id"] = "Zoe"
    chain = chain_of(events_at([NOON + n * SECOND for n in range(40)], fields), [40])
    found = pages(reader_of(chain), read_filters({"search": "zoe"}), order, budget=plenty(0.0))
    assert sequences(found) == [*order.arrange([1, 40])]
    assert len(found) > 10
    assert found[-1].total == 2


@pytest.mark.parametrize("order", Order)
def test_a_spent_budget_ends_looking_ahead_in_the_index(order: Order) -> None:
    """Pages of the index count with what is read: many terms of many blocks have many pages."""
    fields = [{"actor_id": "rare" if n % WIDE_SPAN == 9 else "other"} for n in range(9 * WIDE_SPAN)]
    events = events_at([NOON + n * SECOND for n in range(9 * WIDE_SPAN)], fields)
    indexed = Indexed(chain_of(events, [20]))
    indexed.extend()
    indexed.index.faults.calls.clear()
    rare, spent = Filters({"actor_id": "rare"}), Budget(lambda: 9.0, stored_bytes=1)
    page = list_events(indexed.reader(), WORKSPACE, rare, 25, None, spent, order)
    assert page.next is not None
    assert indexed.index.faults.calls.count("pages") <= 2
    assert sequences(pages(indexed.reader(), rare, order)) == [
        *order.arrange(range(10, 9 * WIDE_SPAN, WIDE_SPAN))
    ]


@pytest.mark.parametrize("order", Order)
def test_directories_are_subtracted_from_the_budget_once(order: Order) -> None:
    """A list by when things happened may read those of a long chain, and nothing else."""
    indexed, budget, meter = Indexed(a_chain(2 * WIDE_SPAN, 7)), plenty(), Meter()
    indexed.extend()
    long_ago = read_filters({"occurred_to": "1999-12-31"})
    reader = metered(indexed.reader(), meter)
    page = list_events(reader, WORKSPACE, long_ago, 25, None, budget, order)
    assert (page.events, page.next, page.total) == ([], None, 0)
    # An ascending list only looks where the newest segment ends.
    unopened = indexed.chain[-1].stored_bytes if order is ASC else 0
    assert STORED_BYTES - budget.stored_bytes == meter.stored_bytes - unopened
    assert meter.stored_bytes > sum(map(len, indexed.index.written.values()))


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


def test_where_only_the_index_was_read_searched_to_comes_from_the_chain() -> None:
    indexed = Indexed(a_chain(600, 7))
    indexed.extend()
    nobody = Filters({"actor_id": "nobody"})
    [page, *_] = pages(indexed.reader(), nobody, ASC, budget=plenty(0.0))
    assert page.next is not None
    assert not page.events
    holding = next(s for s in indexed.chain if s.holds(page.next.first - 1))
    assert page.searched_to == holding.first_created_at


def test_a_full_page_has_no_searched_to_even_when_the_time_is_over() -> None:
    page = list_events(reader_of(a_chain(9, 3)), WORKSPACE, Filters(), 1, None, plenty(0.0), ASC)
    assert (len(page.events), page.searched_to) == (1, None)


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
