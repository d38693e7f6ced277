"""Queries that are crafted or mean nothing: the exact answer, and the chain is not read."""

from __future__ import annotations

from typing import Any

import pytest
from integration.export_pipeline import ExportPipeline
from support.aws_faults import counting
from support.builders import an_event
from support.pipeline import Caller, Pipeline

EVENTS, VERIFY = "/v1/events", "/v1/verify"
FILTERS = (
    "actor_id, actor_type, action_category, resource, resource_id, tenant_id, session_id,"
    " ip_address, object_id, action, target_type, target_id, search, from, to, occurred_from,"
    " occurred_to, metadata.<path>"
)
NO_DATE = "must be a date that exists; correct the year, month or day."
NO_TIME = "must be an ISO 8601 date and time; send text such as 2026-03-02T10:15:30Z."
SHOWN_PATH = "metadata" + ".a" * 28


def check_refused(
    pipeline: Pipeline, caller: Caller, path: str, message: str, **query: Any
) -> None:
    """Check the answer, and that nothing was read besides what every request reads."""
    with counting(pipeline.query.table.client) as calls:
        answer = pipeline.get(caller, path, **query)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert answer.json["message"] == message
    assert "Query" not in calls


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        (EVENTS, {"actor_id": ["a"] * 1_000}, "'actor_id' may be given only once."),
        (EVENTS, {"limit": ["1"] * 1_000}, "'limit' may be given only once."),
        (EVENTS, {"order": ["asc"] * 1_000}, "'order' may be given only once."),
        (EVENTS, {"cursor": ["x"] * 1_000}, "'cursor' may be given only once."),
        (EVENTS, {"metadata.a": ["x"] * 1_000}, "'metadata.a' may be given only once."),
        (EVENTS, {"action": ["a"] * 1_000}, "`action` may be given at most 20 times."),
        (EVENTS, {"action": ["a"] * 21}, "`action` may be given at most 20 times."),
        (EVENTS, {"action": [f"a{n}" for n in range(1_000)]},
         "`action` may be given at most 20 times."),
        (EVENTS, {f"metadata.m{n}": "x" for n in range(1_000)},
         "There may be at most 10 filters by metadata."),
        (EVENTS, {f"p{n:03}": "x" for n in range(1_000)},
         f"There is no filter 'p000'. The filters are {FILTERS}."),
        (VERIFY, {"from_": ["2026-03-01"] * 1_000}, "'from' may be given only once."),
        (VERIFY, {f"p{n:03}": "x" for n in range(1_000)}, "This path has no parameter 'p000'."),
        *((EVENTS, {"metadata" + ".a" * depth: "x"},
           f"`{SHOWN_PATH}` is deeper than the metadata of any event.")
          for depth in (32, 100, 500)),
        *((EVENTS, {"metadata" + ".a" * depth: "x"},
           f"`{SHOWN_PATH}…` must have at most 1024 characters in its name.")
          for depth in (1_000, 10_000)),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_query_of_a_thousand_parts_is_refused(
    pipeline: Pipeline, caller: Caller, path: str, query: dict[str, Any], message: str
) -> None:
    check_refused(pipeline, caller, path, message, **query)


def test_as_many_actions_and_levels_as_allowed_are_answered(
    pipeline: Pipeline, caller: Caller
) -> None:
    value: Any = "x"
    for _ in range(31):
        value = {"a": value}
    [event_id] = pipeline.post_and_chain(caller, an_event(metadata=value))
    query: dict[str, Any] = {"metadata" + ".a" * 31: "x", "action": ["document.created"] * 20}
    [event] = pipeline.get(caller, EVENTS, **query).json["data"]
    assert event["id"] == event_id


IMPOSSIBLE = [
    ("2026-02-30", NO_DATE),
    ("2025-02-29", NO_DATE),
    ("2026-04-31", NO_DATE),
    ("2026-00-10", NO_DATE),
    ("0000-01-01", NO_DATE),
    ("2026-02-30T00:00:00Z", NO_DATE),
    ("10000-01-01", NO_TIME),
    ("2026-3-1", NO_TIME),
    ("2026-03-01T24:00:00Z",
     "must have an hour of 00 to 23; write midnight as 00:00 of the next day."),
    ("2026-03-01T23:59:60Z",
     "must have a second of 00 to 59; write a leap second as the second before it."),
    ("9" * 10_000, NO_TIME),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), IMPOSSIBLE, ids=lambda value: str(value)[:24])
def test_a_time_that_does_not_exist_is_refused_everywhere(
    pipeline: Pipeline, export_pipeline: ExportPipeline, text: str, message: str
) -> None:
    caller = pipeline.new_caller()
    for name in ("from", "to", "occurred_from", "occurred_to"):
        expected = f"`{name}` {message}"
        check_refused(pipeline, caller, EVENTS, expected, **{f"{name}_": text})
        exported = export_pipeline.post(caller, {name: text})
        assert (exported.status, exported.json["message"]) == (422, expected)
    for name in ("from", "to"):
        check_refused(pipeline, caller, VERIFY, f"`{name}` {message}", **{f"{name}_": text})
    answer = pipeline.post_events(caller, an_event(occurred_at=text))
    assert answer.status == 422
    [error] = answer.json["events"][0]["errors"]
    expected = message if "T" in text else NO_TIME  # a date alone names no instant
    assert error == {"field": "occurred_at", "message": expected.removesuffix(".")}
    assert export_pipeline.take() == []


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-03-02", "2026-03-01"),
        ("2026-03-01T00:00:00.000001Z", "2026-03-01T00:00:00Z"),
        ("2026-03-01T00:00:00Z", "2026-03-01T00:30:00+01:00"),
        ("9999-12-31", "0001-01-01"),
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused_everywhere(
    pipeline: Pipeline, export_pipeline: ExportPipeline, first: str, last: str
) -> None:
    caller = pipeline.new_caller()
    for start, end in (("from", "to"), ("occurred_from", "occurred_to")):
        expected = f"`{start}` must not be later than `{end}`."
        query = {f"{start}_": first, f"{end}_": last}
        check_refused(pipeline, caller, EVENTS, expected, **query)
        exported = export_pipeline.post(caller, {"filters": {start: first, end: last}})
        assert (exported.status, exported.json["message"]) == (422, expected)
    expected = "`from` must not be later than `to`."
    check_refused(pipeline, caller, VERIFY, expected, from_=first, to=last)


def test_a_day_that_exists_only_in_leap_years_and_a_range_of_one_day_are_answered(
    pipeline: Pipeline, caller: Caller
) -> None:
    [event_id] = pipeline.post_and_chain(caller, an_event(occurred_at="2024-02-29T23:59:59.9Z"))
    day = {"occurred_from": "2024-02-29", "occurred_to": "2024-02-29"}
    [event] = pipeline.get(caller, EVENTS, **day).json["data"]
    assert event["id"] == event_id
