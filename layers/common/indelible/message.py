"""Messages: the accepted events of one request, or some of them, on their way to the writer."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Literal, TypeVar

import msgspec

from . import zstd
from .chain.fields import LATEST_RECEIVED, MAX_EVENT_BYTES, QueuedEvent
from .chain.readable import check_fields
from .codec import ZLIB, ZSTD, decompressor
from .errors import FromNewerVersion, Unreadable
from .identifiers import are_uuid7s_of, is_workspace_id

Value = TypeVar("Value")

MESSAGE_FORMAT = 1
MAX_MESSAGE_BYTES = 240 * 1024
"""Maximum size of a message, compressed and encoded. Ten messages must fit into Lambda's 6 MB."""

MAX_JSON_BYTES = 8 * 1024 * 1024
"""Maximum size of a message's JSON, so that the writer can hold it in memory."""

MAX_CORRELATION_ID = 128
"""Maximum characters of a correlation id. Ingest cuts longer ones; the writer refuses them."""

_LEVEL = 1
"""zstd's level. A higher one saves three bytes an event, and most messages are paid as one."""

_CODEC = re.compile("([a-z0-9-]{1,16}):")
"""The codec that a body begins with. Without one it is zlib, as older messages are."""

CorrelationId = Annotated[str, msgspec.Meta(max_length=MAX_CORRELATION_ID)]
"""The id that API Gateway gives a request. Every log line of the request has it."""


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """An event on its way into a message: id, received_at in microseconds, fields as JSON."""

    id: str
    received_at: int
    fields: msgspec.Raw


class Message(msgspec.Struct, frozen=True):
    """The content of one SQS message."""

    format: Literal[1]
    workspace_id: str
    correlation_id: CorrelationId
    events: list[QueuedEvent]


class _Envelope(msgspec.Struct):
    format: int


class _Unread(msgspec.Struct, gc=False):
    fields: msgspec.Raw


class _Sizes(msgspec.Struct):
    events: list[_Unread]


class _Received(msgspec.Struct, gc=False):
    id: str
    received_at: int


class _Times(msgspec.Struct):
    events: list[_Received]


_encode_message = msgspec.json.Encoder().encode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_message = msgspec.json.Decoder(Message).decode
_decode_sizes = msgspec.json.Decoder(_Sizes).decode
_decode_times = msgspec.json.Decoder(_Times).decode


def encode(
    workspace_id: str,
    correlation_id: str,
    events: Sequence[Accepted],
    max_bytes: int = MAX_MESSAGE_BYTES,
) -> Iterator[tuple[str, int]]:
    """Message bodies in the order of their events, each with the number of events in it.

    A body has at most `max_bytes`, or a single event.
    """
    plain = _plain(workspace_id, correlation_id, events)
    if len(plain) <= MAX_JSON_BYTES or len(events) == 1:
        body = f"{ZSTD}:{base64.b64encode(zstd.compress(plain, _LEVEL)).decode()}"
        if len(body) <= max_bytes or len(events) == 1:
            yield body, len(events)
            return
    middle = len(events) // 2
    yield from encode(workspace_id, correlation_id, events[:middle], max_bytes)
    yield from encode(workspace_id, correlation_id, events[middle:], max_bytes)


def _plain(workspace_id: str, correlation_id: str, events: Sequence[Accepted]) -> bytes:
    return _encode_message(
        {
            "format": MESSAGE_FORMAT,
            "workspace_id": workspace_id,
            "correlation_id": correlation_id,
            "events": events,
        }
    )


def decode(body: str) -> Message:
    """Read a message.

    Unreadable when this is not one; FromNewerVersion when a newer version may be able to read it.
    """
    return decode_plain(unpack(body))


def unpack(body: str) -> bytes:
    """Decode and decompress a message's body to its JSON.

    Raises Unreadable when that fails, and FromNewerVersion when its codec is unknown.
    """
    named = _CODEC.match(body)
    codec, text = (named[1], body[named.end() :]) if named else (ZLIB, body)
    decompress = decompressor(codec, "message")
    try:
        return decompress(base64.b64decode(text, validate=True), MAX_JSON_BYTES)
    except ValueError as error:
        raise Unreadable(f"not a message: {type(error).__name__}") from None


def decode_plain(plain: bytes) -> Message:
    """Read the JSON of a message. Raises what `decode` raises."""
    try:
        message = _read(_decode_message, plain)
    except Unreadable:
        format_ = _read(_decode_envelope, plain).format
        if format_ != MESSAGE_FORMAT:
            raise FromNewerVersion(f"message format {format_} is unknown") from None
        raise
    if len(plain) > MAX_EVENT_BYTES:
        _refuse_oversized(plain)
    if not message.events or not is_workspace_id(message.workspace_id):
        raise Unreadable("message names no workspace, or holds no event")
    _check_events(message.events)
    return message


def received_times(plain: bytes) -> list[tuple[str, int]]:
    """The id and received_at (microseconds) of each event in a message's JSON; nothing is checked.

    Unreadable when they cannot be read.
    """
    return [(each.id, each.received_at) for each in _read(_decode_times, plain).events]


def _read(decode: Callable[[bytes], Value], plain: bytes) -> Value:
    try:
        return decode(plain)
    except (ValueError, RecursionError) as error:  # its text may quote what a client sent
        raise Unreadable(f"not a message: {type(error).__name__}") from None


def _refuse_oversized(plain: bytes) -> None:
    for event in _read(_decode_sizes, plain).events:
        if len(memoryview(event.fields)) > MAX_EVENT_BYTES:
            raise Unreadable(f"message holds an event of more than {MAX_EVENT_BYTES} bytes")


def _check_events(events: list[QueuedEvent]) -> None:
    times = [event.received_at for event in events]
    if not 0 <= min(times) <= max(times) <= LATEST_RECEIVED:
        raise Unreadable("message holds an event whose received_at is out of range")
    if not are_uuid7s_of([(event.id, event.received_at) for event in events]):
        raise Unreadable("message holds an event whose id is not a UUIDv7 of its received_at")
    check_fields(event.fields for event in events)
