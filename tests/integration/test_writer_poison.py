"""Messages that can never be chained: each is set aside with its reason and delays no other."""

from __future__ import annotations

import base64
import secrets
import zlib
from typing import Any

import msgspec
import pytest
from indelible import zstd
from indelible.identifiers import uuid7
from indelible.message import Accepted, encode
from support.aws_faults import TIMEOUT, answering
from support.builders import NOON, a_body, an_event
from support.handlers import sqs_record_of
from support.pipeline import Caller, Pipeline, now


def an_id(received_at: int) -> str:
    return uuid7(received_at // 1_000, bytes(10))


def an_hour_ahead() -> dict[str, Any]:
    at = now() + 3_601 * 1_000_000
    return {"id": an_id(at), "received_at": at}


def body_of(content: object) -> str:
    return a_body(msgspec.json.encode(content))


def in_zstd(frame: bytes) -> str:
    return f"zstd:{base64.b64encode(frame).decode()}"


def a_message(workspace_id: str, **changes: Any) -> dict[str, Any]:
    at = now()
    event = {"id": an_id(at), "received_at": at, "fields": an_event()}
    return {
        "format": 1,
        "workspace_id": workspace_id,
        "correlation_id": "request-1",
        "events": [event | changes.pop("event", {})],
        **changes,
    }


POISON: dict[str, tuple[Any, str]] = {
    "not base64": ("???", "not a message: Error"),
    "empty": ("", "does not decompress"),
    "not ASCII": ("é", "not a message: ValueError"),
    "not zlib": (base64.b64encode(b"hello").decode(), "does not decompress"),
    "cut off": (base64.b64encode(zlib.compress(b"{}")[:-3]).decode(), "cut off"),
    "followed by more": (base64.b64encode(zlib.compress(b"{}") + b"x").decode(), "followed"),
    "a bomb": (
        base64.b64encode(zlib.compress(bytes(100_000_000))).decode(),
        "decompresses to more",
    ),
    "no frame": (in_zstd(b"hello"), "not a frame of zstd"),
    "an empty codec": (in_zstd(b""), "not a frame of zstd"),
    "a frame cut off": (in_zstd(zstd.compress(b"{}")[:-3]), "cut off"),
    "a frame followed by more": (in_zstd(zstd.compress(b"{}") * 2), "followed"),
    "a bomb of zstd": (in_zstd(zstd.compress(bytes(100_000_000))), "decompresses to more"),
    "not JSON": (base64.b64encode(zlib.compress(b"nope")).decode(), "DecodeError"),
    "not UTF-8": (
        base64.b64encode(zlib.compress(b'{"format":1,"x":"\xff"}')).decode(),
        "not a message",
    ),
    "deep": (
        base64.b64encode(zlib.compress(b'{"format":' + b"[" * 100_000)).decode(),
        "not a message",
    ),
    "no object": (body_of([1]), "ValidationError"),
    "no format": (body_of({}), "ValidationError"),
    "another workspace": (body_of(a_message("ws_other")), "names another workspace"),
    "no workspace": (body_of(a_message("a b")), "names no workspace"),
    "no events": (lambda w: body_of(a_message(w, events=[])), "holds no event"),
    "events of a wrong type": (lambda w: body_of(a_message(w, events={})), "ValidationError"),
    "a wrong id": (lambda w: body_of(a_message(w, event={"id": "x"})), "not a UUIDv7"),
    "a wrong time": (lambda w: body_of(a_message(w, event={"received_at": -1})), "received_at"),
    "a time too late": (
        lambda w: body_of(a_message(w, event={"received_at": 10**18})),
        "out of range",
    ),
    "a time ahead": (
        lambda w: body_of(a_message(w, event=an_hour_ahead())),
        "dated ahead, until",
    ),
    "an id of another time": (
        lambda w: body_of(a_message(w, event={"id": an_id(NOON)})),
        "not a UUIDv7",
    ),
    "a long correlation id": (
        lambda w: body_of(a_message(w, correlation_id="c" * 129)),
        "ValidationError",
    ),
    "a time of a wrong type": (
        lambda w: body_of(a_message(w, event={"received_at": "now"})),
        "ValidationError",
    ),
    "fields of a wrong type": (
        lambda w: body_of(a_message(w, event={"fields": [1]})),
        "ValidationError",
    ),
}


@pytest.mark.parametrize("name", POISON)
def test_a_poison_message_is_set_aside_and_delays_no_other(
    pipeline: Pipeline, caller: Caller, name: str
) -> None:
    """It is between good messages of its own workspace and of another one."""
    made, reason = POISON[name]
    body = made(caller.workspace_id) if callable(made) else made
    other = pipeline.new_caller()
    ids = pipeline.post_events(caller, an_event()).ids
    [before] = pipeline.take_messages()
    ids += pipeline.post_events(caller, an_event()).ids
    [after] = pipeline.take_messages()
    others = pipeline.post_events(other, an_event()).ids
    poison = sqs_record_of(body, caller.workspace_id, "poison")
    assert pipeline.write([before, poison, after, *pipeline.take_messages()]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids
    assert pipeline.chained_ids(other.workspace_id) == others
    if body:  # SQS itself neither accepts nor delivers an empty message
        [letter] = pipeline.take_dead_letters()
        assert (letter.workspace_id, letter.body) == (caller.workspace_id, body)
        assert letter.group == "set-aside:poison"
        assert reason in letter.reason


def test_a_poison_message_in_a_group_that_is_not_a_workspace_is_set_aside(
    pipeline: Pipeline, caller: Caller
) -> None:
    poison = sqs_record_of(body_of(a_message(caller.workspace_id)), "!group!", "poison")
    assert pipeline.write([poison]) == []
    [letter] = pipeline.take_dead_letters()
    assert (letter.workspace_id, letter.reason) == (
        "!group!",
        "message names another workspace than its group",
    )
    assert pipeline.chain(caller.workspace_id) == []


def test_a_poison_message_that_cannot_be_set_aside_fails_with_all_after_it(
    pipeline: Pipeline, caller: Caller
) -> None:
    ids = pipeline.post_events(caller, an_event()).ids
    [first] = pipeline.take_messages()
    poison = sqs_record_of("???", caller.workspace_id, "poison")
    ids += pipeline.post_events(caller, an_event()).ids
    [last] = pipeline.take_messages()
    dead_letters = pipeline.writer.writer.dead_letters._client
    with answering(dead_letters, "SendMessage", TIMEOUT):
        assert pipeline.write([first, poison, last]) == ["poison", last["messageId"]]
    assert pipeline.chained_ids(caller.workspace_id) == ids[:1]
    assert pipeline.write([poison, last]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids
    assert len(pipeline.take_dead_letters()) == 1


def test_an_event_too_large_for_an_item_is_set_aside_immediately(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Ingest sends none, but anybody else who can write to the queue could block a workspace."""
    noise = Accepted(
        "01938a3e-7c00-7000-8000-000000000001",
        now(),
        msgspec.Raw(msgspec.json.encode(an_event(metadata={"noise": secrets.token_hex(450_000)}))),
    )
    [(body, _)] = encode(caller.workspace_id, "request-1", [noise])
    ids = pipeline.post_events(caller, an_event()).ids
    poison = sqs_record_of(body, caller.workspace_id, "poison")
    assert pipeline.write([poison, *pipeline.take_messages()], seconds=3.5) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids
