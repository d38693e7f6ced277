"""What bad input gets: a clear answer, and nothing lost."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from support.pipeline import SINGLE, Caller, Pipeline, an_event

GOOD = '{"actor_id":"user_1","action":"document.created"}'


def batch(*events: str) -> str:
    """A body of these events, as text, so that it need not be JSON."""
    return '{"events":[' + ",".join(events) + "]}"


def with_field(text: str) -> str:
    """An event with one more field, as text."""
    return f'{{"actor_id":"user_1","action":"document.created",{text}}}'


@pytest.mark.parametrize(
    "body",
    [None, "", "  \n", "nope", "{", '{"events":[}', "[1", '{"events":[]}x', "'{}'",
     batch(with_field('"version":NaN')), batch(with_field('"metadata":{"a":-Infinity}')),
     "[" * 100_000, batch(with_field('"metadata":' + '{"a":' * 5_000 + "1" + "}" * 5_000))],
    ids=lambda body: repr(body)[:30],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/events/batch", SINGLE])
def test_what_is_not_json_is_malformed(
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
     '{"events":[' + GOOD + '],"more":1}', batch(*[GOOD] * 101)],
    ids=lambda body: body[:30],
)  # fmt: skip
def test_what_is_no_batch_fails_validation(pipeline: Pipeline, caller: Caller, body: str) -> None:
    answer = pipeline.send(body, caller=caller)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert answer.json.keys() == {"error", "message"}
    assert "`events`" in answer.json["message"] or "JSON object" in answer.json["message"]
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
    ("[]", "", "must be a JSON object"),
    ("7", "", "must be a JSON object"),
    ("{}", "actor_id", "is required"),
    ('{"actor_id":"","action":"a"}', "actor_id", "should have at least 1 character"),
    ('{"actor_id":null,"action":"a"}', "actor_id", "should be a valid string"),
    ('{"actor_id":7,"action":"a"}', "actor_id", "should be a valid string"),
    (with_field('"colour":"red"'), "colour", "is not a field of an event"),
    (with_field('"Metadata":{}'), "Metadata", "is not a field of an event"),
    (with_field('"id":"x"'), "id", "is not a field of an event"),
    (with_field('"created_at":"2026-11-23T20:23:08Z"'), "created_at", "is not a field of an event"),
    (with_field('"metadata":[]'), "metadata", "should be a valid dictionary"),
    (with_field('"metadata":"{}"'), "metadata", "should be a valid dictionary"),
    (with_field('"targets":{}'), "targets", "should be a valid list"),
    (with_field('"targets":[{"id":"x"}]'), "targets.0.type", "is required"),
    (with_field('"targets":[{"type":"t"},{"type":"t","x":1}]'), "targets.1.x", "is not a field"),
    (with_field('"version":"1"'), "version", "should be a valid integer"),
    (with_field('"version":1.5'), "version", "should be a valid integer"),
    (with_field('"version":true'), "version", "should be a valid integer"),
    (with_field('"version":1' + "0" * 30), "version", "must fit in 64 bits"),
    (with_field('"version":18446744073709551616'), "version", "must fit in 64 bits"),
    (with_field('"metadata":{"a":[-9223372036854775809]}'), "metadata.a.0", "must fit in 64 bits"),
    (with_field('"metadata":{"a":1e400}'), "metadata.a", "must be a finite number"),
    (with_field('"actor_name":"\\ud800"'), "actor_name", "unpaired surrogate"),
    (with_field('"metadata":{"a":{"\\udfff":1}}'), "metadata.a", "unpaired surrogate"),
    (with_field('"idempotency_key":"\\ud83e"'), "idempotency_key", "as a unicode string"),
    (with_field('"idempotency_key":""'), "idempotency_key", "at least 1 character"),
    (with_field('"idempotency_key":"' + "k" * 513 + '"'), "idempotency_key", "at most 512"),
    (with_field(f'"metadata":{json.dumps(many(51))}'), "metadata", "at most 50 keys"),
    (with_field(f'"metadata":{json.dumps(of_bytes(65_537))}'), "metadata", "at most 65536 bytes"),
    (with_field(f'"metadata":{DEEP}'), "metadata" + ".a" * 31, "at most 32 levels"),
    (with_field('"user_agent":"' + "x" * 300_000 + '"'), "", "at most 131072 bytes"),
    (with_field('"occurred_at":"2026-11-23T20:23:08"'), "occurred_at", "must have a time zone"),
    (with_field('"occurred_at":"2026-11-23T20:23:08.123456789Z"'), "occurred_at", "six fractional"),
    (with_field('"occurred_at":"2026-02-30T20:23:08Z"'), "occurred_at", "that exists"),
    (with_field('"occurred_at":"9999-12-31T23:59:59-01:00"'), "occurred_at", "years 1 to 9999"),
    (with_field('"occurred_at":"yesterday"'), "occurred_at", "must be an ISO 8601"),
    (with_field('"occurred_at":1795466588'), "occurred_at", "should be a valid string"),
]


@pytest.mark.parametrize(
    ("event", "field", "text"), INVALID, ids=[f"{f}-{e[:60]}" for e, f, _ in INVALID]
)
def test_an_invalid_event_is_told_why_and_stops_no_other(
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
    (f'"metadata":{json.dumps(many(50))}', {"metadata": many(50)}),
    (f'"metadata":{json.dumps(of_bytes(65_536))}', {"metadata": of_bytes(65_536)}),
    ('"targets":[]', {"targets": []}),
    ('"session_id":null', {}),
    ('"occurred_at":"2026-11-23T22:23:08+02:00"', {"occurred_at": "2026-11-23T20:23:08.000000Z"}),
    ('"occurred_at":"2026-11-23T20:23:08.123456000Z"',
     {"occurred_at": "2026-11-23T20:23:08.123456Z"}),
    ('"occurred_at":"9999-12-31T23:59:59.999999Z"', {"occurred_at": "9999-12-31T23:59:59.999999Z"}),
    ('"occurred_at":"0001-01-01T00:00:00Z"', {"occurred_at": "0001-01-01T00:00:00.000000Z"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fields"), KEPT, ids=[text[:40] for text, _ in KEPT])
def test_what_is_unusual_is_chained_as_it_was_sent(
    pipeline: Pipeline, caller: Caller, text: str, fields: dict[str, Any]
) -> None:
    answer = pipeline.send(batch(with_field(text)), caller=caller)
    assert (answer.status, answer.statuses) == (202, ["queued"])
    pipeline.drain()
    [record] = pipeline.chain(caller.workspace_id)
    own = {"format", "workspace_id", "sequence", "id", "created_at", "received_at", "salt"}
    assert {k: v for k, v in record.items() if k not in own} == {**an_event(), **fields}


def test_a_base64_body_is_read(pipeline: Pipeline, caller: Caller) -> None:
    event = with_field('"actor_name":"Zoë 🦆"')
    body = base64.b64encode(batch(event).encode()).decode()
    assert pipeline.send(body, caller=caller, is_base64=True).statuses == ["queued"]
    pipeline.drain()
    assert pipeline.chain(caller.workspace_id)[0]["actor_name"] == "Zoë 🦆"


def gzipped(plain: bytes) -> str:
    packed = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return base64.b64encode(packed.compress(plain) + packed.flush()).decode()


@pytest.mark.parametrize("header", ["Content-Encoding", "content-encoding"])
@pytest.mark.parametrize("value", ["gzip", "GZIP"])
def test_a_gzipped_body_is_read(
    pipeline: Pipeline, caller: Caller, header: str, value: str
) -> None:
    body = gzipped(batch(GOOD, GOOD).encode())
    answer = pipeline.send(body, caller=caller, is_base64=True, headers=[(header, value)])
    assert answer.statuses == ["queued", "queued"]


GZIP = [("Content-Encoding", "gzip")]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("%%%", []),
        ("YQ", []),
        (base64.b64encode(b"\xff\xfe{}").decode(), []),
        (base64.b64encode(b"\x1f\x8bnot gzip").decode(), GZIP),
        (gzipped(b"{}")[:-8], GZIP),
        (gzipped(batch(GOOD).encode()), []),
        (gzipped(batch(GOOD).encode()), [("Content-Encoding", "br")]),
        (gzipped(batch(GOOD).encode()), [*GZIP, *GZIP]),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_malformed(
    pipeline: Pipeline, caller: Caller, body: str, headers: list[tuple[str, str]]
) -> None:
    answer = pipeline.send(body, caller=caller, is_base64=True, headers=headers)
    assert (answer.status, answer.json["error"]) == (400, "malformed_json")


@pytest.mark.parametrize("gzip", [False, True])
def test_a_body_over_four_mebibytes_is_too_large(
    pipeline: Pipeline, caller: Caller, gzip: bool
) -> None:
    limit = 4 * 1024 * 1024
    padding = " " * (limit - len(batch(GOOD)))
    for body, status in ((batch(GOOD) + padding, 202), (batch(GOOD) + padding + " ", 413)):
        sent = gzipped(body.encode()) if gzip else body
        answer = pipeline.send(sent, caller=caller, is_base64=gzip, headers=GZIP if gzip else [])
        assert answer.status == status
    assert answer.json == {
        "error": "payload_too_large",
        "message": "The body must be at most 4194304 bytes; send fewer events.",
    }


@pytest.mark.parametrize("size", [6 * 1024 * 1024 - 2_000, 6 * 1024 * 1024, 10 * 1024 * 1024])
@pytest.mark.parametrize("filling", ["[", '{"a":', '{"actor_id":"a","action":"b"},', "\\u0000"])
def test_a_body_as_large_as_lambda_takes_is_refused_unread(
    pipeline: Pipeline, caller: Caller, filling: str, size: int
) -> None:
    """Lambda takes 6 MB, API Gateway 10: what is in such a body does not matter."""
    body = ('{"events":[' + filling * (size // len(filling) + 1))[:size]
    answer = pipeline.send(body, caller=caller)
    assert (answer.status, answer.json["error"]) == (413, "payload_too_large")


def test_a_gzip_bomb_is_too_large(pipeline: Pipeline, caller: Caller) -> None:
    body = gzipped(b" " * 100_000_000)
    answer = pipeline.send(body, caller=caller, is_base64=True, headers=GZIP)
    assert answer.status == 413


def test_an_integer_of_5000_digits_makes_only_its_own_event_invalid(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Python itself reads no integer of more than 4300 digits."""
    good = '{"actor_id":"a","action":"b"}'
    huge = '{"actor_id":"a","action":"b","metadata":{"n":1' + "0" * 5_000 + "}}"
    answer = pipeline.send(f'{{"events":[{good},{huge}]}}', caller=caller)
    assert answer.status == 202
    assert answer.statuses == ["queued", "invalid"]


def test_a_body_that_is_said_to_be_base64_and_is_not_ascii_is_malformed(
    pipeline: Pipeline, caller: Caller
) -> None:
    answer = pipeline.send("é", caller=caller, is_base64=True)
    assert (answer.status, answer.json["error"]) == (400, "malformed_json")
