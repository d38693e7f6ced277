"""Bodies in base64 and gzip, bodies that are too large, and unreadable bodies."""

from __future__ import annotations

import base64
import zlib

import pytest
from integration.raw_bodies import GOOD, batch, with_field
from support.pipeline import Caller, Pipeline


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
def test_a_body_at_lambdas_size_limit_is_refused_unread(
    pipeline: Pipeline, caller: Caller, filling: str, size: int
) -> None:
    """Lambda accepts 6 MB, API Gateway 10, so the content of such a body does not matter."""
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
    """Python itself parses no integer of more than 4300 digits."""
    good = '{"actor_id":"a","action":"b"}'
    huge = '{"actor_id":"a","action":"b","metadata":{"n":1' + "0" * 5_000 + "}}"
    answer = pipeline.send(f'{{"events":[{good},{huge}]}}', caller=caller)
    assert answer.status == 202
    assert answer.statuses == ["queued", "invalid"]


def test_a_body_flagged_as_base64_that_is_not_ascii_is_malformed(
    pipeline: Pipeline, caller: Caller
) -> None:
    answer = pipeline.send("é", caller=caller, is_base64=True)
    assert (answer.status, answer.json["error"]) == (400, "malformed_json")
