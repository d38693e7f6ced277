"""GET /v1/events returns the submitted events, to their own workspace only."""

from __future__ import annotations

from typing import Any

from support.aws_faults import counting
from support.builders import an_event
from support.contract import validator
from support.pipeline import Caller, Pipeline

EVENTS = "/v1/events"


def ids_of(answer: Any) -> list[str]:
    """The ids of a page's events."""
    assert answer.status == 200, answer.json
    validator("/components/schemas/EventPage").validate(answer.json)
    return [each["id"] for each in answer.json["data"]]


def the_last_page(total: int) -> dict[str, object]:
    """The pagination of the last page of so many events."""
    return {"has_more": False, "next_cursor": None, "total": total, "searched_to": None}


def test_an_event_is_listed_with_everything_that_was_sent(
    pipeline: Pipeline, caller: Caller
) -> None:
    sent = an_event(
        actor_name="Sarah Chen",
        actor_type="user",
        action_category="update",
        resource="document",
        resource_id="doc_1",
        resource_name="Q4 Report",
        metadata={"permission": "comment", "nested": [1, {"x": None}]},
        targets=[{"type": "team", "id": "team_1"}],
        occurred_at="2026-03-02T10:15:30.250+01:00",
        session_id="ses_1",
        tenant_id="org_1",
        idempotency_key="once",
        version=3,
        ip_address="203.0.113.7",
        user_agent="Mozilla/5.0",
    )
    [event_id] = pipeline.post_and_chain(caller, sent)
    answer = pipeline.get(caller, EVENTS)
    assert ids_of(answer) == [event_id]
    [shown] = answer.json["data"]
    assert shown | {"integrity": None, "created_at": None} == {
        "id": event_id,
        "actor": {"id": "user_2hG9kLm", "name": "Sarah Chen", "type": "user"},
        "action": "document.created",
        "action_category": "update",
        "resource": {"type": "document", "id": "doc_1", "name": "Q4 Report"},
        "targets": [{"type": "team", "id": "team_1", "name": None, "metadata": None}],
        "metadata": {"permission": "comment", "nested": [1, {"x": None}]},
        "tenant_id": "org_1",
        "session_id": "ses_1",
        "ip_address": "203.0.113.7",
        "user_agent": "Mozilla/5.0",
        "ip_country": None,
        "ip_city": None,
        "idempotency_key": "once",
        "version": 3,
        "integrity": None,
        "occurred_at": "2026-03-02T09:15:30.250000Z",
        "created_at": None,
    }
    assert shown["integrity"]["sequence"] == 1
    assert shown["integrity"]["previous_event_hash"] is None
    assert answer.json["pagination"] == the_last_page(1)


def test_pages_follow_each_other_while_events_are_chained(
    pipeline: Pipeline, caller: Caller
) -> None:
    ids = pipeline.post_and_chain(caller, *(an_event(actor_id=f"user_{n % 2}") for n in range(60)))
    first = pipeline.get(caller, EVENTS)
    assert ids_of(first) == ids[:-26:-1]
    assert first.json["pagination"]["total"] == 60
    pipeline.post_and_chain(caller, an_event())
    cursor = first.json["pagination"]["next_cursor"]
    second = pipeline.get(caller, EVENTS, cursor=cursor, limit=100)
    assert ids_of(second) == ids[-26::-1]
    assert second.json["pagination"] == the_last_page(60)


def test_filters_are_combined(pipeline: Pipeline, caller: Caller) -> None:
    ids = pipeline.post_and_chain(
        caller,
        an_event(actor_id="a", action="invoice.paid", tenant_id="org_1"),
        an_event(actor_id="a", action="invoice.sent", tenant_id="org_2"),
        an_event(actor_id="b", action="invoice.paid", tenant_id="org_1"),
        an_event(actor_id="a", action="login", tenant_id="org_1"),
    )
    assert ids_of(pipeline.get(caller, EVENTS, actor_id="a", action="invoice.*")) == ids[1::-1]
    answer = pipeline.get(caller, EVENTS, actor_id="a", action="invoice.*", tenant_id="org_1")
    assert ids_of(answer) == ids[:1]
    assert ids_of(pipeline.get(caller, EVENTS, actor_id="nobody")) == []


DOC_IN_MARCH = [
    an_event(
        actor_id="u1",
        action="document.read",
        resource="document",
        resource_id="doc_x",
        occurred_at="2026-03-05T09:00:00Z",
    ),
    an_event(
        actor_id="u2",
        action="folder.shared",
        resource="folder",
        resource_id="f_1",
        occurred_at="2026-03-09T09:00:00Z",
        targets=[{"type": "document", "id": "doc_x"}],
    ),
]


def test_who_touched_an_object_in_march_is_one_question(pipeline: Pipeline, caller: Caller) -> None:
    ids = pipeline.post_and_chain(caller, *DOC_IN_MARCH, an_event(resource_id="doc_x"))
    march = {"occurred_from": "2026-03-01", "occurred_to": "2026-03-31"}
    assert ids_of(pipeline.get(caller, EVENTS, object_id="doc_x", **march)) == ids[1::-1]
    assert ids_of(pipeline.get(caller, EVENTS, object_id="doc_x")) == ids[::-1]
    page = pipeline.get(caller, EVENTS, object_id="doc_x", **march, limit=1)
    assert page.json["pagination"]["has_more"]
    cursor = page.json["pagination"]["next_cursor"]
    rest = pipeline.get(caller, EVENTS, object_id="doc_x", **march, cursor=cursor)
    assert ids_of(rest) == ids[:1]
    other = pipeline.get(caller, EVENTS, object_id="doc_x", occurred_to="2026-03-31", cursor=cursor)
    assert (other.status, other.json["error"]) == (400, "invalid_cursor")


def test_an_action_may_be_repeated_and_nothing_else(pipeline: Pipeline, caller: Caller) -> None:
    actions = ("login.failed", "login.blocked", "login.ok", "invoice.paid")
    ids = pipeline.post_and_chain(caller, *(an_event(action=each) for each in actions))
    wanted = {"action": ["login.failed", "login.blocked", "invoice.*"]}
    assert ids_of(pipeline.get(caller, EVENTS, **wanted)) == [ids[3], ids[1], ids[0]]
    page = pipeline.get(caller, EVENTS, **wanted, limit=2)
    cursor = page.json["pagination"]["next_cursor"]
    again = {"action": ["invoice.*", "login.blocked", "login.failed", "login.failed"]}
    assert ids_of(pipeline.get(caller, EVENTS, **again, cursor=cursor)) == [ids[0]]
    for parameters in (
        {"actor_id": ["a", "b"]}, {"limit": ["1", "2"]}, {"metadata.a": ["x", "y"]},
        {"action": [f"a{n}" for n in range(1_000)]}, {"action": ["login.failed,login.blocked"]},
        {"action": ["*.deleted"]}, {"actor_id": "user_*"},
    ):  # fmt: skip
        refused = pipeline.get(caller, EVENTS, **parameters)
        assert (refused.status, refused.json["error"]) == (422, "validation_failed")


def test_dates_are_days_and_a_lost_plus_is_explained(pipeline: Pipeline, caller: Caller) -> None:
    [event_id] = pipeline.post_and_chain(caller, an_event(metadata={"plan": {"name": "pro"}}))
    assert ids_of(pipeline.get(caller, EVENTS, from_="1970-01-01", to="9999-12-31")) == [event_id]
    assert ids_of(pipeline.get(caller, EVENTS, to="1970-01-01")) == []
    assert ids_of(pipeline.get(caller, EVENTS, **{"metadata.plan.name": "pro"})) == [event_id]
    days = {"from_": "1970-01-01", "to": "9999-12-31"}
    assert pipeline.get(caller, "/v1/verify", **days).json["data"]["events_checked"] == 1
    for path in (EVENTS, "/v1/verify"):
        refused = pipeline.get(caller, path, from_="2026-11-25T22:00:00 01:00")
        assert refused.status == 422
        assert "%2B" in refused.json["message"]


def test_times_bound_the_list_at_both_ends(pipeline: Pipeline, caller: Caller) -> None:
    ids = [pipeline.post_events(caller, an_event(), at=at * 10**6).ids[0] for at in (10, 20, 30)]
    pipeline.drain()
    bounds = {"from_": "1970-01-01T00:00:20Z", "to": "1970-01-01T00:00:30+00:00"}
    answer = pipeline.get(caller, EVENTS, **bounds)
    assert ids_of(answer) == ids[:0:-1]
    assert answer.json["pagination"]["total"] == 2


def test_an_empty_chain_is_an_empty_page(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.get(caller, EVENTS)
    assert ids_of(answer) == []
    assert answer.json["pagination"] == the_last_page(0)


def test_no_workspace_sees_the_events_of_another(pipeline: Pipeline, caller: Caller) -> None:
    other = pipeline.new_caller()
    mine = pipeline.post_and_chain(caller, *(an_event() for _ in range(30)))
    theirs = pipeline.post_and_chain(other, *(an_event() for _ in range(30)))
    assert set(ids_of(pipeline.get(caller, EVENTS, limit=100))) == set(mine)
    assert set(ids_of(pipeline.get(other, EVENTS, limit=100))) == set(theirs)
    cursor = pipeline.get(caller, EVENTS).json["pagination"]["next_cursor"]
    refused = pipeline.get(other, EVENTS, cursor=cursor)
    assert (refused.status, refused.json["error"]) == (400, "invalid_cursor")


def test_the_newest_page_takes_three_calls_even_on_a_cold_start(
    pipeline: Pipeline, caller: Caller
) -> None:
    for _ in range(30):
        pipeline.post_and_chain(caller, an_event())
    with counting(pipeline.query.table.client) as calls:
        assert len(ids_of(pipeline.get(caller, EVENTS))) == 25
    assert len(calls) <= 3
