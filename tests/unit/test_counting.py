"""The total of a list: counted by the index, exact or null."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.order import Order
from indelible.filters import Filters
from indelible.index.terms import is_exact, term_number
from indelible.reading import counting
from indelible.reading.counting import MOST_READ
from indelible.reading.listing import list_events
from support.builders import NOON, SECOND, WORKSPACE, records_of
from support.examples import examples
from support.reading import plenty
from support.small_index import SMALL, SPAN, WIDE_SPAN, Indexed, chain_of, events_at
from unit.counted_chain import ORDERS, RARE, a_chain, first_page
from unit.indexed_chains import FIELDS, FILTERS


@st.composite
def chains(draw: st.DrawFn) -> Indexed:
    """A chain with an intact index, as far behind as usual. Some events may have many terms."""
    kinds = [dict[str, object](each) for each in draw(st.lists(FIELDS, min_size=1, max_size=6))]
    if draw(st.booleans()):
        kinds.append({**kinds[0], "targets": [{"type": f"t{n}"} for n in range(70)]})
    count = draw(st.integers(1, 600))
    fields = [kinds[n * 5 // 3 % len(kinds)] for n in range(count)]
    events = events_at([NOON + n * SECOND for n in range(count)], fields)
    made = Indexed(chain_of(events, draw(st.lists(st.integers(1, 40), min_size=1, max_size=4))))
    made.extend(max(0, count - draw(st.integers(0, SPAN))))
    return made


@settings(max_examples=examples(150), deadline=None)
@given(
    indexed=chains(),
    filters=FILTERS,
    times=st.tuples(st.integers(0, 610), st.integers(0, 610)) | st.none(),
    order=st.sampled_from(Order),
    limit=st.integers(1, 30),
)
def test_the_total_is_that_of_a_plain_list_or_null(
    indexed: Indexed,
    filters: Filters,
    times: tuple[int, int] | None,
    order: Order,
    limit: int,
) -> None:
    if times:
        start, end = NOON + min(times) * SECOND, NOON + max(times) * SECOND
        filters = replace(filters, start=start, end=end)
    expected = sum(map(filters.matches, records_of(indexed.chain)))
    total = first_page(indexed, filters, order, limit).total
    if total is None:
        every_term = sum(b"t69" in record for record in records_of(indexed.chain))
        is_counted = is_exact(filters) and every_term + 2 * SPAN <= MOST_READ * SPAN
        assert not is_counted
    else:
        assert total == expected


@ORDERS
def test_matches_of_one_filter_are_counted_without_reading_them(order: Order) -> None:
    """The blocks are complete, so that only the listed event is read."""
    indexed = a_chain(4 * WIDE_SPAN)
    indexed.ledger.faults.calls.clear()
    assert first_page(indexed, order=order).total == 103
    assert len(indexed.ledger.faults.calls) <= 4


@ORDERS
def test_several_filters_are_counted_together(order: Order) -> None:
    fields = [
        {"actor_id": f"a{n % 4}", "tenant_id": f"t{n % 6}", "action": f"doc.{n % 5}.read"}
        for n in range(900)
    ]
    indexed = Indexed(chain_of(events_at([NOON + n * SECOND for n in range(900)], fields), [7]))
    indexed.extend()
    filters = Filters({"actor_id": "a1", "tenant_id": "t1", "action": "doc.3.*"})
    page = first_page(indexed, filters, order)
    assert page.total == len([n for n in range(900) if n % 12 == 1 and n % 5 == 3])


@ORDERS
def test_events_after_the_last_block_are_read_and_counted(order: Order) -> None:
    assert first_page(a_chain(2 * WIDE_SPAN + SPAN - 1), order=order).total == 53


@ORDERS
def test_events_with_too_many_terms_are_read_and_counted(order: Order) -> None:
    """They count as having every term, whether they match or not."""
    many = [{"type": f"t{n}"} for n in range(70)]
    fields: list[dict[str, object]] = [
        {"actor_id": "rare" if n % 10 == 0 else "other"} for n in range(2 * WIDE_SPAN)
    ]
    for n in (50, 51, 52, 300):
        fields[n]["targets"] = many
    events = events_at([NOON + n * SECOND for n in range(2 * WIDE_SPAN)], fields)
    indexed = Indexed(chain_of(events, [7]))
    indexed.extend()
    assert first_page(indexed, order=order).total == 52


@ORDERS
def test_an_event_beside_many_with_too_many_terms_is_counted_once(order: Order) -> None:
    """So many that all events around them are read. Others among these are in the index, too."""
    many = [{"type": f"t{n}"} for n in range(70)]
    fields: list[dict[str, object]] = [{"actor_id": "other"} for _ in range(2 * WIDE_SPAN)]
    for n in range(96, 104):  # a chunk of the index
        fields[n] = {"actor_id": "rare", **({"targets": many} if n % 2 else {})}
    fields[0]["actor_id"] = fields[-1]["actor_id"] = "rare"
    events = events_at([NOON + n * SECOND for n in range(2 * WIDE_SPAN)], fields)
    indexed = Indexed(chain_of(events, [7]))
    indexed.extend()
    assert first_page(indexed, order=order).total == 10


@ORDERS
def test_however_many_of_the_records_that_are_read_match_they_are_read_together(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that the index is not sure of: their events have too many terms."""
    monkeypatch.setattr(counting, "MOST_READ", 100)
    many = [{"type": f"t{n}"} for n in range(70)]
    fields: list[dict[str, object]] = [
        {"actor_id": "rare", "targets": many} if n % 5 == 0 else {"actor_id": "other"}
        for n in range(4 * WIDE_SPAN)
    ]
    events = events_at([NOON + n * SECOND for n in range(len(fields))], fields)
    indexed = Indexed(chain_of(events, [3]))
    indexed.extend()
    indexed.ledger.faults.calls.clear()
    assert first_page(indexed, order=order).total == 205
    assert len(indexed.ledger.faults.calls) <= 12


@ORDERS
def test_where_the_page_of_one_of_two_filters_is_missing_the_other_does_not_decide(
    order: Order,
) -> None:
    fields = [{"actor_id": f"a{n % 8}", "tenant_id": f"t{n % 24}"} for n in range(2 * WIDE_SPAN)]
    events = events_at([NOON + n * SECOND for n in range(2 * WIDE_SPAN)], fields)
    indexed = Indexed(chain_of(events, [7]))
    indexed.extend()
    number = term_number(WORKSPACE, ("tenant_id", "t1"))
    for level in (SMALL.narrow, SMALL.wide):
        del indexed.index.stored[WORKSPACE, level.number, level.shard_of(number), 0]
    filters = Filters({"actor_id": "a1", "tenant_id": "t1"})
    assert first_page(indexed, filters, order).total == len(range(1, 2 * WIDE_SPAN, 24))


@ORDERS
def test_the_total_of_the_first_page_is_that_of_all_pages(order: Order) -> None:
    indexed, position, totals = a_chain(300), None, []
    while True:
        page = list_events(indexed.reader(), WORKSPACE, RARE, 7, position, plenty(), order)
        totals.append(page.total)
        position = page.next
        if position is None:
            break
    assert totals == [30] * 5
