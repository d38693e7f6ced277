"""Filters select the same events as the oracle does from a plain list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from indelible.chain.fields import QueuedEvent
from indelible.errors import Unreadable, ValidationFailed
from indelible.filters import read_filters
from indelible.times import format_time
from support.builders import NOON, a_chain, a_queued_event, records_of
from unit import query_oracle


def a_record(**fields: object) -> bytes:
    """The record of one event."""
    return records_of(a_chain(1, 1, [a_queued_event(**fields)]))[0]  # type: ignore[arg-type]


@given(event=query_oracle.events, parameters=query_oracle.filters)
def test_an_event_matches_if_and_only_if_it_satisfies_every_filter(
    event: dict[str, object], parameters: dict[str, Any]
) -> None:
    record = records_of(a_chain(1, 1, [QueuedEvent("id", NOON, event)]))[0]
    assert read_filters(parameters).matches(record) == query_oracle.matches(
        json.loads(record), parameters
    )


def test_both_bounds_of_time_are_inclusive_to_the_microsecond() -> None:
    record = a_record()
    for parameters, expected in (
        ({"from": format_time(NOON)}, True),
        ({"from": format_time(NOON + 1)}, False),
        ({"to": format_time(NOON)}, True),
        ({"to": format_time(NOON - 1)}, False),
        ({"to": "0401-06-07T19:35:48Z"}, False),
        ({"from": "0001-01-02T00:00:00Z", "to": "9999-12-31T23:59:59.999999Z"}, True),
        ({"from": "2026-11-23T13:00:00+01:00", "to": "2026-11-23T12:00:00Z"}, True),
    ):
        assert read_filters(parameters).matches(record) is expected


def test_target_type_and_target_id_must_both_match_one_target() -> None:
    record = a_record(targets=[{"type": "team", "id": "1"}, {"type": "user", "id": "2"}])
    assert read_filters({"target_type": "team", "target_id": "1"}).matches(record)
    assert not read_filters({"target_type": "team", "target_id": "2"}).matches(record)


def test_search_looks_in_exactly_these_places() -> None:
    places: list[dict[str, object]] = [
        {"actor_id": "xNeedle"},
        {"actor_name": "xNEEDLEx"},
        {"resource_id": "needle"},
        {"targets": [{"type": "t", "id": "needle"}]},
        {"targets": [{"type": "t"}, {"type": "t", "name": "Needle"}]},
        {"action": "needle"},
        {"resource_name": "Needle"},
        {"metadata": {"a": [{"needle": 1}]}},
        {"metadata": {"a": {"b": "a needle"}}},
    ]
    for fields in places:
        assert read_filters({"search": "nEEdle"}).matches(a_record(**fields))
    for name in ("user_agent", "actor_type", "resource", "tenant_id", "session_id", "ip_address"):
        assert not read_filters({"search": "needle"}).matches(a_record(**{name: "needle"}))
    other = a_record(targets=[{"type": "needle", "metadata": {"needle": 1}}])
    assert not read_filters({"search": "needle"}).matches(other)


def test_the_filters_read_back_from_their_own_json() -> None:
    parameters = {"actor_id": "user_1", "from": "2026-11-23T13:00:00+01:00", "action": "a.*"}
    filters = read_filters(parameters)
    assert filters.as_json() == {**parameters, "from": "2026-11-23T12:00:00.000000Z"}
    assert read_filters(filters.as_json()) == filters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"actorid": "x"}, "There is no filter 'actorid'"),
        ({"actor_id": ""}, "`actor_id` must have 1 to 1024 characters"),
        ({"search": "x" * 1_025}, "`search` must have 1 to 1024 characters"),
        ({"from": "yesterday"}, "`from` must be a date such as 2026-03-02"),
        ({"to": "2026-11-23T12:00:00"}, "`to` must have a time zone"),
        ({"from": "2026-11-23T12:00:01Z", "to": "2026-11-23T12:00:00Z"}, "must not be later"),
    ],
)
def test_an_invalid_filter_is_refused_by_name(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        read_filters(parameters)
    assert message in str(refused.value)


@pytest.mark.parametrize("record", [b"", b"{}", b"\xff", b'{"targets":[1]}', b"[" * 10_000])
def test_bytes_that_are_not_a_record_are_an_error_and_not_a_mismatch(record: bytes) -> None:
    with pytest.raises(Unreadable):
        read_filters({}).matches(record)
