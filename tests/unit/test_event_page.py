"""A page with its records fits into a response, and a shortened page is followed by the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from indelible.chain.order import Order
from indelible.chain.segment import Segment
from indelible.filters import Filters, read_filters
from indelible.proving.page_proof import PageProof
from indelible.reading.event_page import EventPage, ListPosition
from indelible.reading.listing import list_events
from indelible.web.page_view import public_page
from indelible.web.parameters import PageRequest
from support.builders import WORKSPACE, a_chain, a_queued_event
from support.reading import plenty, reader_of


def chain_of(fields: list[dict[str, Any]], per_segment: int) -> list[Segment]:
    events = [a_queued_event(number, **each) for number, each in enumerate(fields, 1)]
    return a_chain(-(-len(events) // per_segment), per_segment, events)


def page_of(
    chain: list[Segment],
    limit: int,
    position: ListPosition | None = None,
    order: Order = Order.DESC,
    filters: Filters | None = None,
) -> EventPage:
    return list_events(
        reader_of(chain),
        WORKSPACE,
        filters or Filters(),
        limit,
        position,
        plenty(),
        order,
        with_records=True,
    )


def shown(page: EventPage) -> dict[str, Any]:
    request: PageRequest[ListPosition] = PageRequest(Filters(), 100, None, [])
    body = public_page(page, request, lambda: b"key", PageProof(page.records))
    found: dict[str, Any] = json.loads(msgspec.json.encode(body))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": {"quotes": '"' * 32_000}},
        {"user_agent": "é" * 60_000},
        {"targets": [{"type": "t"}] * 5_000},
    ],
)
def test_a_page_with_large_records_stays_below_lambdas_response_limit(
    fields: dict[str, Any],
) -> None:
    large = {"actor_id": "user_1", "action": "login", **fields}
    chain = chain_of([large] * 60, 20)
    position, listed = None, 0
    while position is not None or not listed:
        page = page_of(chain, 100, position)
        answer = {"body": msgspec.json.encode(shown(page)).decode()}
        assert len(json.dumps(answer)) < 5_900_000, "and the nodes take at most 0.2 MB"
        assert page.events
        listed, position = listed + len(page.events), page.next
    assert listed == 60


def test_the_records_are_those_of_the_events_in_their_order() -> None:
    chain = chain_of([{"actor_id": f"user_{n}"} for n in range(7)], 3)
    page = shown(page_of(chain, 5))
    records = page["proof"]["records"]
    assert [json.loads(each["record"])["actor_id"] for each in records] == [
        each["actor"]["id"] for each in page["data"]
    ]
    assert [each["index"] for each in records] == [6, 5, 4, 3, 2]


def test_a_record_that_is_no_text_is_shown_with_other_bytes_than_are_stored() -> None:
    """So whoever hashes the text sees that it is not the record."""
    page = PageProof({1: b'{"a":"\xff"}'})
    listed = EventPage(ListPosition(1, 1, 0, 1))
    request: PageRequest[ListPosition] = PageRequest(Filters(), 100, None, [])
    body: Any = public_page(listed, request, lambda: b"key", page)
    assert body["proof"]["records"] == [{"index": 0, "record": '{"a":"\ufffd"}'}]


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("wanted", [{}, {"tenant_id": "t1"}])
def test_after_a_shortened_page_comes_what_it_has_left_out(
    order: Order, wanted: dict[str, Any]
) -> None:
    chain = chain_of([{"tenant_id": f"t{n % 3}"} for n in range(40)], 7)
    filters = read_filters(wanted)
    whole = page_of(chain, 100, None, order, filters)
    found, position = list[int](), None
    while position is not None or not found:
        page = page_of(chain, 6, position, order, filters).shortened(4)
        assert len(page.events) <= 4
        assert page.total in (None, whole.total)
        found, position = [*found, *page.records], page.next
    assert found == [*whole.records]
    assert page.total == whole.total == len(found)


def test_a_page_that_is_short_enough_stays_as_it_is() -> None:
    page = page_of(chain_of([{}] * 5, 5), 5)
    assert page.shortened(5) is page
    assert page.shortened(6) is page
    empty = page_of([], 5)
    assert empty.shortened(0) is empty


def test_a_shortened_page_names_only_the_damaged_segments_that_it_shows() -> None:
    page = page_of(chain_of([{}] * 9, 3), 9)
    page.listed = [
        replace(each, damaged=first)
        for each, first in zip(page.listed, [7, 7, 7, None, None, None, 1, 1, 1], strict=True)
    ]
    assert page.damaged == {7, 1}
    assert page.shortened(6).damaged == {7}
