"""The export file: a range of a chain that verifies by itself, as gzipped NDJSON; docs/auditors.md.

The first line is the manifest. Then comes a line for each record of the range, in order, and one in
the place of each segment that could not be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import msgspec

from .chain import GENESIS, HASH_BYTES, Head, event_hash
from .errors import Unreadable
from .filters import Filters
from .ports import Ledger
from .record import read_headers
from .search import first_sequence_since
from .segment import Damaged, Segment, read_records, split_leaf_hashes
from .times import LATEST, format_time

FORMAT, VERSION = "indelible-export", 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file says of itself: whose chain, which records, the links before and after them.

    `head` is that of the range; its created_at is not kept. `filters` as of `Filters.as_json`.
    """

    workspace_id: str
    first_sequence: int
    previous_event_hash: bytes
    head: Head
    filters: Mapping[str, str] = field(default_factory=dict)
    created_at: str = ""

    @property
    def records(self) -> int:
        """How many records the range has."""
        return self.head.sequence - self.first_sequence + 1

    def as_line(self) -> bytes:
        """The manifest as the first line of the file."""
        texts = {name: text for name, text in self.filters.items() if name not in ("from", "to")}
        return _line(
            {
                "format": FORMAT,
                "version": VERSION,
                "workspace_id": self.workspace_id,
                "from": self.filters.get("from"),
                "to": self.filters.get("to"),
                "filters": texts,
                "first_sequence": self.first_sequence,
                "previous_event_hash": _hash_or_null(self.previous_event_hash),
                "records": self.records,
                "head": {
                    "sequence": self.head.sequence,
                    "event_hash": _hash_or_null(self.head.event_hash),
                },
                "created_at": self.created_at,
            }
        )


class _Head(msgspec.Struct):
    sequence: int
    event_hash: str | None


class _Manifest(msgspec.Struct):
    format: str
    version: int
    workspace_id: str
    first_sequence: int
    previous_event_hash: str | None
    records: int
    head: _Head
    filters: dict[str, str]
    created_at: str
    start: str | None = msgspec.field(name="from")
    end: str | None = msgspec.field(name="to")


_decode_manifest = msgspec.json.Decoder(_Manifest).decode


def read_manifest(line: bytes) -> Manifest:
    """Read the first line of a file. Unreadable when it is no manifest of this version."""
    try:
        read = _decode_manifest(line)
        before = _read_hash(read.previous_event_hash)
        after = _read_hash(read.head.event_hash)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Unreadable(f"not the manifest of an export: {error}") from None
    if (read.format, read.version) != (FORMAT, VERSION):
        raise Unreadable(f"{read.format} {read.version} is unknown; this reads {FORMAT} {VERSION}")
    bounds = {name: text for name, text in (("from", read.start), ("to", read.end)) if text}
    manifest = Manifest(
        workspace_id=read.workspace_id,
        first_sequence=read.first_sequence,
        previous_event_hash=before,
        head=Head(read.head.sequence, after, 0),
        filters={**read.filters, **bounds},
        created_at=read.created_at,
    )
    if manifest.first_sequence < 1 or manifest.records < 0 or manifest.records != read.records:
        raise Unreadable("the manifest of the export contradicts itself")
    return manifest


def make_manifest(ledger: Ledger, workspace_id: str, filters: Filters, now: int) -> Manifest:
    """Fix the range of an export made at `now`: the records between the times of the filters.

    Unreadable when the chain is damaged where the range begins or ends.
    """
    newest = _newest(ledger, workspace_id, filters)
    if newest is None:
        first, before, head = 1, GENESIS, Head(0, GENESIS, 0)
    else:
        first = _first_since(ledger, newest, filters.start)
        last = newest.last_sequence
        if filters.end < LATEST:
            last = _first_since(ledger, newest, filters.end + 1) - 1
        before = _event_hash_at(ledger, newest, first - 1)
        last = max(last, first - 1)
        head = Head(last, _event_hash_at(ledger, newest, last), 0)
    return Manifest(workspace_id, first, before, head, filters.as_json(), format_time(now))


def _newest(ledger: Ledger, workspace_id: str, filters: Filters) -> Segment | None:
    """The last segment; where it cannot be read and no times are asked for, the last that can."""
    try:
        return ledger.newest(workspace_id)
    except Unreadable:
        if filters.start > 0 or filters.end < LATEST:
            raise
    readable = None
    for part in ledger.stored(workspace_id, 1):
        readable = part if isinstance(part, Segment) else readable
    return readable


def _first_since(ledger: Ledger, newest: Segment, time: int) -> int:
    """The sequence of the first record with created_at >= `time`; after the newest if none has."""
    if time <= 0:
        return 1
    if time > newest.last_created_at:
        return newest.last_sequence + 1
    low = first_sequence_since(ledger, newest.workspace_id, time, 1, newest.last_sequence)
    segment = _holding(ledger, newest.workspace_id, low)
    written = format_time(time)
    headers = read_headers(read_records(segment))
    return segment.first_sequence + sum(header.created_at < written for header in headers)


def _event_hash_at(ledger: Ledger, newest: Segment, sequence: int) -> bytes:
    if sequence == 0:
        return GENESIS
    if sequence == newest.last_sequence:
        return newest.event_hash
    segment = _holding(ledger, newest.workspace_id, sequence)
    leaves = split_leaf_hashes(segment)[: sequence - segment.first_sequence + 1]
    *_, link = accumulate(leaves, event_hash, initial=segment.previous_event_hash)
    return link


def _holding(ledger: Ledger, workspace_id: str, sequence: int) -> Segment:
    segment = ledger.containing(workspace_id, sequence)
    if segment is None or segment.last_sequence < sequence:
        raise Unreadable(f"the chain of {workspace_id} has no sequence {sequence}")
    return segment


def record_lines(
    part: Segment | Damaged, manifest: Manifest, keep: Callable[[bytes], bool] | None = None
) -> bytes:
    """The lines of a segment's records in the manifest's range.

    Of a record that `keep` does not want only the leaf hash is written: the chain verifies over it.
    """
    if isinstance(part, Damaged):
        return _line({"unreadable": part.reason, "sequence": part.first_sequence})
    try:
        records, leaves = read_records(part), split_leaf_hashes(part)
    except Unreadable as error:
        return _line(
            {
                "unreadable": str(error),
                "sequence": part.first_sequence,
                "last_sequence": part.last_sequence,
                "event_hash": part.event_hash.hex(),
            }
        )
    lines = []
    numbered = enumerate(zip(records, leaves, strict=True), start=part.first_sequence)
    for sequence, (record, leaf) in numbered:
        if manifest.first_sequence <= sequence <= manifest.head.sequence:
            line: dict[str, object] = {"leaf_hash": leaf.hex()}
            if keep is None or _wants(keep, record):
                line["record"] = record
            if sequence == part.last_sequence:
                line["event_hash"] = part.event_hash.hex()
            lines.append(_record_line(line))
    return b"".join(lines)


def _wants(keep: Callable[[bytes], bool], record: bytes) -> bool:
    """What is no record is kept: it is evidence."""
    try:
        return keep(record)
    except Unreadable:
        return True


def _record_line(line: dict[str, Any]) -> bytes:
    """Bytes that are not UTF-8 are written as unpaired surrogates, which PEP 383 restores."""
    if "record" not in line:
        return _line(line)
    try:
        return _line({**line, "record": line["record"].decode()})
    except UnicodeDecodeError:
        escaped = line["record"].decode("utf-8", "surrogateescape")
        return json.dumps({**line, "record": escaped}).encode() + b"\n"


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _hash_or_null(link: bytes) -> str | None:
    return None if link == GENESIS else link.hex()


def _read_hash(text: str | None) -> bytes:
    link = GENESIS if text is None else bytes.fromhex(text)
    if len(link) != HASH_BYTES:
        raise ValueError("a hash has 32 bytes")
    return link
