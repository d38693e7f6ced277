"""A page that ends for time or budget says how far it has come, and goes on from there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.order import Order
from indelible.filters import Filters, read_filters
from indelible.reading.budget import STORED_BYTES, Budget
from indelible.reading.listing import list_events
from indelible.reading.metered import Meter, metered
from support.builders import NOON, SECOND, WORKSPACE, a_chain, records_of
from support.examples import examples
from support.reading import plenty, reader_of
from support.small_index import WIDE_SPAN, Indexed, chain_of, events_at
from unit.indexed_chains import FILTERS, indexed_chains
from unit.ordered_pages import pages, sequences

ASC, DESC = Order.ASC, Order.DESC


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
