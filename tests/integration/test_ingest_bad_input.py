"""Bad input gets a clear answer, and loses nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.raw_bodies import GOOD, batch, with_field
from support.builders import an_event
from support.pipeline import SINGLE, Caller, Pipeline


@pytest.mark.parametrize(
    "body",
    [None, "", "  \n", "nope", "{", '{"events":[}', "[1", '{"events":[]}x', "'{}'",
     batch(with_field('"version":nan')), batch(with_field('"metadata":{"a":+Infinity}')),
     "[" * 100_000, batch(with_field('"metadata":' + '{"a":' * 600_000 + "1" + "}" * 600_000))],
    ids=lambda body: repr(body)[:30],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/events/batch", SINGLE])
def test_a_body_that_is_not_json_is_malformed(
    pipeline: Pipeline, caller: Caller, body: str | None, path: str
) -> None:
    answer = pipeline.send(body, caller=caller, path=path)
    assert (answer.status, answer.json["error"]) == (400, "malformed_json")
    assert answer.json["message"].startswith("The body is")
    assert pipeline.take_messages() == []


@pytest.mark.parametrize(
    "body",
    ["[]", "null", "7", '"text"', "true", "{}", '{"events":null}', '{"events":{}}',
     '{"events":[]}', '{"events":"x"}', '{"Events":[]}',
     '{"events":[' + GOOD + '],"more":1}', '{"events":[],"events":[' + GOOD + "]}",
     batch(*[GOOD] * 101)],
    ids=lambda body: body[:30],
)  # fmt: skip
def test_a_body_that_is_not_a_batch_fails_validation(
    pipeline: Pipeline, caller: Caller, body: str
) -> None:
    answer = pipeline.send(body, caller=caller)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert answer.json.keys() == {"error", "message"}
    named = "The array must hold 1 to 1000 events" if body == "[]" else "`events`"
    assert named in answer.json["message"]
    assert pipeline.take_messages() == []


def test_a_hundred_events_are_a_batch(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.send(batch(*[GOOD] * 100), caller=caller)
    assert (answer.status, answer.statuses) == (202, ["queued"] * 100)
    assert len(set(answer.ids)) == 100


def many(count: int) -> dict[str, int]:
    return {f"key_{n}": n for n in range(count)}


def of_bytes(size: int) -> dict[str, str]:
    """Metadata that is `size` bytes as compact JSON."""
    return {"a": "x" * (size - len('{"a":""}'))}


DEEP = '{"a":' * 40 + "1" + "}" * 40
INVALID = [
    ('"text"', "", "must be a JSON object"),
    ("null", "", "must be a JSON object"),
    ("[]", "actor_id", "is required"),
    (f"[{GOOD}]", "", "must be a JSON object; send several events to /v1/events/batch"),
    ("7", "", "must be a JSON object"),
    ("{}", "actor_id", "is required"),
    ('{"actor_id":"","action":"a"}', "actor_id", "must not be empty"),
    ('{"actor_id":null,"action":"a"}', "actor_id", "must not be null"),
    ('{"actor_id":7.0,"action":"a"}', "actor_id", "put the value in quotes"),
    ('{"actor_id":18446744073709551616,"action":"a"}', "actor_id", "must fit in 64 bits"),
    ('{"actor_id":true,"action":"a"}', "actor_id", "must be a string or an integer"),
    (f'{{"events":[{GOOD}]}}', "events", "send several events to /v1/events/batch"),
    (with_field('"actorName":"Ann"'), "actorName", "use actor_name, or put the value into"),
    (with_field('"actor_id":"user_2"'), "actor_id", "is given twice"),
    (with_field('"\\u0061ctor_id":"user_2"'), "actor_id", "is given twice"),
    (with_field('"version":null,"version":1'), "version", "is given twice"),
    (with_field('"metadata":{"plan":"a","plan":"b"}'), "metadata.plan", "is given twice"),
    (with_field('"targets":[{"type":"t","type":"u"}]'), "targets.0.type", "is given twice"),
    (with_field('"colour":"red"'), "colour", "is not a field of an event"),
    (with_field('"Metadata":{}'), "Metadata", "is not a field of an event"),
    (with_field('"id":"x"'), "id", "is not a field of an event"),
    (with_field('"created_at":"2026-11-23T20:23:08Z"'), "created_at", "is not a field of an event"),
    (with_field('"metadata":["a"]'), "metadata", "must be an object; name the values"),
    (with_field('"metadata":"{}"'), "metadata", "must be an object"),
    (with_field('"targets":{}'), "targets", "must be an array"),
    (with_field('"targets":[{"id":"x"}]'), "targets.0.type", "is required"),
    (with_field('"targets":[{"type":"t"},{"type":"t","x":1}]'), "targets.1.x", "of a target"),
    (with_field('"version":"1"'), "version", "without quotes"),
    (with_field('"version":1.5'), "version", "must be an integer"),
    (with_field('"version":true'), "version", "must be an integer"),
    (with_field('"version":1' + "0" * 30), "version", "must fit in 64 bits"),
    (with_field('"version":18446744073709551616'), "version", "must fit in 64 bits"),
    (with_field('"metadata":{"a":[-9223372036854775809]}'), "metadata.a.0", "must fit in 64 bits"),
    (with_field('"metadata":{"a":1e400}'), "metadata.a", "must be a finite number"),
    (with_field('"metadata":{"a":[{"b":NaN}]}'), "metadata.a.0.b", "must be a finite number"),
    (with_field('"metadata":{"a":-Infinity}'), "metadata.a", "must be a finite number"),
    (with_field('"version":NaN'), "version", "must be an integer"),
    (with_field('"metadata":{"a":1e-400}'), "metadata.a", "send it as a string"),
    (with_field('"metadata":{"a":12345678901234567890.123}'), "metadata.a", "send it as a string"),
    (with_field('"metadata":{"a":0.10000000000000000555}'), "metadata.a", "send it as a string"),
    (with_field('"actor_name":"\\ud800"'), "actor_name", "unpaired surrogate"),
    (with_field('"metadata":{"a":{"\\udfff":1}}'), "metadata.a", "unpaired surrogate"),
    (with_field('"idempotency_key":"\\ud83e"'), "idempotency_key", "unpaired surrogate"),
    (with_field('"idempotency_key":""'), "idempotency_key", "must not be empty"),
    (with_field('"idempotency_key":"' + "k" * 513 + '"'), "idempotency_key", "at most 512"),
    (with_field(f'"metadata":{json.dumps(of_bytes(65_537))}'), "metadata", "at most 65536 bytes"),
    (with_field(f'"metadata":{DEEP}'), "metadata" + ".a" * 31, "at most 32 levels"),
    (with_field('"user_agent":"' + "x" * 300_000 + '"'), "", "at most 131072 bytes"),
    (with_field('"occurred_at":"2026-11-23T20:23:08"'), "occurred_at", "must have a time zone"),
    (with_field('"occurred_at":"2026-11-23 20:23:08.123"'), "occurred_at", "must have a time zone"),
    (
        with_field('"occurred_at":"2026-11-23T20:23:08.1234567"'),
        "occurred_at",
        "add Z or an offset",
    ),
    (with_field('"occurred_at":"2026-11-23T20:23:08+25:00"'), "occurred_at", "offset"),
    (with_field('"occurred_at":"1795466588123"'), "occurred_at", "must be an ISO 8601"),
    (with_field('"occurred_at":1795466588.5'), "occurred_at", "is a number; send ISO 8601"),
    (with_field('"occurred_at":"2026-11-23T20:23:08.1234567890Z"'), "occurred_at", "nine"),
    (with_field('"occurred_at":"2026-02-30T20:23:08Z"'), "occurred_at", "date that exists"),
    (with_field('"occurred_at":"9999-12-31T23:59:59-01:00"'), "occurred_at", "years 1 to 9999"),
    (with_field('"occurred_at":"yesterday"'), "occurred_at", "must be an ISO 8601"),
    (with_field('"occurred_at":1795466588'), "occurred_at", "is a number; send ISO 8601"),
]


@pytest.mark.parametrize(
    ("event", "field", "text"), INVALID, ids=[f"{f}-{e[:60]}" for e, f, _ in INVALID]
)
def test_an_invalid_event_gets_its_errors_and_stops_no_other(
    pipeline: Pipeline, caller: Caller, event: str, field: str, text: str
) -> None:
    answer = pipeline.send(batch(GOOD, event, GOOD), caller=caller)
    assert (answer.status, answer.statuses) == (202, ["queued", "invalid", "queued"])
    assert answer.receipts[1]["id"] is None
    error = answer.receipts[1]["errors"][0]
    assert error["field"] == field
    assert text in error["message"]
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [answer.ids[0], answer.ids[2]]


KEPT: list[tuple[str, dict[str, Any]]] = [
    ('"actor_name":"Zoë 🦆👩‍👩‍👧"', {"actor_name": "Zoë 🦆👩‍👩‍👧"}),
    ('"actor_name":"\\ud83e\\udd86"', {"actor_name": "🦆"}),
    ('"actor_name":"a\\u0000b\\n\\u2028"', {"actor_name": "a\0b\n\u2028"}),
    ('"idempotency_key":"a\\u0000"', {"idempotency_key": "a\0"}),
    ('"metadata":{"":null,"a":[{},[],0.1,-0.0,1e30,true]}',
     {"metadata": {"": None, "a": [{}, [], 0.1, -0.0, 1e30, True]}}),
    ('"version":18446744073709551615', {"version": 18446744073709551615}),
    ('"version":-9223372036854775808', {"version": -9223372036854775808}),
    (f'"metadata":{json.dumps(many(3_000))}', {"metadata": many(3_000)}),
    ('"metadata":[],"targets":[{"type":"t","id":7,"metadata":[]}]',
     {"metadata": {}, "targets": [{"type": "t", "id": "7", "metadata": {}}]}),
    ('"tenant_id":-9223372036854775808,"session_id":0,"resource_id":18446744073709551615',
     {"tenant_id": "-9223372036854775808", "session_id": "0",
      "resource_id": "18446744073709551615"}),
    (f'"metadata":{json.dumps(of_bytes(65_536))}', {"metadata": of_bytes(65_536)}),
    ('"ip_address":"[2001:db8::abcd]:12345"', {"ip_address": "[2001:db8::abcd]:12345"}),
    ('"targets":[]', {"targets": []}),
    ('"session_id":null', {}),
    ('"occurred_at":"2026-11-23T22:23:08+02:00"', {"occurred_at": "2026-11-23T20:23:08.000000Z"}),
    ('"occurred_at":"2026-11-23T20:23:08.123456000Z"',
     {"occurred_at": "2026-11-23T20:23:08.123456Z"}),
    ('"occurred_at":"2026-11-23T22:23:08.1234567+02:00"',
     {"occurred_at": "2026-11-23T20:23:08.123456700Z"}),
    ('"occurred_at":"9999-12-31T23:59:59.999999Z"', {"occurred_at": "9999-12-31T23:59:59.999999Z"}),
    ('"occurred_at":"0001-01-01T00:00:00Z"', {"occurred_at": "0001-01-01T00:00:00.000000Z"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fields"), KEPT, ids=[text[:40] for text, _ in KEPT])
def test_unusual_events_are_chained_as_sent(
    pipeline: Pipeline, caller: Caller, text: str, fields: dict[str, Any]
) -> None:
    answer = pipeline.send(batch(with_field(text)), caller=caller)
    assert (answer.status, answer.statuses) == (202, ["queued"])
    pipeline.drain()
    [record] = pipeline.chain(caller.workspace_id)
    own = {"format", "workspace_id", "sequence", "id", "created_at", "received_at", "salt"}
    assert {k: v for k, v in record.items() if k not in own} == {**an_event(), **fields}
