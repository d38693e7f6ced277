"""Records: an event as the exact bytes that are hashed, stored and exported."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from ..encoding import read_json
from ..errors import Unreadable
from ..times import format_time
from .fields import QueuedEvent

RECORD_FORMAT = 1
SALT_BYTES = 16

_encode = msgspec.json.Encoder(order="deterministic").encode


def build(
    event: QueuedEvent, workspace_id: str, sequence: int, created_at: int, salt: bytes
) -> bytes:
    """The record's bytes: JSON in UTF-8, keys sorted, no white space. Times are in microseconds.

    This is the only place that serialises a record; afterwards its bytes are only copied.
    """
    return _encode(
        {
            **event.fields,
            "format": RECORD_FORMAT,
            "workspace_id": workspace_id,
            "sequence": sequence,
            "id": event.id,
            "created_at": format_time(created_at),
            "received_at": format_time(event.received_at),
            "salt": salt.hex(),
        }
    )


class Header(msgspec.Struct, frozen=True, gc=False):
    """The fields that the service itself adds to a record, except the salt."""

    format: int
    workspace_id: str
    sequence: int
    id: str
    created_at: str
    received_at: str


_decode = msgspec.json.Decoder(Header).decode


def _decode_headers(records: Collection[bytes]) -> list[Header]:
    if not all(map(bytes.isascii, records)):
        for record in records:
            record.decode()  # msgspec does not check the UTF-8 of values that it skips
    return [*map(_decode, records)]


def read_headers(records: Collection[bytes]) -> list[Header]:
    """The headers of records. Unreadable when one of them is not a record of format 1."""
    headers = read_json(_decode_headers, records, "a record")
    for unknown in {header.format for header in headers} - {RECORD_FORMAT}:
        raise Unreadable(f"record format {unknown} is unknown; this version reads {RECORD_FORMAT}")
    return headers


def read_header(record: bytes) -> Header:
    """The header of one record, read as `read_headers` does."""
    return read_headers([record])[0]
