"""A caller with forced filters: whatever it requests, other events stay hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from indelible.accounts import caller as accounts
from support.builders import an_event
from support.pipeline import Answer, Caller, Pipeline

EVENTS, SUMMARY, VERIFY = "/v1/events", "/v1/summary", "/v1/verify"


@pytest.fixture
def ids(pipeline: Pipeline, caller: Caller) -> list[str]:
    """The ids of three events: two of the tenant `mine`, one of another."""
    tenants = ("mine", "other", "mine")
    return pipeline.post_and_chain(caller, *(an_event(tenant_id=each) for each in tenants))


@pytest.fixture
def restrict(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Restrict every caller of the query function from now on."""
    authorize = pipeline.query.authorize

    def restricted(forced: dict[str, str], *request: Any) -> accounts.Caller:
        found: accounts.Caller = authorize(*request)
        return replace(found, forced_filters=forced)

    def act(**forced: str) -> None:
        monkeypatch.setattr(pipeline.query, "authorize", partial(restricted, forced))

    return act


def listed(answer: Answer) -> list[str]:
    return [each["id"] for each in answer.json["data"]]


@pytest.mark.parametrize("query", [{}, {"tenant_id": "other"}, {"tenant_id": "mine"}])
def test_a_list_and_its_total(
    pipeline: Pipeline,
    caller: Caller,
    ids: list[str],
    restrict: Callable[..., None],
    query: dict[str, str],
) -> None:
    restrict(tenant_id="mine")
    answer = pipeline.get(caller, EVENTS, **query)
    assert listed(answer) == [ids[2], ids[0]]
    assert answer.json["pagination"]["total"] == 2


def test_pages(
    pipeline: Pipeline, caller: Caller, ids: list[str], restrict: Callable[..., None]
) -> None:
    of_all = pipeline.get(caller, EVENTS, limit=1).json["pagination"]["next_cursor"]
    restrict(tenant_id="mine")
    first = pipeline.get(caller, EVENTS, limit=1)
    cursor = first.json["pagination"]["next_cursor"]
    second = pipeline.get(caller, EVENTS, limit=1, cursor=cursor)
    assert listed(first) + listed(second) == [ids[2], ids[0]]
    assert pipeline.get(caller, EVENTS, limit=1, cursor=of_all).status == 400


@pytest.mark.parametrize("query", [{}, {"tenant_id": "other"}, {"order": "asc"}])
def test_the_proof_of_a_page_has_only_the_records_of_its_events(
    pipeline: Pipeline,
    caller: Caller,
    ids: list[str],
    restrict: Callable[..., None],
    query: dict[str, str],
) -> None:
    restrict(tenant_id="mine")
    answer = pipeline.get(caller, EVENTS, include="proof", **query)
    records = [json.loads(each["record"]) for each in answer.json["proof"]["records"]]
    assert [each["id"] for each in records] == listed(answer)
    assert {each["tenant_id"] for each in records} == {"mine"}
    assert ids[1] not in answer.text
    assert "other" not in answer.text


@pytest.mark.parametrize("query", [{}, {"tenant_id": "other"}, {"action": "document.created"}])
def test_a_summary(
    pipeline: Pipeline,
    caller: Caller,
    ids: list[str],
    restrict: Callable[..., None],
    query: dict[str, str],
) -> None:
    assert pipeline.get(caller, SUMMARY).json["data"]["newest"] == len(ids)
    restrict(tenant_id="mine")
    data = pipeline.get(caller, SUMMARY, **query).json["data"]
    assert data["newest"] == sum(each["events"] for each in data["days"]) == 2
    assert data["actions"] == [{"action": "document.created", "events": 2}]


def test_an_event_by_its_id(
    pipeline: Pipeline, caller: Caller, ids: list[str], restrict: Callable[..., None]
) -> None:
    restrict(tenant_id="mine")
    answers = [pipeline.get(caller, f"{EVENTS}/{each}") for each in ids]
    assert [answer.status for answer in answers] == [200, 404, 200]
    absent = pipeline.get(caller, f"{EVENTS}/00000000-0000-7000-8000-000000000001")
    assert answers[1].json == absent.json


def test_verifying(
    pipeline: Pipeline, caller: Caller, ids: list[str], restrict: Callable[..., None]
) -> None:
    """A token holder verifies the whole chain."""
    of_all = pipeline.get(caller, VERIFY).json["data"]
    assert of_all["events_checked"] == len(ids)
    restrict(tenant_id="mine")
    assert pipeline.get(caller, VERIFY).json["data"] == of_all
