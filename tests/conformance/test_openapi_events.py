"""The schema of an event in openapi.yaml and the core accept and refuse the same events."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from indelible.chain import fields
from indelible.errors import ValidationFailed
from indelible.ingest import batch, event
from indelible.web import request
from support.builders import an_event
from support.contract import DOCUMENT, validator

SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
LIMITS = {"minLength", "maxLength", "maxProperties", "format"}


def test_the_event_fields_match_the_core() -> None:
    assert SCHEMAS["Event"]["properties"].keys() == fields.EVENT_FIELDS


def rules_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The types of a property, null included, and its limits."""
    if reference := schema.get("$ref"):
        schema = SCHEMAS[reference.rpartition("/")[2]]
    parts = schema.get("anyOf", [schema])
    types = [part["type"] for part in parts]
    flat = {each for kind in types for each in (kind if isinstance(kind, list) else [kind])}
    limits = {name: value for part in parts for name, value in part.items() if name in LIMITS}
    return {"type": flat, **limits}


def respelled_too(name: str, ids: tuple[str, ...], rules: dict[str, Any]) -> dict[str, Any]:
    """The rules of a field, with the types that `respell` accepts besides."""
    more = {"integer"} if name in ids else {"array"} if name == "metadata" else set()
    return {**rules, "type": rules["type"] | more}


@pytest.mark.parametrize(
    ("name", "table", "ids"),
    [
        ("Event", fields.SubmittedEvent, fields.ID_FIELDS),
        ("Target", fields.SubmittedTarget, fields.TARGET_ID_FIELDS),
    ],
)
def test_each_field_has_the_types_and_limits_of_the_core(
    name: str, table: type[msgspec.Struct], ids: tuple[str, ...]
) -> None:
    ours = msgspec.json.schema(table)["$defs"][table.__name__]
    theirs = SCHEMAS[name]
    assert sorted(theirs["required"]) == sorted(ours["required"])
    assert theirs["additionalProperties"] is ours["additionalProperties"] is False
    assert {each: rules_of(schema) for each, schema in theirs["properties"].items()} == {
        each: respelled_too(each, ids, rules_of(schema))
        for each, schema in ours["properties"].items()
    }


@pytest.mark.parametrize(
    "limit",
    [
        f"{fields.MAX_EVENT_BYTES:,} bytes",
        f"{fields.MAX_METADATA_BYTES:,} bytes",
        f"{fields.MAX_DEPTH} levels",
        f"{request.MAX_BODY_BYTES:,} bytes",
        f"1 to {batch.MAX_EVENTS} events",
        f"up to {batch.MAX_STREAMED:,} events",
        f"1 to {request.MAX_KEY} characters",
    ],
)
def test_limits_that_a_schema_cannot_express_are_in_the_description(limit: str) -> None:
    assert limit in DOCUMENT["info"]["description"]


@pytest.mark.parametrize(
    "submitted",
    [
        an_event(),
        an_event(actor_name=None, metadata=None, targets=None, version=None, occurred_at=None),
        an_event(actor_name="", metadata={}, targets=[]),
        an_event(resource_name="🔏\u0000"),
        an_event(metadata={"a": [None, True, 1, 1.5, "x", {"b": []}]}),
        an_event(metadata={str(number): number for number in range(64)}),
        an_event(metadata=[], targets=[{"type": "team", "id": 12, "metadata": []}]),
        an_event(actor_id=7, resource_id=2**64 - 1, session_id=-(2**63), tenant_id=0),
        an_event(metadata={"least": -(2**63), "most": 2**64 - 1}),
        an_event(targets=[{"type": "team", "id": None, "metadata": {"size": 3}}]),
        an_event(occurred_at="2026-03-02T10:15:30Z"),
        an_event(occurred_at="2026-03-02T10:15:30.123456789-05:30"),
        an_event(idempotency_key="k" * 512),
        an_event(version=0),
    ],
    ids=repr,
)
def test_schema_and_core_both_accept_a_valid_event(submitted: object) -> None:
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
        an_event(actor_id=7.5),
        an_event(actor_id=True),
        an_event(actor_id=2**64),
        an_event(actor_name=7),
        an_event(action=""),
        an_event(colour="red"),
        an_event(actor_name=1),
        an_event(metadata=[1]),
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
def test_schema_and_core_both_refuse_an_invalid_event(submitted: object) -> None:
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
def test_schema_and_core_both_refuse_a_request_without_valid_events(body: object) -> None:
    assert not validator("/components/schemas/Batch").is_valid(body)
    with pytest.raises(ValidationFailed):
        batch.batch_of(body)


def test_the_schema_takes_an_array_of_1_to_1000_events_as_the_core_does() -> None:
    schema = validator("/components/schemas/Events")
    for count, fits in ((0, False), (1, True), (1_000, True), (1_001, False)):
        events: list[object] = [an_event()] * count
        assert schema.is_valid(events) is fits
        if fits:
            assert batch.batch_of(events) == events
        else:
            with pytest.raises(ValidationFailed):
                batch.batch_of(events)


def test_the_lines_of_the_example_are_valid_events() -> None:
    content = DOCUMENT["paths"]["/v1/events/batch"]["post"]["requestBody"]["content"]
    lines = content["application/x-ndjson"]["examples"]["lines"]["value"].encode()
    events = batch.events_of(lines, "application/x-ndjson", request.parse_json)
    assert len(events) == 2
    for each in events:
        validator("/components/schemas/Event").validate(each)
        assert isinstance(event.validate(each), event.ValidEvent)


def test_every_media_type_of_lines_is_in_the_description() -> None:
    description = DOCUMENT["paths"]["/v1/events/batch"]["post"]["description"]
    assert all(f"{each}`" in description for each in batch.MEDIA_TYPES_OF_LINES)
