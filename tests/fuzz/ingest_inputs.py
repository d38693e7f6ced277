"""Inputs for the ingest handler: the corpus, changed in its body, its headers and its route."""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache

from hypothesis import strategies as st
from indelible.bounded_inflate import GZIP

from .corpus import read_corpus
from .ingest import SECRET
from .ingest_events import Event, plain_body
from .mutations import HOSTILE, MARK, mutate_bytes, mutate_tree, text_of


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """One invocation of the corpus, changed in one to three ways."""
    event = json.loads(draw(st.sampled_from(read_corpus("ingest"))))
    for _ in range(draw(st.integers(1, 3))):
        draw(st.sampled_from(_CHANGES))(draw, event)
    return json.dumps(event).encode()


def _change_tree(draw: st.DrawFn, event: Event) -> None:
    plain = plain_body(event)
    try:
        tree = json.loads(plain)
    except (ValueError, RecursionError):
        _change_bytes(draw, event)
        return
    _put_body(draw, event, text_of(mutate_tree(draw, tree)).encode())


def _change_bytes(draw: st.DrawFn, event: Event) -> None:
    _put_body(draw, event, mutate_bytes(draw, plain_body(event), _bodies()))


def _change_packed(draw: st.DrawFn, event: Event) -> None:
    """Damage the encoding between the client's JSON and the gateway's text."""
    packed = mutate_bytes(draw, _gzip(plain_body(event)), [_gzip(b"{}"), _bomb()])
    event["body"], event["isBase64Encoded"] = base64.b64encode(packed).decode(), True
    _set_header(event, "Content-Encoding", ["gzip"])


def _change_flags(draw: st.DrawFn, event: Event) -> None:
    """Describe the same body differently."""
    match draw(st.sampled_from(["base64", "body", "encoding"])):
        case "base64":
            event["isBase64Encoded"] = draw(st.sampled_from([True, False, None]))
        case "body":
            event["body"] = draw(
                st.sampled_from([None, "", " ", "%%%", "é", "YQ", "YQ==\n", "\ud800"])
            )
        case "encoding":
            encodings = ["gzip", "GZIP ", "identity", "br", "gzip, gzip", "x-gzip", "", "\x00", "é"]
            _set_header(event, "Content-Encoding", [draw(st.sampled_from(encodings))])


def _change_headers(draw: st.DrawFn, event: Event) -> None:
    values = [
        f"Bearer {SECRET}", f"bearer  {SECRET} ", f"Bearer {SECRET}\n", f"Bearer {SECRET}é",
        "Bearer", f"Bearer {SECRET[:-1]}1", f"Basic {SECRET}", "\x00",
        f"Bearer {SECRET}, Bearer {SECRET}", f"{MARK}\r\nX: y", MARK * 5_000,
        "Bearer imk_" + "é" * 48, "Bearer imk_" + "٣" * 48, "",
    ]  # fmt: skip
    values += [
        f"{MARK}-key", "🦆", "%00%0A", "a\x00", "a\nb", "x" * 255, "x" * 256, f'"{MARK}"',
        "application/x-ndjson", "application/ndjson; charset=utf-8", "application/jsonl",
    ]  # fmt: skip
    names = [
        *["Idempotency-Key"] * 4, *["Content-Type"] * 2, "idempotency-key", "Authorization",
        "authorization", "AUTHORIZATION", "content-encoding", "X-Forwarded-For", "X-Amzn-Trace-Id",
        "Accept-Encoding", "Origin", "é", "", f"{MARK}\n", "Authorizat\u0131on", "Authorization ",
    ]  # fmt: skip
    match draw(st.sampled_from(["set", "set", "set", "none", "absent", "empty"])):
        case "set":
            chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
            _set_header(event, draw(st.sampled_from(names)), chosen)
        case "none":
            event["multiValueHeaders"] = event["headers"] = None
        case "absent":
            event.pop("multiValueHeaders", None)
        case _:
            event["multiValueHeaders"] = {}


def _change_form(draw: st.DrawFn, event: Event) -> None:
    """Send the same events in an array or in lines, and sometimes under the wrong media type."""
    try:
        tree = json.loads(plain_body(event))
    except (ValueError, RecursionError):
        return
    events = tree.get("events", [tree]) if isinstance(tree, dict) else tree
    if not isinstance(events, list):
        return
    form = draw(st.sampled_from(["array", "lines", "lines"]))
    ends = draw(st.sampled_from(["\n", "\r\n", "\n\n", "\n{\n", "\n \t\r\n"]))
    body = json.dumps(events) if form == "array" else "".join(json.dumps(e) + ends for e in events)
    _put_body(draw, event, body.encode(errors="replace"))
    lines = st.sampled_from(["application/x-ndjson", "application/jsonl", "application/json"])
    _set_header(event, "Content-Type", [draw(lines) if form == "lines" else "application/json"])


def _change_route(draw: st.DrawFn, event: Event) -> None:
    """Request another route, or add unknown parameters."""
    hostile = st.sampled_from([str(each) for each in HOSTILE])
    match draw(st.sampled_from(["path", "method", "query", "address"])):
        case "path":
            paths = ["/v1/events", "/v1/events/batch", "/v1/events/", "//", "/v1/events/%00"]
            event["path"] = draw(st.sampled_from(paths) | hostile)
        case "method":
            methods = ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH", "post", "x"]
            event["httpMethod"] = draw(st.sampled_from(methods))
        case "query":
            event["multiValueQueryStringParameters"] = {draw(hostile): [draw(hostile), MARK]}
        case _:
            addresses = ["2001:db8::1", "::ffff:203.0.113.7", "test-invoke-source-ip"]
            event["requestContext"]["identity"]["sourceIp"] = draw(st.sampled_from(addresses))


_CHANGES = [
    *[_change_tree] * 6, *[_change_bytes] * 2, *[_change_form] * 2, _change_packed, _change_flags,
    *[_change_headers] * 2,
    _change_route,
]  # fmt: skip


def _set_header(event: Event, name: str, values: list[str]) -> None:
    event["multiValueHeaders"] = {**(event.get("multiValueHeaders") or {}), name: values}
    event["headers"] = {**(event.get("headers") or {}), name: values[-1]}


@cache
def _bodies() -> list[bytes]:
    return [plain_body(json.loads(each)) for each in read_corpus("ingest")]


@cache
def _bomb() -> bytes:
    return _gzip(bytes(5_000_000))


def _put_body(draw: st.DrawFn, event: Event, plain: bytes) -> None:
    way = draw(st.sampled_from(["plain", "base64", "gzip"]))
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        way, text = ("base64" if way == "plain" else way), ""
    event["isBase64Encoded"] = way != "plain"
    if way == "plain":
        event["body"] = text
        return
    event["body"] = base64.b64encode(_gzip(plain) if way == "gzip" else plain).decode()
    _set_header(event, "Content-Encoding", ["gzip" if way == "gzip" else "identity"])


def _gzip(plain: bytes) -> bytes:
    stream = zlib.compressobj(1, zlib.DEFLATED, GZIP)
    return stream.compress(plain) + stream.flush()
