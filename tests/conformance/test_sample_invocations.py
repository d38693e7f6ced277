"""The samples in events/ are what API Gateway and the queues hand to functions.

The body in events/writer-delivery.json is `indelible.message.encode` of the reference events, with
the request's extendedRequestId and time, and with UUIDv7 ids of that time. When the message format
changes, encode them again. A test below checks that they are the same events.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from indelible import message
from indelible.aws.export_queue import read_task
from indelible.aws.table_stream import chained_before
from indelible.identifiers import is_uuid7
from support.contract import REFERENCE, request_examples, sample

from tools.local import samples


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("ingest-batch.json", "/v1/events/batch", REFERENCE),
        ("ingest-single.json", "/v1/events", request_examples("/v1/events")["complete"]),
        ("exports-create.json", "/v1/exports", request_examples("/v1/exports")["filtered"]),
    ],
)
def test_a_sample_that_posts_has_the_form_that_the_gateway_sends(
    name: str, path: str, body: object
) -> None:
    invocation = sample(name)
    assert json.loads(invocation["body"]) == body
    assert invocation["headers"]["Content-Type"] == "application/json"
    assert invocation["resource"] == invocation["path"] == path
    check_request(invocation, "POST")


def test_the_sample_of_lines_has_the_events_of_the_sample_batch() -> None:
    invocation, batch = sample("ingest-ndjson.json"), sample("ingest-batch.json")
    assert [json.loads(line) for line in invocation["body"].splitlines()] == REFERENCE["events"]
    assert invocation["headers"]["Content-Type"] == "application/x-ndjson"
    assert invocation["resource"] == invocation["path"] == batch["path"]
    check_request(invocation, "POST")


@pytest.mark.parametrize(
    ("name", "path", "parameters"),
    [
        ("query-list.json", "/v1/events", None),
        ("query-get.json", "/v1/events/{event_id}", {"event_id": samples.EVENT_ID}),
        ("query-verify.json", "/v1/verify", None),
        ("proofs-checkpoint.json", "/v1/checkpoint", None),
        ("viewer-page.json", "/v1/viewer", None),
        ("proofs-consistency.json", "/v1/checkpoint/consistency", None),
        ("exports-get.json", "/v1/exports/{export_id}", {"export_id": samples.EXPORT_ID}),
    ],
)
def test_a_sample_that_gets_has_the_form_that_the_gateway_sends(
    name: str, path: str, parameters: dict[str, str] | None
) -> None:
    invocation = sample(name)
    assert invocation["body"] is None
    assert "Content-Type" not in invocation["headers"]
    assert invocation["resource"] == path
    assert invocation["path"] == path.format(**(parameters or {}))
    assert invocation["pathParameters"] == parameters
    query = invocation["queryStringParameters"] or {}
    assert (invocation["multiValueQueryStringParameters"] or {}) == {
        name: [value] for name, value in query.items()
    }
    check_request(invocation, "GET")


PAGE = "/v1/viewer"
"""Its request has no key."""


def check_request(invocation: dict[str, Any], method: str) -> None:
    """Check what all requests have: a context that fits, the stage, and an example key."""
    context = invocation["requestContext"]
    assert invocation["isBase64Encoded"] is False
    assert invocation["resource"] == context["resourcePath"]
    assert context["path"] == f"/api{invocation['path']}"
    assert context["stage"] == "api"
    assert invocation["httpMethod"] == context["httpMethod"] == method
    assert context["identity"]["sourceIp"] == invocation["headers"]["X-Forwarded-For"]
    assert isinstance(context["requestTimeEpoch"], int)
    assert context["requestId"] != context["extendedRequestId"]
    assert invocation["multiValueHeaders"] == {
        name: [value] for name, value in invocation["headers"].items()
    }
    sent = invocation["headers"].get("Authorization")
    assert sent == (None if invocation["path"] == PAGE else f"Bearer {samples.API_KEY}")


def test_the_sample_delivery_carries_the_events_of_the_sample_request() -> None:
    [delivered] = sample("writer-delivery.json")["Records"]
    received = sample("ingest-batch.json")["requestContext"]
    content = message.decode(delivered["body"])
    assert [each.fields for each in content.events] == REFERENCE["events"]
    assert {each.received_at for each in content.events} == {received["requestTimeEpoch"] * 1_000}
    assert all(is_uuid7(each.id) for each in content.events)
    assert content.correlation_id == received["extendedRequestId"]
    assert content.workspace_id == delivered["attributes"]["MessageGroupId"]


def test_the_sample_delivery_has_the_form_that_a_fifo_queue_sends() -> None:
    [delivered] = sample("writer-delivery.json")["Records"]
    assert delivered["attributes"].keys() >= {
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "MessageDeduplicationId",
        "MessageGroupId",
        "SenderId",
        "SentTimestamp",
        "SequenceNumber",
    }
    digest = hashlib.md5(delivered["body"].encode(), usedforsecurity=False).hexdigest()
    assert delivered["md5OfBody"] == digest
    assert delivered["eventSource"] == "aws:sqs"
    assert delivered["eventSourceARN"].endswith(".fifo")


def test_the_sample_step_has_the_form_that_a_standard_queue_sends() -> None:
    [delivered] = sample("exporter-step.json")["Records"]
    task = read_task(delivered["body"])
    assert is_uuid7(task.export_id)
    assert delivered["attributes"].keys() >= {"ApproximateReceiveCount", "SentTimestamp"}
    assert "MessageGroupId" not in delivered["attributes"]
    digest = hashlib.md5(delivered["body"].encode(), usedforsecurity=False).hexdigest()
    assert delivered["md5OfBody"] == digest
    assert delivered["eventSourceARN"].endswith("-exports")


def test_the_sample_of_the_stream_is_a_segment_put_into_the_table() -> None:
    [delivered] = sample("indexer-stream.json")["Records"]
    assert delivered["eventName"] == "INSERT"
    assert delivered["dynamodb"]["StreamViewType"] == "KEYS_ONLY"
    assert delivered["dynamodb"].keys().isdisjoint({"NewImage", "OldImage"})
    assert chained_before([delivered]) == {"ws_ExampleExample01": 16}
