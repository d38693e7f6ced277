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
    """The record's bytes: JSON in UTF-8, keys sorted, no white space. Times in microseconds.

    This is the only place that serialises a record; everything else copies its bytes.
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
    """The fields that the service itself writes into a record, except the salt."""

    format: int
    workspace_id: str
    sequence: int
    id: str
    created_at: str
    received_at: str


_decode = msgspec.json.Decoder(Header).decode


def read_headers(records: Iterable[bytes]) -> list[Header]:
    """Read the headers of records. Unreadable when one of them is no record of format 1."""
    try:
        # As text: in bytes msgspec does not check UTF-8 in fields that it skips.
        headers = [_decode(record.decode()) for record in records]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a record: {error}") from None
    for unknown in {header.format for header in headers} - {FORMAT}:
        raise Unreadable(f"record format {unknown} is unknown; this version reads {FORMAT}")
    return headers


def read_header(record: bytes) -> Header:
    """Read the header of one record. Unreadable as for `read_headers`."""
    return read_headers([record])[0]
