"""Ingest keeps the contract: the exact text of every answer."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from indelible import message
from support.aws_faults import event_name, hooked, refusal
from support.builders import an_event
from support.contract import REFERENCE, validator
from support.gateway import api_event
from support.handlers import LambdaContext
from support.pipeline import SINGLE, Caller, Pipeline, client_for, now

UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_the_reference_request_is_queued(pipeline: Pipeline, caller: Caller) -> None:
    at = now()
    answer = pipeline.post(caller, REFERENCE, at=at, request_id="request-42")
    assert answer.status == 202
    assert answer.headers["content-type"] == ["application/json"]
    assert answer.json == {"events": [{"id": each, "status": "queued"} for each in answer.ids]}
    assert len(set(answer.ids)) == 3
    assert all(UUID_7.fullmatch(each) for each in answer.ids)
    assert {int(each.replace("-", "")[:12], 16) for each in answer.ids} == {at // 1_000}
    [sent] = pipeline.take_messages()
    assert sent["attributes"]["MessageGroupId"] == caller.workspace_id
    content = message.decode(sent["body"])
    assert (content.workspace_id, content.correlation_id) == (caller.workspace_id, "request-42")
    assert [(e.id, e.received_at, e.fields) for e in content.events] == [
        (each, at, event) for each, event in zip(answer.ids, REFERENCE["events"], strict=True)
    ]


@pytest.mark.parametrize("length", [128, 129, 5_000])
def test_an_event_is_chained_however_long_its_request_id_is(
    pipeline: Pipeline, caller: Caller, length: int
) -> None:
    """The writer permanently sets aside a message with a longer correlation id."""
    answer = pipeline.post(caller, REFERENCE, request_id="r" * length)
    [sent] = pipeline.take_messages()
    assert message.decode(sent["body"]).correlation_id == "r" * 128
    assert pipeline.write([sent]) == []
    assert pipeline.chained_ids(caller.workspace_id) == answer.ids


def throttle_the_smaller_call(params: dict[str, Any], **_: Any) -> Any:
    """Refuse every call that has one statement only."""
    alone = len(json.loads(params["body"])["Statements"]) == 1
    return refusal("ThrottlingException") if alone else None


def test_an_event_whose_key_could_not_be_claimed_fails_and_the_others_are_queued(
    pipeline: Pipeline, caller: Caller
) -> None:
    events = [an_event(idempotency_key=f"{n}") for n in range(26)]
    client = client_for(pipeline.ingest, "BatchExecuteStatement")
    before = event_name("before-call", client, "BatchExecuteStatement")
    with hooked(client, before, throttle_the_smaller_call):
        answer = pipeline.post_events(caller, *events)
    assert answer.status == 202
    [failed] = [each for each in answer.receipts if each["status"] != "queued"]
    problem = {"field": "", "message": "could not be queued; send this event again"}
    assert failed == {"id": None, "status": "failed", "errors": [problem]}
    validator("/components/schemas/BatchReceipts").validate(answer.json)
    usage = pipeline.ingest.services.usage
    assert usage.events_used(caller.workspace_id, now()) == 25
    again = pipeline.post_events(caller, *events)
    assert sorted(again.statuses) == ["duplicate"] * 25 + ["queued"]
    assert usage.events_used(caller.workspace_id, now()) == 26


def test_a_single_event_gets_a_single_receipt(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.post(caller, an_event(idempotency_key="a"), path=SINGLE)
    assert (answer.status, answer.json) == (202, {"id": answer.json["id"], "status": "queued"})
    again = pipeline.post(caller, an_event(idempotency_key="a"), path=SINGLE)
    assert (again.status, again.json) == (202, {**answer.json, "status": "duplicate"})


def test_a_single_invalid_event_gets_its_errors(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.post(caller, {"actor_id": "user_1"}, path=SINGLE)
    assert answer.status == 422
    assert answer.json == {
        "error": "validation_failed",
        "message": "No event of the request is valid.",
        "events": [
            {
                "id": None,
                "status": "invalid",
                "errors": [
                    {"field": "action", "message": "is required; add a string that is not empty"}
                ],
            }
        ],
    }


def test_an_invalid_event_does_not_stop_the_others(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.post_events(
        caller, an_event(), an_event(targets=[{"id": "x"}]), 7, an_event(action="b")
    )
    assert answer.status == 202
    assert answer.statuses == ["queued", "invalid", "invalid", "queued"]
    assert answer.receipts[1] == {
        "id": None,
        "status": "invalid",
        "errors": [
            {"field": "targets.0.type", "message": "is required; add a string that is not empty"}
        ],
    }
    [error] = answer.receipts[2]["errors"]
    assert error["field"] == ""
    assert error["message"].startswith("must be a JSON object, for example {")
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [answer.ids[0], answer.ids[3]]


def entry_of_conflict(event_id: str) -> dict[str, object]:
    """The receipt of an event whose key stands for another event."""
    message = f"is already used by another event: {event_id}"
    errors = [{"field": "idempotency_key", "message": message}]
    return {"id": None, "status": "invalid", "errors": errors}


def test_a_single_event_with_the_key_of_another_is_a_conflict(
    pipeline: Pipeline, caller: Caller
) -> None:
    first = pipeline.post(caller, an_event(idempotency_key="a"), path=SINGLE).json["id"]
    other = an_event(idempotency_key="a", action="document.closed")
    answer = pipeline.post(caller, other, path=SINGLE)
    assert answer.status == 422
    assert answer.json == {
        "error": "idempotency_conflict",
        "message": f"The idempotency key is already used by another event: {first}."
        " Give each new event a key of its own.",
        "events": [entry_of_conflict(first)],
    }


def test_a_batch_of_only_conflicts_is_a_conflict(pipeline: Pipeline, caller: Caller) -> None:
    keys = ("a", "b")
    ids = pipeline.post_events(caller, *(an_event(idempotency_key=key) for key in keys)).ids
    others = [an_event(idempotency_key=key, version=2) for key in keys]
    answer = pipeline.post_events(caller, *others)
    assert (answer.status, answer.json["error"]) == (422, "idempotency_conflict")
    assert answer.receipts == [entry_of_conflict(each) for each in ids]
    mixed = pipeline.post_events(caller, *others, {})
    assert (mixed.status, mixed.json["error"]) == (422, "validation_failed")
    assert len(mixed.receipts) == 3


def test_conflicts_do_not_stop_the_others(pipeline: Pipeline, caller: Caller) -> None:
    [first] = pipeline.post_events(caller, an_event(idempotency_key="a")).ids
    other = an_event(idempotency_key="a", version=2)
    answer = pipeline.post_events(caller, other, an_event(), an_event(idempotency_key="a"))
    assert (answer.status, answer.statuses) == (202, ["invalid", "queued", "duplicate"])
    assert answer.receipts[0] == entry_of_conflict(first)
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [first, answer.ids[1]]


def test_nothing_is_queued_when_every_event_is_invalid(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.post_events(caller, {}, None)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert [each["status"] for each in answer.json["events"]] == ["invalid", "invalid"]
    assert [each["field"] for each in answer.json["events"][0]["errors"]] == ["actor_id", "action"]
    assert pipeline.take_messages() == []


@pytest.mark.parametrize("path", ["/v1", "/v1/event", "/v1/events/batch/x", "/", "/v2/events"])
def test_an_unknown_path_is_not_found(pipeline: Pipeline, caller: Caller, path: str) -> None:
    answer = pipeline.post(caller, REFERENCE, path=path)
    assert answer.status == 404
    assert answer.json == {
        "error": "not_found",
        "message": "There is nothing at this path of the API.",
    }


def test_a_request_of_the_console_without_headers_is_answered(pipeline: Pipeline) -> None:
    event = api_event(None, [], received_at=now())
    answer = pipeline.ingest.handler(event, LambdaContext())
    assert answer["statusCode"] == 401
    assert json.loads(answer["body"])["error"] == "unauthenticated"
