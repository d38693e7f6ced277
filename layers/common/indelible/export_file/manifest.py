"""The export file: a range of a chain, as gzipped NDJSON, that can be verified by itself.

The first line is the manifest. Then there is a line for each record of the range, in order, and one
for each segment that could not be read. docs/auditors.md describes the format.

Version 2 has the name `checkpoint` in its manifest, and is like version 1 in all else. Files are of
version 1 where checkpoints are off.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from ..bounded_inflate import GZIP
from ..chain.hashes import GENESIS, Head, hash_text
from ..errors import Unreadable
from ..times import are_canonical
from .checkpoint import (
    CheckpointJson,
    FileCheckpoint,
    NoCheckpoint,
    read_checkpoint,
    write_checkpoint,
)
from .lines import Hex, Sequence

FILE_FORMAT = "indelible-export"
WITHOUT_CHECKPOINT, WITH_CHECKPOINT = 1, 2
"""The versions of the format."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of an export file: the workspace, the range, the event hashes at both ends.

    `previous_event_hash` is the event hash before the first record. `head` is the head of the
    range; its created_at is 0. `filters` has the form of `Filters.as_json`, and `created_at` the
    form of `format_time`. `damage_after_head` is the reason if the end of the chain could not be
    read, and so is not in the file. `checkpoint` is None if the service had checkpoints off.
    """

    workspace_id: str
    first_sequence: int
    previous_event_hash: bytes
    head: Head
    filters: Mapping[str, str | list[str]] = field(default_factory=dict)
    created_at: str = ""
    damage_after_head: str | None = None
    checkpoint: FileCheckpoint | NoCheckpoint | None = None

    @property
    def records(self) -> int:
        """The number of records in the range, including records that filters left out."""
        return self.head.sequence - self.first_sequence + 1

    @property
    def bounds(self) -> dict[str, str]:
        """The filters that choose the range: `from` and `to`, in canonical form."""
        bounds = {name: self.filters.get(name) for name in ("from", "to")}
        return {name: text for name, text in bounds.items() if isinstance(text, str)}

    @property
    def text_filters(self) -> dict[str, str | list[str]]:
        """The filters that leave records out. The bounds of time choose the range instead."""
        return {name: text for name, text in self.filters.items() if name not in ("from", "to")}

    def as_line(self) -> bytes:
        """The manifest as the first line of the file."""
        last = {"checkpoint": write_checkpoint(self.checkpoint)} if self.checkpoint else {}
        return _line(
            {
                "format": FILE_FORMAT,
                "version": WITH_CHECKPOINT if last else WITHOUT_CHECKPOINT,
                "workspace_id": self.workspace_id,
                "from": self.filters.get("from"),
                "to": self.filters.get("to"),
                "filters": self.text_filters,
                "first_sequence": self.first_sequence,
                "previous_event_hash": hash_text(self.previous_event_hash),
                "records": self.records,
                "head": {
                    "sequence": self.head.sequence,
                    "event_hash": hash_text(self.head.event_hash),
                },
                "created_at": self.created_at,
                "damage_after_head": self.damage_after_head,
                **last,
            }
        )


class _Head(msgspec.Struct):
    sequence: Sequence
    event_hash: Hex | None


class _Manifest(msgspec.Struct):
    format: str
    version: int
    workspace_id: str
    first_sequence: Sequence
    previous_event_hash: Hex | None
    records: int
    head: _Head
    filters: dict[str, str | list[str]]
    created_at: str
    damage_after_head: str | None
    start: str | None = msgspec.field(name="from")
    end: str | None = msgspec.field(name="to")
    checkpoint: CheckpointJson | None = None


_decode_manifest = msgspec.json.Decoder(_Manifest).decode


def read_manifest(line: bytes) -> Manifest:
    """Read the first line of a file. Raises Unreadable if it is not a manifest that we know."""
    try:
        read = _decode_manifest(line)
        before = _read_hash(read.previous_event_hash)
        after = _read_hash(read.head.event_hash)
        checkpoint = None if read.checkpoint is None else read_checkpoint(read.checkpoint)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"its first line is not a manifest ({error})") from None
    known = WITHOUT_CHECKPOINT, WITH_CHECKPOINT
    if read.format != FILE_FORMAT or read.version not in known:
        versions = " or ".join(map(str, known))
        raise Unreadable(f"{read.format} {read.version} is unknown, not {FILE_FORMAT} {versions}")
    bounds = {
        name: text for name, text in (("from", read.start), ("to", read.end)) if text is not None
    }
    manifest = Manifest(
        workspace_id=read.workspace_id,
        first_sequence=read.first_sequence,
        previous_event_hash=before,
        head=Head(read.head.sequence, after, 0),
        filters={**read.filters, **bounds},
        created_at=read.created_at,
        damage_after_head=read.damage_after_head,
        checkpoint=checkpoint,
    )
    if (
        manifest.first_sequence < 1
        or manifest.records < 0
        or manifest.records != read.records
        or not read.filters.keys().isdisjoint(("from", "to"))
        or not are_canonical([*bounds.values()])
        or (checkpoint is not None) != (read.version == WITH_CHECKPOINT)
    ):
        raise Unreadable("the manifest of the export contradicts itself")
    return manifest


def gzip_member(lines: bytes | bytearray) -> bytes:
    """Compress lines to a gzip member; a file has any number of them (RFC 1952, section 2.2).

    Z_FILTERED makes the file smaller and a quarter faster to decompress, as it does for segments.
    """
    stream = zlib.compressobj(level=6, wbits=GZIP, strategy=zlib.Z_FILTERED)
    return stream.compress(lines) + stream.flush()


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _read_hash(text: str | None) -> bytes:
    """Read what `hash_text` wrote. ValueError for 32 zeros, which must be written as null."""
    event_hash = GENESIS if text is None else bytes.fromhex(text)
    if text is not None and event_hash == GENESIS:
        raise ValueError("an event hash of zeros must be written as null")
    return event_hash
