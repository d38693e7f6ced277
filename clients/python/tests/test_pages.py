"""Iterators follow cursors to the end."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from support_client import Setup, query_of, refusal, reply

from indelible_client import NotIndelible


def page(ids: list[str], cursor: Any = None, searched_to: Any = None) -> httpx.Response:
    place: dict[str, Any] = {"next_cursor": cursor, "total": None, "searched_to": searched_to}
    place["has_more"] = cursor is not None
    return reply(200, {"data": [{"id": each} for each in ids], "pagination": place})


def part(count: int, cursor: Any, *, valid: bool = True) -> httpx.Response:
    data = {"valid": valid, "events_checked": count, "breaks": [], "next_cursor": cursor}
    return reply(200, {"data": {**data, "head": None}})


def test_events_of_all_pages_come_in_order_and_filters_are_kept(setup: Setup) -> None:
    client, server = setup.client(page(["3", "2"], "c1"), page([], "c2", "2026-09-14"), page(["1"]))
    found = list(client.iterate_events(action=["a.b", "c.d"], limit=2))
    assert [each["id"] for each in found] == ["3", "2", "1"]
    filters = [("action", "a.b"), ("action", "c.d"), ("limit", "2")]
    assert [query_of(each) for each in server.requests] == [
        filters,
        [*filters, ("cursor", "c1")],
        [*filters, ("cursor", "c2")],
    ]


def test_pages_say_how_far_the_list_has_come(setup: Setup) -> None:
    client, _ = setup.client(page([], "c1", "2026-09-14T07:31:52.004117Z"), page(["1"]))
    places = [each["pagination"]["searched_to"] for each in client.iterate_event_pages(search="x")]
    assert places == ["2026-09-14T07:31:52.004117Z", None]


def test_a_page_is_fetched_when_it_is_wanted(setup: Setup) -> None:
    client, server = setup.client(page(["2"], "c1"), page(["1"]))
    events = client.iterate_events()
    assert server.requests == []
    assert next(events)["id"] == "2"
    assert len(server.requests) == 1


def test_a_failure_on_a_later_page_is_repeated_there(setup: Setup) -> None:
    client, server = setup.client(page(["2"], "c1"), refusal(503, "unavailable"), page(["1"]))
    assert [each["id"] for each in client.iterate_events()] == ["2", "1"]
    assert [query_of(each) for each in server.requests[1:]] == [[("cursor", "c1")]] * 2


def test_a_page_without_more_is_the_last_whatever_its_cursor(setup: Setup) -> None:
    last = {"data": [{"id": "1"}], "pagination": {"has_more": False, "next_cursor": "c1"}}
    client, server = setup.client(reply(200, last))
    assert [each["id"] for each in client.iterate_events()] == ["1"]
    assert len(server.requests) == 1


def test_a_list_whose_next_page_is_the_same_page_ends_with_an_error(setup: Setup) -> None:
    client, server = setup.client(page(["1"], "c1"))
    with pytest.raises(NotIndelible):
        list(client.iterate_events())
    assert len(server.requests) == 2


def test_the_parts_of_the_chain_are_verified_to_its_end(setup: Setup) -> None:
    client, server = setup.client(part(1000, "c1"), part(500, "c2", valid=False), part(0, None))
    parts = list(client.verify_parts(from_date="2026-11-01", limit=1000))
    assert [each["data"]["valid"] for each in parts] == [True, False, True]
    assert query_of(server.last) == [("from", "2026-11-01"), ("limit", "1000"), ("cursor", "c2")]


def test_one_part_of_the_chain_is_verified_from_a_cursor(setup: Setup) -> None:
    client, server = setup.client(part(500, "c2"))
    assert client.verify(cursor="c1")["data"]["next_cursor"] == "c2"
    assert query_of(server.last) == [("cursor", "c1")]


def test_exports_of_all_pages_come_in_order(setup: Setup) -> None:
    client, server = setup.client(page(["2"], "c1"), page(["1"]))
    assert [each["id"] for each in client.iterate_exports(limit=1)] == ["2", "1"]
    assert query_of(server.last) == [("limit", "1"), ("cursor", "c1")]
