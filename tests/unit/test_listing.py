"""Listing returns what the oracle returns, page by page, whatever happens between pages."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.fields import QueuedEvent
from indelible.chain.segment import Segment
from indelible.errors import Unreadable
from indelible.filters import read_filters
from indelible.reading.budget import Budget
from indelible.reading.event_page import EventPage, ListPosition
from indelible.reading.listing import list_events
from indelible.reading.reader import Reader
from indelible.times import format_time
from support.builders import NOON, SECOND, WORKSPACE, a_chain, event_id, records_of
from support.memory_ledger import MemoryLedger
from support.reading import events_of, plenty, reader_of
from unit import query_oracle


def pages(
    reader: Reader, parameters: dict[str, Any], limit: int = 25, budget: Budget | None = None
) -> list[EventPage]:
    """Every page, first to last."""
    found: list[EventPage] = []
    position: ListPosition | None = None
    while not found or position is not None:
        page = list_events(
            reader, WORKSPACE, read_filters(parameters), limit, position, budget or plenty()
        )
        found.append(page)
        assert len(found) < 1_000, "listing does not come to an end"
        position = page.next
    return found


def sequences(found: list[EventPage]) -> list[int]:
    """The sequences of all events on these pages."""
    return [each["integrity"]["sequence"] for page in found for each in events_of(page)]


def chain_of(events: list[dict[str, Any]], per_segment: int) -> list[Segment]:
    """A chain of these events, one a second from noon on."""
    numbered = enumerate(events, start=1)
    return a_chain(
        0, per_segment, [QueuedEvent(event_id(n), NOON + n * SECOND, e) for n, e in numbered]
    )


@given(
    events=st.lists(query_oracle.events, min_size=1, max_size=30),
    parameters=query_oracle.filters,
    start=st.none() | st.integers(-1, 31),
    end=st.none() | st.integers(-1, 31),
    per_segment=st.integers(1, 7),
    limit=st.integers(1, 12),
)
def test_all_pages_together_equal_the_list_of_the_oracle(
    events: list[dict[str, Any]],
    parameters: dict[str, Any],
    start: int | None,
    end: int | None,
    per_segment: int,
    limit: int,
) -> None:
    if start is not None and end is not None and start > end:
        start, end = end, start
    times = {"from": start, "to": end}
    parameters |= {k: format_time(NOON + v * SECOND) for k, v in times.items() if v is not None}
    chain = chain_of(events, per_segment)
    found = pages(reader_of(chain), parameters, limit)
    expected = [
        each["sequence"] for each in query_oracle.newest_first(records_of(chain), parameters)
    ]
    assert sequences(found) == expected
    assert all(len(page.events) == limit for page in found[:-1])
    total = len(expected) if query_oracle.is_counted(parameters) else None
    assert [page.total for page in found] == [*[total] * (len(found) - 1), len(expected)]


@pytest.mark.parametrize(
    "fields",
    [
        {"user_agent": "é" * 60_000},  # three bytes for one: JSON within JSON, which is in ASCII
        {"targets": [{"type": "t"}] * 5_000},  # five bytes for one: absent fields are shown as null
    ],
)
def test_a_page_of_large_events_stays_below_lambdas_response_limit(fields: dict[str, Any]) -> None:
    large = {"actor_id": "user_1", "action": "login", **fields}
    chain = chain_of([large] * 100, 20)
    found = pages(reader_of(chain), {}, limit=100)
    assert sequences(found) == [*range(100, 0, -1)]
    for page in found:
        answer = json.dumps({"body": msgspec.json.encode(page.events).decode()})
        assert len(answer) < 6_000_000
    assert len(found) < 10


def test_a_page_shows_every_field_of_the_contract() -> None:
    [page] = pages(reader_of(chain_of([{"actor_id": "user_1", "action": "login"}], 1)), {})
    [event] = events_of(page)
    assert [event] == [
        {
            "id": event_id(1),
            "actor": {"id": "user_1", "name": None, "type": None},
            "action": "login",
            "action_category": None,
            "resource": {"type": None, "id": None, "name": None},
            "targets": [],
            "metadata": None,
            "tenant_id": None,
            "session_id": None,
            "ip_address": None,
            "user_agent": None,
            "ip_country": None,
            "ip_city": None,
            "idempotency_key": None,
            "version": None,
            "integrity": event["integrity"],
            "occurred_at": None,
            "created_at": "2026-11-23T12:00:01.000000Z",
        }
    ]


def test_each_event_carries_the_hashes_before_and_after_it() -> None:
    chain = a_chain(7, 3)
    [page] = pages(reader_of(chain), {})
    links = [each["integrity"] for each in events_of(page)]
    assert links[0]["event_hash"] == chain[-1].event_hash.hex()
    for later, earlier in pairwise(links):
        assert later["previous_event_hash"] == earlier["event_hash"]
    assert links[-1]["previous_event_hash"] is None


def test_events_chained_between_pages_change_no_page() -> None:
    chain = a_chain(20, 2)
    reader = reader_of(chain[:5])
    filters = read_filters({})
    first = list_events(reader, WORKSPACE, filters, 4, None, plenty())
    assert isinstance(reader.ledger, MemoryLedger)
    reader.ledger.load(chain[5:])
    second = list_events(reader, WORKSPACE, filters, 100, first.next, plenty())
    assert sequences([first, second]) == list(range(10, 0, -1))
    assert (first.total, second.total, second.next) == (10, 10, None)


def test_a_spent_budget_gives_an_empty_page_and_the_place_to_continue() -> None:
    chain = a_chain(12, 2)
    found = pages(reader_of(chain), {"actor_id": "nobody"}, budget=plenty(0.0))
    assert [len(page.events) for page in found] == [0] * len(found)
    assert len(found) == 6
    assert [page.total for page in found] == [None] * 5 + [0]


def test_the_newest_page_takes_two_reads_whatever_the_length() -> None:
    for per_segment in (1, 3, 25, 100):
        reader = reader_of(a_chain(400, per_segment))
        assert isinstance(reader.ledger, MemoryLedger)
        page = list_events(reader, WORKSPACE, read_filters({}), 25, None, plenty())
        assert len(page.events) == 25
        assert len(reader.ledger.faults.calls) <= 2


def test_a_missing_segment_is_an_error_and_not_a_shorter_list() -> None:
    chain = a_chain(9, 3)
    with pytest.raises(Unreadable, match="no sequence 6"):
        pages(reader_of([chain[0], chain[2]]), {})


def test_a_chain_without_its_beginning_is_an_error_too() -> None:
    with pytest.raises(Unreadable, match="no sequence 3"):
        pages(reader_of(a_chain(9, 3)[1:]), {})
