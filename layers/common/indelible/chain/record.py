"""Records: an event as the exact bytes that are hashed, stored and exported."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..errors import Unreadable
from ..times import format_time
from .fields import QueuedEvent

FORMAT = 1
SALT_BYTES = 16

_encode = msgspec.json.Encoder(order="deterministic").encode


def build(
    event: QueuedEvent, workspace_id: str, sequence: int, created_at: int, salt: bytes
) -> bytes:
    """The record: JSON in UTF-8, keys sorted, no white space. Times in microseconds.

    This is the only place that serialises a record; from here on its bytes are copied.
    """
    return _encode(
        {
            **event.fields,
            "format": FORMAT,
            "workspace_id": workspace_id,
            "sequence": sequence,
            "id": event.id,
            "created_at": format_time(created_at),
            "received_at": format_time(event.received_at),
            "salt": salt.hex(),
        }
    )


class Header(msgspec.Struct, frozen=True, gc=False):
    """What the service itself wrote into a record, but for the salt."""

    format: int
    workspace_id: str
    sequence: int
    id: str
    created_at: str
    received_at: str


_decode = msgspec.json.Decoder(Header).decode


def read_headers(records: Iterable[bytes]) -> list[Header]:
    """Read what the service wrote into records. Unreadable when one is no record of format 1."""
    try:
        # Text, for in bytes msgspec does not look for UTF-8 where it skips.
        headers = [_decode(record.decode()) for record in records]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a record: {error}") from None
    for unknown in {header.format for header in headers} - {FORMAT}:
        raise Unreadable(f"record format {unknown} is unknown; this version reads {FORMAT}")
    return headers


def read_header(record: bytes) -> Header:
    """Read what the service wrote into one record, as `read_headers` does."""
    return read_headers([record])[0]
