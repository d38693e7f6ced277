"""What goes into an export's file, chunk by chunk, so that it can be made in steps.

Where a chunk ends depends on the chain and on where the chunk began, on nothing else. So the file
is the same, byte for byte, however often the work was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment
from ..errors import ExportFailed, Unreadable
from ..export_file.manifest import Manifest, pack, record_lines
from ..filters import Filters
from . import csv_rows
from .job import Format

CHUNK_RECORDS = 10_000
CHUNK_BYTES = 4 * 1024 * 1024
"""Before compression; a chunk ends with the segment in which it reaches one of these."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of the file: its bytes, how many events it holds, where the next segment begins."""

    body: bytes
    rows: int
    next_sequence: int


def opening(file_format: Format, manifest: Manifest) -> bytes:
    """What comes before all chunks: the names of the columns, or the manifest."""
    if file_format is Format.CSV:
        return csv_rows.header().encode()
    return pack(manifest.as_line())


def first_place(ledger: Ledger, manifest: Manifest) -> int:
    """Where the segment begins that holds the first record of the range."""
    if manifest.first_sequence == 1:
        return 1  # whatever may be damaged there
    holding = ledger.at_or_before(manifest.workspace_id, manifest.first_sequence)
    return holding.first_sequence if holding else manifest.first_sequence


def read_chunks(
    ledger: Ledger, file_format: Format, filters: Filters, manifest: Manifest, place: int
) -> Iterator[Chunk]:
    """The chunks from the segment that begins at sequence `place` to the end of the range.

    ExportFailed when something there cannot be in such a file.
    """
    last = manifest.head.sequence
    if file_format is Format.CSV and manifest.damage_after_head is not None:
        raise _unreadable(last + 1)
    if place > last:
        return
    text, rows, records = bytearray(), 0, 0
    write = _write_rows if file_format is Format.CSV else _write_lines
    matches = filters.matches if filters.texts else None  # the range has the times
    for part in ledger.stored(manifest.workspace_id, place):
        if part.first_sequence is not None:
            if part.first_sequence > last:
                break
            if records >= CHUNK_RECORDS or len(text) >= CHUNK_BYTES:
                yield Chunk(_encode(file_format, text), rows, part.first_sequence)
                text, rows, records = bytearray(), 0, 0
        written, count = write(part, manifest, matches)
        text += written
        rows += count
        records += part.count if isinstance(part, Segment) else 1
    yield Chunk(_encode(file_format, text), rows, last + 1)


_Matches = Callable[[bytes], bool]


def _write_rows(
    part: Segment | Damaged, manifest: Manifest, matches: _Matches | None
) -> tuple[bytes, int]:
    """A segment as CSV, which has no way to show damage."""
    if isinstance(part, Damaged):
        raise _unreadable(part.first_sequence)
    try:
        written = csv_rows.rows(part, manifest.first_sequence, manifest.head.sequence, matches)
    except Unreadable:
        raise _unreadable(part.first_sequence) from None
    return written.text.encode(), written.events


def _unreadable(sequence: int | None) -> ExportFailed:
    return ExportFailed(
        f"The chain cannot be read at sequence {sequence or 'unknown'}. Export it as"
        " ndjson, which carries damage as it is; GET /api/v1/verify names what is wrong."
    )


def _write_lines(
    part: Segment | Damaged, manifest: Manifest, matches: _Matches | None
) -> tuple[bytes, int]:
    """A segment as lines of the verifiable file."""
    kept = 0

    def keep(record: bytes) -> bool:
        nonlocal kept
        meant = matches is None or matches(record)
        kept += meant
        return meant

    return record_lines(part, manifest, keep), kept


def _encode(file_format: Format, text: bytearray) -> bytes:
    return bytes(text) if file_format is Format.CSV else pack(text) if text else b""
