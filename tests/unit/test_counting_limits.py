"""Where the total of a list is null, or is counted by reading."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.chain.order import Order
from indelible.filters import Filters
from indelible.index.pages import decode_page, encode_page
from indelible.reading.budget import STORED_BYTES, Budget
from indelible.reading.counting import MOST_READ
from indelible.reading.listing import list_events
from indelible.reading.metered import Meter, metered
from support.builders import WORKSPACE
from support.reading import plenty
from support.small_index import SPAN, WIDE_SPAN
from unit.counted_chain import ORDERS, RARE, a_chain, first_page


@ORDERS
def test_a_page_does_not_wait_for_a_count_of_too_many_records(order: Order) -> None:
    behind = a_chain(WIDE_SPAN + (MOST_READ + 2) * SPAN, indexed_to=WIDE_SPAN)
    behind.ledger.faults.calls.clear()
    page = first_page(behind, order=order)
    assert (len(page.events), page.total) == (1, None)
    assert len(behind.ledger.faults.calls) <= 4
    nearly = a_chain(WIDE_SPAN + (MOST_READ - 1) * SPAN, indexed_to=WIDE_SPAN)
    assert first_page(nearly, order=order).total == 31


@ORDERS
def test_a_spent_budget_is_no_total_and_no_error(order: Order) -> None:
    indexed = a_chain(2 * WIDE_SPAN + 5)
    for budget in (plenty(0.0), Budget(lambda: 9.0, stored_bytes=1)):
        page = list_events(indexed.reader(), WORKSPACE, RARE, 1, None, budget, order)
        assert page.total is None
        assert page.next is not None


@ORDERS
def test_pages_of_the_index_are_subtracted_from_the_budget_once(order: Order) -> None:
    indexed, meter, budget = a_chain(8 * WIDE_SPAN), Meter(), Budget(lambda: 9.0)
    page = list_events(metered(indexed.reader(), meter), WORKSPACE, RARE, 1, None, budget, order)
    assert page.total == 205
    # An ascending list only looks where the newest segment ends.
    unopened = indexed.chain[-1].stored_bytes if order is Order.ASC else 0
    assert STORED_BYTES - budget.stored_bytes == meter.stored_bytes - unopened


def test_a_damaged_record_far_from_the_page_makes_the_total_unknown() -> None:
    indexed = a_chain(2 * WIDE_SPAN)
    damaged = indexed.chain[3]
    indexed.ledger.load([replace(damaged, records=b"garbage")])
    indexed.index.stored.clear()
    indexed.index.written.clear()
    indexed.extend()
    page = first_page(indexed)
    assert (len(page.events), page.total) == (1, None)


def test_a_missing_page_is_made_up_for_by_reading() -> None:
    indexed = a_chain(2 * WIDE_SPAN)
    for place in [each for each in indexed.index.stored if each[1] == 1 or each[3] == 3]:
        del indexed.index.stored[place]
    assert first_page(indexed).total == 52


def test_a_wrong_index_falsifies_the_total_but_not_the_last_page() -> None:
    """The first page believes the index. Each event that is listed has been checked."""
    indexed = a_chain(2 * SPAN, every=8)
    for place, stored in indexed.index.stored.items():
        page = decode_page(stored, SPAN) if place[1] == 0 else None
        if page and page.terms and place[3] == 0:
            forged = {term: sorted({*offsets, 5}) for term, offsets in page.postings()}
            indexed.index.stored[place] = encode_page(forged, SPAN)
    first = first_page(indexed)
    assert first.total == 5
    last = list_events(indexed.reader(), WORKSPACE, RARE, 9, first.next, plenty())
    assert (last.next, last.total) == (None, 4)


@pytest.mark.parametrize("texts", [{"search": "document"}, {"action": "doc*"}])
def test_filters_that_the_index_cannot_answer_are_counted_by_the_last_page_only(
    texts: dict[str, str],
) -> None:
    indexed, filters = a_chain(3 * SPAN), Filters({**texts, "actor_id": "rare"})
    first = first_page(indexed, filters)
    last = list_events(indexed.reader(), WORKSPACE, filters, 9, first.next, plenty())
    assert (first.total, last.total, last.next) == (None, 5, None)
