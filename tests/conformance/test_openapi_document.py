"""openapi.yaml and events/: valid, true to the core, and true to each other.

The body in events/writer-delivery.json is `indelible.message.encode` of the reference events, with
the request's time as their received_at and uuid7 ids of it. When the message format changes, encode
them again; the test below tells whether they are the same events.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from indelible import event, message, request, submit
from indelible.errors import ValidationFailed
from indelible.identifiers import are_uuids
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tools.local.settings import ROOT

REFERENCE = json.loads("""
    {"events": [
      {"actor_id": "user_2hG9kLm", "actor_name": "Sarah Chen", "action": "document.created",
       "resource_id": "doc_8nXpQr3", "resource_name": "Q4 Financial Report"},
      {"actor_id": "user_2hG9kLm", "actor_name": "Sarah Chen", "action": "document.shared",
       "resource_id": "doc_8nXpQr3", "resource_name": "Q4 Financial Report",
       "targets": [{"type": "team", "id": "team_5bR7cNx", "name": "Engineering"}]},
      {"actor_id": "user_9pK3mNq", "actor_name": "James Rivera", "action": "comment.added",
       "resource_id": "doc_8nXpQr3",
       "metadata": {"comment_id": "cmt_7xL2bRw", "body": "Looks good, approved."}}]}
""")

CODES = {
    "400": {"malformed_json"},
    "401": {"unauthenticated"},
    "403": {"forbidden"},
    "404": {"not_found"},
    "413": {"payload_too_large"},
    "422": {"validation_failed"},
    "429": {"rate_limited", "quota_exceeded"},
    "503": {"unavailable"},
}
PATHS = ["/v1/events", "/v1/events/batch"]

DOCUMENT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
REGISTRY: Registry[Any] = Registry().with_resource(
    "openapi.yaml", DRAFT202012.create_resource(DOCUMENT)
)


def validator(pointer: str) -> Draft202012Validator:
    """A validator for the schema at a place in the document."""
    schema = {"$ref": f"openapi.yaml#{pointer}"}
    formats = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(schema, registry=REGISTRY, format_checker=formats)


def media_types(node: object, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every media type object of the document, with its place."""
    if not isinstance(node, dict):
        return
    for name, inner in node.items():
        place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if name == "application/json":
            yield place, inner
        else:
            yield from media_types(inner, place)


def examples_of(media_type: dict[str, Any]) -> dict[str, Any]:
    """The examples of a media type by name; its only one is named `example`."""
    if "example" in media_type:
        return {"example": media_type["example"]}
    return {name: each["value"] for name, each in media_type["examples"].items()}


EXAMPLES = [
    pytest.param(place, value, id=f"{place.split('/content')[0]} {name}")
    for place, media_type in media_types(DOCUMENT)
    for name, value in examples_of(media_type).items()
]


def response(path: str, status: str) -> dict[str, Any]:
    """A documented response, its reference followed."""
    found: dict[str, Any] = DOCUMENT["paths"][path]["post"]["responses"][status]
    if "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
    return found


def request_examples(path: str) -> dict[str, Any]:
    """The example requests of an operation."""
    return examples_of(
        DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    )


def sample(name: str) -> dict[str, Any]:
    """A sample invocation."""
    loaded: dict[str, Any] = json.loads((ROOT / "events" / name).read_text(encoding="utf-8"))
    return loaded


def an_event(**fields: object) -> dict[str, object]:
    """A valid event, but for what `fields` change."""
    return {"actor_id": "user_1", "action": "document.created"} | fields


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


@pytest.mark.parametrize(("place", "value"), EXAMPLES)
def test_every_example_fits_its_schema(place: str, value: object) -> None:
    validator(f"{place}/schema").validate(value)


def test_formats_are_checked() -> None:
    """The library skips a format silently where a package for it is missing."""
    assert {"date-time", "uuid"} <= Draft202012Validator.FORMAT_CHECKER.checkers.keys()


@pytest.mark.parametrize("path", PATHS)
def test_every_status_is_documented_with_an_example_of_each_of_its_codes(path: str) -> None:
    assert DOCUMENT["paths"][path]["post"]["responses"].keys() == {"202"} | CODES.keys()
    for status, codes in CODES.items():
        examples = examples_of(response(path, status)["content"]["application/json"])
        assert {each["error"] for each in examples.values()} == codes


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", ["429", "503"])
def test_whoever_has_to_wait_is_told_how_long(path: str, status: str) -> None:
    header = response(path, status)["headers"]["Retry-After"]
    assert header == {"$ref": "#/components/headers/RetryAfter"}
    assert DOCUMENT["components"]["headers"]["RetryAfter"]["required"] is True


def test_an_error_cannot_carry_the_code_of_another_status() -> None:
    schema = validator("/components/responses/Unauthenticated/content/application~1json/schema")
    assert schema.is_valid({"error": "unauthenticated", "message": "No."})
    assert not schema.is_valid({"error": "forbidden", "message": "No."})
    assert not schema.is_valid({"error": "unauthenticated", "message": "No.", "detail": "x"})


def test_the_error_codes_are_those_of_the_statuses() -> None:
    assert set(DOCUMENT["components"]["schemas"]["Error"]["properties"]["error"]["enum"]) == (
        set().union(*CODES.values())
    )


def test_the_event_fields_are_those_of_the_core() -> None:
    assert DOCUMENT["components"]["schemas"]["Event"]["properties"].keys() == message.EVENT_FIELDS


@pytest.mark.parametrize(
    "limit",
    [
        f"{message.MAX_EVENT_BYTES:,} bytes",
        f"{event.MAX_METADATA_BYTES:,} bytes",
        f"{event.MAX_METADATA_KEYS} keys",
        f"{message.MAX_DEPTH} levels",
        f"{request.MAX_BODY_BYTES:,} bytes",
        f"1 to {submit.MAX_EVENTS} events",
    ],
)
def test_limits_that_a_schema_cannot_state_are_in_words(limit: str) -> None:
    assert limit in DOCUMENT["info"]["description"]


@pytest.mark.parametrize(
    "submitted",
    [
        an_event(),
        an_event(actor_name=None, metadata=None, targets=None, version=None, occurred_at=None),
        an_event(actor_name="", metadata={}, targets=[]),
        an_event(resource_name="🔏\u0000"),
        an_event(metadata={"a": [None, True, 1, 1.5, "x", {"b": []}]}),
        an_event(metadata={str(number): number for number in range(50)}),
        an_event(metadata={"least": -(2**63), "most": 2**64 - 1}),
        an_event(targets=[{"type": "team", "id": None, "metadata": {"size": 3}}]),
        an_event(occurred_at="2026-03-02T10:15:30Z"),
        an_event(occurred_at="2026-03-02T10:15:30.123456000-05:30"),
        an_event(idempotency_key="k" * 512),
        an_event(version=0),
    ],
    ids=repr,
)
def test_schema_and_core_both_accept(submitted: object) -> None:
    assert validator("/components/schemas/Event").is_valid(submitted)
    assert isinstance(event.validate(submitted), event.ValidEvent)


@pytest.mark.parametrize(
    "submitted",
    [
        None,
        [],
        "document.created",
        {"actor_id": "user_1"},
        {"action": "document.created"},
        an_event(actor_id=""),
        an_event(actor_id=None),
        an_event(actor_id=7),
        an_event(action=""),
        an_event(colour="red"),
        an_event(actor_name=1),
        an_event(metadata=[]),
        an_event(metadata={str(number): number for number in range(51)}),
        an_event(metadata={"a": {"b": [2**64]}}),
        an_event(metadata={"a": -(2**63) - 1}),
        an_event(targets={}),
        an_event(targets=[{"id": "team_1"}]),
        an_event(targets=[{"type": ""}]),
        an_event(targets=[{"type": "team", "colour": "red"}]),
        an_event(targets=[None]),
        an_event(occurred_at="2026-03-02T10:15:30"),
        an_event(occurred_at="2026-03-02"),
        an_event(occurred_at=1772442930),
        an_event(idempotency_key=""),
        an_event(idempotency_key="k" * 513),
        an_event(version="1"),
        an_event(version=1.5),
        an_event(version=True),
        an_event(version=2**64),
    ],
    ids=repr,
)
def test_schema_and_core_both_refuse(submitted: object) -> None:
    assert not validator("/components/schemas/Event").is_valid(submitted)
    assert isinstance(event.validate(submitted), tuple)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"events": None},
        {"events": {}},
        {"events": []},
        {"events": [an_event()] * 101},
        {"events": [an_event()], "tenant_id": "org_1"},
    ],
    ids=lambda body: repr(body)[:60],
)
def test_schema_and_core_both_refuse_a_request_without_proper_events(body: object) -> None:
    assert not validator("/components/schemas/Batch").is_valid(body)
    with pytest.raises(ValidationFailed):
        request.batch_of(body)


def test_the_reference_request_is_an_example() -> None:
    assert request_examples("/v1/events/batch")["reference"] == REFERENCE


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("ingest-batch.json", "/v1/events/batch", REFERENCE),
        ("ingest-single.json", "/v1/events", request_examples("/v1/events")["complete"]),
    ],
)
def test_a_sample_request_is_what_the_gateway_would_hand_over(
    name: str, path: str, body: object
) -> None:
    invocation = sample(name)
    context = invocation["requestContext"]
    assert json.loads(invocation["body"]) == body
    assert invocation["isBase64Encoded"] is False
    assert invocation["resource"] == invocation["path"] == context["resourcePath"] == path
    assert context["path"] == f"/api{path}"
    assert context["stage"] == "api"
    assert invocation["httpMethod"] == context["httpMethod"] == "POST"
    assert context["identity"]["sourceIp"] == invocation["headers"]["X-Forwarded-For"]
    assert isinstance(context["requestTimeEpoch"], int)
    assert context["requestId"] != context["extendedRequestId"]
    assert invocation["multiValueHeaders"] == {
        name: [value] for name, value in invocation["headers"].items()
    }
    assert invocation["headers"]["Authorization"].startswith("Bearer imk_EXAMPLE")


def test_the_sample_delivery_carries_the_events_of_the_sample_request() -> None:
    [delivered] = sample("writer-delivery.json")["Records"]
    received = sample("ingest-batch.json")["requestContext"]
    content = message.decode(delivered["body"])
    assert [each.fields for each in content.events] == REFERENCE["events"]
    assert {each.received_at for each in content.events} == {received["requestTimeEpoch"] * 1_000}
    assert are_uuids([each.id for each in content.events])
    assert content.correlation_id == received["requestId"]
    assert content.workspace_id == delivered["attributes"]["MessageGroupId"]


def test_the_sample_delivery_is_what_a_fifo_queue_would_hand_over() -> None:
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
