"""Messages: the accepted events of one request, or a part of them, on their way to the writer."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from .errors import Unreadable
from .identifiers import is_uuid, is_workspace_id
from .inflate import inflate
from .times import LATEST

FORMAT = 1
MAX_MESSAGE_BYTES = 240 * 1024
"""After compression and encoding; SQS takes 1 MiB, Lambda ten messages in 6 MB."""

MAX_PLAIN_BYTES = 8 * 1024 * 1024

EVENT_FIELDS = frozenset({
    "action", "action_category", "actor_id", "actor_name", "actor_type", "idempotency_key",
    "ip_address", "metadata", "occurred_at", "resource", "resource_id", "resource_name",
    "session_id", "targets", "tenant_id", "user_agent", "version",
})  # fmt: skip
"""The names of a client's fields; none of them is a name that a record gives itself."""


class Accepted(NamedTuple):
    """An event on its way into a message: id, received_at in microseconds, fields as JSON."""

    id: str
    received_at: int
    fields: bytes


class QueuedEvent(msgspec.Struct, frozen=True):
    """An event as the writer receives it. `received_at` (microseconds) never changes."""

    id: str
    received_at: int
    fields: dict[str, Any]


class Message(msgspec.Struct, frozen=True):
    """What one SQS message holds."""

    format: int
    workspace_id: str
    correlation_id: str
    events: list[QueuedEvent]


class _Envelope(msgspec.Struct):
    format: int


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_message = msgspec.json.Decoder(Message).decode


def encode(
    workspace_id: str, correlation_id: str, events: Sequence[Accepted]
) -> Iterator[tuple[str, int]]:
    """Message bodies in the order of their events, each with the number of events it holds."""
    body = _encode_one(workspace_id, correlation_id, events)
    if len(body) <= MAX_MESSAGE_BYTES or len(events) == 1:
        yield body, len(events)
        return
    middle = len(events) // 2
    yield from encode(workspace_id, correlation_id, events[:middle])
    yield from encode(workspace_id, correlation_id, events[middle:])


def _encode_one(workspace_id: str, correlation_id: str, events: Sequence[Accepted]) -> str:
    plain = msgspec.json.encode(
        {
            "format": FORMAT,
            "workspace_id": workspace_id,
            "correlation_id": correlation_id,
            "events": [
                {
                    "id": event.id,
                    "received_at": event.received_at,
                    "fields": msgspec.Raw(event.fields),
                }
                for event in events
            ],
        }
    )
    return base64.b64encode(zlib.compress(plain, level=1)).decode()


def decode(body: str) -> Message:
    """Read a message. Unreadable says why it never can be."""
    try:
        compressed = base64.b64decode(body, validate=True)
        plain = inflate(compressed, MAX_PLAIN_BYTES)
        envelope = _decode_envelope(plain)
        if envelope.format != FORMAT:
            raise Unreadable(f"message format {envelope.format} is unknown")
        message = _decode_message(plain)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Unreadable(f"not a message: {type(error).__name__}") from None
    if not is_workspace_id(message.workspace_id):
        raise Unreadable("message names no workspace")
    if not message.events:
        raise Unreadable("message holds no event")
    for event in message.events:
        if not is_uuid(event.id) or not 0 <= event.received_at <= LATEST:
            raise Unreadable("message holds an event without a proper id and received_at")
        if not event.fields.keys() <= EVENT_FIELDS:
            raise Unreadable("message holds an event with unknown fields")
    return message
