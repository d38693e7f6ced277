"""The content of an export's file, chunk by chunk, so that the file can be made in steps.

Where a chunk ends depends only on the chain and on where the chunk began. So the file is the same,
byte for byte, however often the work was interrupted.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment
from ..errors import ExportFailed, Unreadable
from ..export_file.lines import record_lines
from ..export_file.manifest import Manifest, gzip_member
from ..filters import Filters
from . import csv_rows
from .job import Format
from .sizes import SIZES, Sizes


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the file: its bytes, how many events it holds, where the next segment begins."""

    body: bytes
    rows: int
    next_sequence: int


def file_header(file_format: Format, manifest: Manifest, *, bom: bool = False) -> bytes:
    """The bytes before all chunks: the names of the columns, or the manifest.

    `bom` puts a byte order mark before the names. Without it, Excel reads a file as its country's
    old encoding. https://www.unicode.org/faq/utf_bom.html
    """
    if file_format is Format.CSV:
        return (codecs.BOM_UTF8 if bom else b"") + csv_rows.header_line().encode()
    return gzip_member(manifest.as_line())


def first_place(ledger: Ledger, manifest: Manifest) -> int:
    """The first sequence of the segment that holds the first record of the range."""
    if manifest.first_sequence == 1:
        return 1  # whatever may be damaged there
    holding = ledger.at_or_before(manifest.workspace_id, manifest.first_sequence)
    return holding.first_sequence if holding else manifest.first_sequence


def read_chunks(
    ledger: Ledger,
    file_format: Format,
    filters: Filters,
    manifest: Manifest,
    place: int,
    sizes: Sizes = SIZES,
    *,
    with_evidence: bool = True,
) -> Iterator[Chunk]:
    """The chunks from the segment that begins at sequence `place` to the end of the range.

    `with_evidence` says whether lines may have records that do not match but may be changed.

    ExportFailed when something there cannot be in such a file.
    """
    last = manifest.head.sequence
    if file_format is Format.CSV and manifest.damage_after_head is not None:
        raise _damaged(last + 1)
    if place > last:
        return
    text, rows, records, compared = bytearray(), 0, 0, 0
    write = (
        _write_rows
        if file_format is Format.CSV
        else partial(record_lines, with_evidence=with_evidence)
    )

    def matches(record: bytes) -> bool:
        nonlocal compared
        compared += len(record)
        return filters.matches(record)

    for part in ledger.stored(manifest.workspace_id, place):
        if part.first_sequence is not None:
            if part.first_sequence > last:
                break
            if (
                records >= sizes.chunk_records
                or len(text) >= sizes.chunk_bytes
                or compared >= sizes.compared_bytes
            ):
                yield Chunk(_encode(file_format, text), rows, part.first_sequence)
                text, rows, records, compared = bytearray(), 0, 0, 0
        written, events = write(
            part,
            manifest.first_sequence,
            last,
            matches if filters.texts else None,  # the range has the times
        )
        text += written
        rows += events
        records += part.count if isinstance(part, Segment) else 1
    yield Chunk(_encode(file_format, text), rows, last + 1)


_Matches = Callable[[bytes], bool]


def _write_rows(
    part: Segment | Damaged, first: int, last: int, matches: _Matches | None
) -> tuple[bytes, int]:
    """A segment as CSV, which has no way to show damage."""
    if isinstance(part, Damaged):
        raise _damaged(part.first_sequence)
    try:
        written = csv_rows.write_rows(part, first, last, matches)
    except Unreadable:
        raise _damaged(part.first_sequence) from None
    return written.text.encode(), written.events


def _damaged(sequence: int | None) -> ExportFailed:
    return ExportFailed(
        f"The chain is damaged at sequence {sequence or 'unknown'}. Export it as"
        " ndjson, which carries damage as it is; GET /v1/verify names what is wrong."
    )


def _encode(file_format: Format, text: bytearray) -> bytes:
    if file_format is Format.CSV:
        return bytes(text)
    return gzip_member(text) if text else b""
