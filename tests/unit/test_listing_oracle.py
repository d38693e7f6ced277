"""A list is that of the oracle, with an index of any state, any budget, and in both orders."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.order import Order
from indelible.errors import Unavailable
from indelible.filters import read_filters
from indelible.reading.budget import Budget
from indelible.reading.event_page import EventPage
from indelible.reading.listing import list_events
from indelible.reading.reader import Reader
from indelible.times import format_time, parse_time
from support.builders import NOON, SECOND, WORKSPACE, records_of
from support.examples import examples
from support.reading import events_of
from support.small_index import SPAN, WIDE_SPAN, Indexed, chain_of, events_at
from unit import query_oracle
from unit.indexed_chains import BLANK, without_slices

MANY = [{"type": f"t{n}", "id": f"i{n}"} for n in range(40)]
"""So many targets that the index does not keep their terms."""


@st.composite
def chains(draw: st.DrawFn) -> Indexed:
    """A chain of a few kinds of events. Its index may be behind, damaged or of other versions."""
    kinds = draw(st.lists(query_oracle.events, min_size=1, max_size=9))
    if draw(st.booleans()):
        kinds.append({**kinds[0], "targets": [*MANY, {"type": "user", "id": "team_1"}]})
    count = draw(st.integers(1, 3 * SPAN) | st.integers(WIDE_SPAN, WIDE_SPAN + 3 * SPAN))
    kind_of = draw(st.randoms(use_true_random=False))
    fields = [kinds[kind_of.randrange(len(kinds))] for _ in range(count)]
    events = events_at([NOON + n * SECOND for n in range(count)], fields)
    indexed = Indexed(chain_of(events, draw(st.lists(st.integers(1, 50), min_size=1, max_size=4))))
    indexed.extend(draw(st.just(count) | st.integers(0, count)))
    _spoil(draw, indexed.index.stored, [b"garbage", None, *map(of_version, (0, 1, 3))])
    _spoil(draw, indexed.index.written, [b"garbage", None, lambda _: BLANK, without_slices])
    return indexed


def of_version(version: int) -> Any:
    """A function that returns a page of another version of the terms, which has none of these."""
    return lambda _: zlib.compress(bytes([version, 0, 0, 0]))


def _spoil(draw: st.DrawFn, items: dict[Any, bytes], changes: list[Any]) -> None:
    if not items or draw(st.integers(0, 3)) == 0:
        return
    share, places = draw(st.sampled_from([1, 2, 5, 50])), draw(st.randoms(use_true_random=False))
    for place in sorted(items):
        if places.randrange(share) == 0:
            change = changes[places.randrange(len(changes))]
            if change is None:
                del items[place]
            else:
                items[place] = change(items[place]) if callable(change) else change


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    """At most two filters, so that events often match, and often bounds of created_at."""
    every = draw(query_oracle.filters)
    kept = draw(st.lists(st.sampled_from(sorted(every) or [""]), min_size=1, max_size=2))
    wanted = {name: every[name] for name in kept if name in every}
    longest = draw(st.sampled_from([3 * SPAN, WIDE_SPAN + 3 * SPAN]))
    start, end = sorted((draw(st.integers(-1, longest)), draw(st.integers(-1, longest))))
    for name, second in (("from", start), ("to", end)):
        if draw(st.integers(0, 2)) == 0:
            wanted[name] = format_time(NOON + second * SECOND + draw(st.integers(-1, 1)))
    if wanted.get("from", "") > wanted.get("to", "9"):
        del wanted["from"]
    return wanted


def pages(
    reader: Reader,
    wanted: dict[str, Any],
    order: Order,
    limit: int,
    checks: int,
    stored_bytes: int,
) -> Iterator[EventPage]:
    """Every page. The time of each is over after a number of looks at the clock.

    A first page for which that is too early is asked for again, with more time.
    """
    position, count, filters = None, 0, read_filters(wanted)
    while position is not None or not count:
        left = iter(range(checks, -10_000_000, -1))
        budget = Budget(lambda left=left: next(left), stored_bytes=stored_bytes)  # type: ignore[misc]
        try:
            page = list_events(reader, WORKSPACE, filters, limit, position, budget, order)
        except Unavailable:
            assert position is None
            checks += 10
            continue
        yield page
        assert position is None or position != page.next, "the page made no progress"
        position, count = page.next, count + 1


@settings(max_examples=examples(200), deadline=None)
@given(
    indexed=chains(),
    wanted=parameters(),
    order=st.sampled_from(Order),
    limit=st.integers(1, 40),
    checks=st.integers(1, 40) | st.just(10**6),
    stored_bytes=st.integers(1, 20_000) | st.just(10**9),
)
def test_pages_of_any_budget_are_together_the_list_of_the_oracle(
    indexed: Indexed,
    wanted: dict[str, Any],
    order: Order,
    limit: int,
    checks: int,
    stored_bytes: int,
) -> None:
    records = [json.loads(each) for each in records_of(indexed.chain)]
    expected = [each for each in records if query_oracle.matches(each, wanted)]
    expected = [*order.arrange(expected)]
    listed = list[int]()
    for page in pages(indexed.reader(), wanted, order, limit, checks, stored_bytes):
        found = [each["integrity"]["sequence"] for each in events_of(page)]
        listed += found
        assert listed == [each["sequence"] for each in expected[: len(listed)]]
        assert page.total in (None, len(expected))
        assert len(found) <= limit
        if page.next is None:
            assert page.total == len(listed)
        elif len(found) < limit:
            assert page.searched_to is not None
            rest = [parse_time(each["created_at"]) for each in expected[len(listed) :]]
            assert all((time > page.searched_to) == (order is Order.ASC) for time in rest)
            assert page.searched_to not in rest
        else:
            assert page.searched_to is None
    assert len(listed) == len(expected)
