"""The corpus of the ingest target, made from the sample invocations and from past findings."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

from support.builders import NOON
from support.contract import REFERENCE, request_examples
from support.gateway import Headers, api_event

from .ingest import SECRET
from .mutations import MARK

BATCH, SINGLE = "/v1/events/batch", "/v1/events"
_AUTHORIZED: Headers = [("Content-Type", "application/json"), ("Authorization", f"Bearer {SECRET}")]
_LINES: Headers = [("Content-Type", "application/x-ndjson"), *_AUTHORIZED[1:]]
_GZIP: Headers = [*_AUTHORIZED, ("Content-Encoding", "gzip")]

_FULL: dict[str, Any] = {
    "actor_id": "user_1", "action": "document.shared", "actor_name": "Zoë", "actor_type": "user",
    "action_category": "update", "resource": "document", "resource_id": "doc_1",
    "resource_name": "Q4 Report", "metadata": {"note": "approved", "deep": [{"n": 1.5}, None]},
    "targets": [{"type": "team", "id": "team_1", "name": "Engineering", "metadata": {"a": 1}}],
    "occurred_at": "2026-11-23T20:23:08.123Z", "session_id": "ses_1", "tenant_id": "org_1",
    "idempotency_key": "key_1", "version": 2, "ip_address": "203.0.113.9", "user_agent": "curl/8",
}  # fmt: skip


_REAL = f"""{{"events":[
 {{"actor_id":7,"action":"{MARK}","resource_id":18446744073709551615,"metadata":[],
   "targets":[{{"type":"{MARK}","id":12,"metadata":[]}}],
   "occurred_at":"2026-03-02T10:15:30.123456789+02:00"}},
 {{"actor_id":"{MARK}","action":"{MARK}","metadata":{{"score":NaN}}}},
 {{"actor_id":"{MARK}","action":"{MARK}","metadata":{{"a":[1e-400,1e400,0.123456789012345678]}}}},
 {{"actor_id":"{MARK}","action":"{MARK}","metadata":{{"a":[1.50,1e5,0.12345678901234567]}}}},
 {{"actor_id":"{MARK}","action":"{MARK}","occurred_at":1772446530123}}
]}}"""
"""What real programs send, and what they send by mistake."""


def seeds() -> Iterator[tuple[str, bytes]]:
    """Names and inputs."""
    for name, event in _events():
        yield f"{name}.json", json.dumps(event, indent=1).encode() + b"\n"


def _events() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "reference", _invocation(_marked(REFERENCE))
    for number, each in enumerate(request_examples("/v1/events").values(), start=1):
        yield f"example-{number}", _invocation(_marked(each), SINGLE)
    keyed = [_marked(_FULL), _marked(_FULL), {"actor_id": 1}]
    yield "full", _invocation(_marked(_FULL), SINGLE)
    yield "duplicates", _invocation({"events": keyed})
    yield "hundred", _invocation({"events": [{"actor_id": MARK, "action": MARK}] * 100})
    body = json.dumps({"events": keyed}).encode()
    yield "base64", _with_body(_base64(body), _AUTHORIZED, is_base64=True)
    yield "gzip", _with_body(_base64(gzip.compress(body, mtime=0)), _GZIP, is_base64=True)
    yield "unzipped-by-the-gateway", _with_body(body.decode(), _GZIP)
    bomb = gzip.compress(bytes(8_000_000), mtime=0)
    yield "bomb", _with_body(_base64(bomb), _GZIP, is_base64=True)
    yield (
        "two-members",
        _with_body(_base64(gzip.compress(body, mtime=0) * 2), _GZIP, is_base64=True),
    )
    yield from _in_other_forms(keyed)
    yield "no-headers", _with_body(body.decode(), [])
    yield "two-keys", _with_body(body.decode(), [*_AUTHORIZED, ("authorization", "Bearer x")])
    yield "surrogate", _with_body(f'{{"actor_id":"{MARK}\\ud800","action":"a"}}', _AUTHORIZED)
    yield "real", _with_body(_REAL, _AUTHORIZED)
    yield "deep", _with_body('{"events":' + "[" * 3_000, _AUTHORIZED)
    yield (
        "names-twice",
        _with_body(
            f'{{"events":[],"events":[{{"actor_id":"{MARK}","actor_id":"b","action":"c"}}]}}',
            _AUTHORIZED,
        ),
    )
    twice = '"metadata":{"plan":"free","pl\\u0061n":"team"}'
    yield (
        "name-twice-in-one-event",
        _with_body(
            f'{{"events":[{{"actor_id":"{MARK}","action":"a",{twice}}},'
            f'{{"actor_id":"{MARK}","action":"a"}}]}}',
            _AUTHORIZED,
        ),
    )


def _in_other_forms(events: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Arrays, lines, and requests with an idempotency key of their own."""
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in events)
    yield "array", _invocation(events)
    yield "array-of-arrays", _invocation([[MARK], [[]]])
    yield "lines", _with_body(lines, _LINES)
    ended = "\ufeff" + lines.replace("\n", "\r\n\r\n") + f"{{{MARK}"
    yield "lines-with-a-bad-one", _with_body(ended, _LINES)
    yield "lines-sent-as-json", _with_body(lines, _AUTHORIZED)
    members = b"".join(gzip.compress(each, mtime=0) for each in lines.encode().splitlines(True))
    x_gzip: Headers = [*_LINES, ("Content-Encoding", "x-gzip")]
    yield "lines-in-members", _with_body(_base64(members), x_gzip, is_base64=True)
    between = gzip.compress(lines.encode(), mtime=0) + b"garbage" + members
    yield "garbage-between-members", _with_body(_base64(between), x_gzip, is_base64=True)
    body = json.dumps({"events": events})
    for name, values in (
        ("key-of-the-request", [f"{MARK}-42"]),
        ("key-of-the-request-twice", [f"{MARK}-42", f"{MARK}-43"]),
        ("key-of-the-request-too-long", [MARK * 2_500]),
    ):
        headers: Headers = [*_AUTHORIZED, *(("Idempotency-Key", each) for each in values)]
        yield name, _with_body(body, headers)
    event = json.dumps({name: value for name, value in events[0].items() if "key" not in name})
    headers = [*_AUTHORIZED, ("Idempotency-Key", f"{MARK}-42")]
    yield "key-of-a-request-of-one-event", _with_body(event, headers, path=SINGLE)


def _invocation(body: object, path: str = BATCH) -> dict[str, Any]:
    return _with_body(json.dumps(body, ensure_ascii=False), _AUTHORIZED, path=path)


def _with_body(
    body: str, headers: Headers, *, path: str = BATCH, is_base64: bool = False
) -> dict[str, Any]:
    return api_event(body, headers, path=path, received_at=NOON, is_base64=is_base64)


def _base64(plain: bytes) -> str:
    return base64.b64encode(plain).decode()


def _marked(value: Any) -> Any:
    """The value with a mark in each string, except for times and names."""
    if isinstance(value, dict):
        return {
            name: inner if name == "occurred_at" else _marked(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_marked(each) for each in value]
    return f"{value} {MARK}" if isinstance(value, str) else value
