"""The response to a client at a limit, or when nothing could be queued."""

from __future__ import annotations

import pytest
from indelible.accounts.keys import KEY_PREFIX_LENGTH
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.policy_changes import set_policy
from indelible.aws.table import api_key_key
from indelible.times import parse_iso_8601
from support.aws_faults import TIMEOUT, answering
from support.builders import an_event
from support.pipeline import Caller, Pipeline, client_for, now


def test_the_rate_limit_says_when_to_retry(pipeline: Pipeline) -> None:
    caller = pipeline.new_caller(Policy(Limits(requests_per_minute=2, events_per_month=100)))
    at = now() // 60_000_000 * 60_000_000 + 15_000_000
    assert pipeline.post_events(caller, an_event(), at=at).status == 202
    assert pipeline.post_events(caller, an_event(), at=at).status == 202
    refused = pipeline.post_events(caller, an_event(), at=at)
    assert (refused.status, refused.json["error"]) == (429, "rate_limited")
    assert refused.headers["retry-after"] == ["45"]
    assert pipeline.post_events(caller, an_event(), at=at + 45_000_000).status == 202
    assert len(pipeline.take_messages()) == 3


def test_the_quota_refuses_the_whole_request(pipeline: Pipeline) -> None:
    caller = pipeline.new_caller(Policy(Limits(requests_per_minute=100, events_per_month=3)))
    assert pipeline.post_events(caller, an_event(), an_event()).status == 202
    refused = pipeline.post_events(caller, an_event(), an_event())
    assert (refused.status, refused.json["error"]) == (429, "quota_exceeded")
    assert refused.json["message"].startswith("Events left this month: 1 of 3. New events in")
    assert "retry-after" not in refused.headers
    assert 0 < parse_iso_8601(refused.json["resets_at"]) - now() <= 31 * 86_400 * 1_000_000
    assert len(pipeline.take_messages()) == 1
    assert pipeline.post_events(caller, an_event()).status == 202


def test_a_backlog_says_when_to_retry(pipeline: Pipeline, caller: Caller) -> None:
    at = now()
    assert pipeline.post_events(caller, an_event(), at=at).status == 202
    pipeline.ingest.services.usage.refuse(caller.workspace_id, at)
    refused = pipeline.post_events(caller, an_event(), at=at)
    assert refused.status == 429
    assert refused.json == {
        "error": "backlogged",
        "message": "Too many events of the workspace wait to be chained. Nothing was queued. "
        "Wait for the seconds in Retry-After and send the same request again.",
    }
    assert refused.headers["retry-after"] == ["30"]
    assert len(pipeline.take_messages()) == 1
    assert pipeline.post_events(caller, an_event(), at=at + 60_000_000).status == 202


def test_a_key_older_than_the_limits_of_bytes_and_repeats_has_the_defaults(
    pipeline: Pipeline, caller: Caller
) -> None:
    table = pipeline.table
    table.client.update_item(
        TableName=table.name,
        Key=api_key_key(caller.key[:KEY_PREFIX_LENGTH]),
        UpdateExpression="REMOVE bytes_per_minute, repeats_per_minute",
    )
    key = pipeline.ingest.keys.find(caller.key[:KEY_PREFIX_LENGTH])
    assert key.policy.limits == Limits()
    assert pipeline.post_events(caller, an_event()).status == 202


def test_only_new_events_count_toward_the_quota(pipeline: Pipeline) -> None:
    caller = pipeline.new_caller(Policy(Limits(requests_per_minute=100, events_per_month=2)))
    keyed = an_event(idempotency_key="a")
    assert pipeline.post_events(caller, keyed, keyed, {}).statuses == [
        "queued",
        "duplicate",
        "invalid",
    ]
    assert pipeline.post_events(caller, an_event()).status == 202
    assert pipeline.post_events(caller, keyed).statuses == ["duplicate"]
    assert pipeline.post_events(caller, keyed, an_event()).json["error"] == "quota_exceeded"


def test_a_new_limit_applies_from_the_next_request(pipeline: Pipeline, caller: Caller) -> None:
    at = now()
    assert pipeline.post_events(caller, an_event(), at=at).status == 202
    set_policy(pipeline.table, caller.workspace_id, Policy(Limits(1, 100)))
    assert pipeline.post_events(caller, an_event(), at=at).json["error"] == "rate_limited"
    set_policy(pipeline.table, caller.workspace_id, Policy(Limits(2, 100)))
    assert pipeline.post_events(caller, an_event(), at=at).status == 202


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("GetItem", "ThrottlingException"),
        ("BatchGetItem", "ProvisionedThroughputExceededException"),
        ("UpdateItem", "InternalServerError"),
        ("BatchExecuteStatement", "ThrottlingException"),
        ("SendMessage", "RequestThrottled"),
        ("GetItem", TIMEOUT),
        ("BatchExecuteStatement", TIMEOUT),
        ("UpdateItem", TIMEOUT),
        ("SendMessage", TIMEOUT),
    ],
)
def test_a_request_that_cannot_be_queued_is_safe_to_send_again(
    pipeline: Pipeline, caller: Caller, operation: str, code: str
) -> None:
    event = an_event(idempotency_key="a")
    tries = 5 if operation == "BatchExecuteStatement" else 1
    with answering(client_for(pipeline.ingest, operation), operation, *[code] * tries):
        answer = pipeline.post_events(caller, event)
    assert answer.status == 503
    assert answer.json == {
        "error": "unavailable",
        "message": "The request was not carried out. Send the same request again.",
    }
    assert answer.headers["retry-after"] == ["1"]
    assert pipeline.take_messages() == []
    [receipt] = pipeline.post_events(caller, event).receipts
    assert receipt["status"] in {"queued", "duplicate"}
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [receipt["id"]]


def test_events_that_were_not_queued_are_not_charged(pipeline: Pipeline, caller: Caller) -> None:
    at, queue = now(), pipeline.ingest.services.queue._client
    with answering(queue, "SendMessage", TIMEOUT):
        assert pipeline.post_events(caller, an_event(), an_event(), at=at).status == 503
    usage = pipeline.ingest.services.usage
    assert usage.events_used(caller.workspace_id, at) == 0
    with answering(queue, "SendMessage", TIMEOUT):
        pipeline.post_events(caller, an_event(idempotency_key="a"), at=at)
    assert pipeline.post_events(caller, an_event(idempotency_key="a"), at=at).status == 202
    assert usage.events_used(caller.workspace_id, at) == 1
