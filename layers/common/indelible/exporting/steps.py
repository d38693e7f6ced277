"""Exporting: makes the file of an export, in steps that may be interrupted and repeated anywhere.

What is done is what has been saved: a part counts once its tag is kept with the export. Saving
replaces the revision that was read, or nothing. So of two who work on one export at the same time
the later to save loses and stops, and what it uploaded is overwritten with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..chain.ledger import Ledger
from ..errors import ExportFailed, Unavailable, Unreadable
from ..export_file.manifest import read_manifest
from .chunks import Chunk, first_place, opening, read_chunks
from .job import Export, Exports, Progress, Status, changed
from .range import make_manifest

PART_BYTES = 8 * 1024 * 1024
"""Every part but the last has at least as many; S3 asks for 5 MiB.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""

MAX_PARTS = 10_000
"""Of S3, there too: 80 GB at least."""

_REMAINDER_BYTES = 16


class Files(Protocol):
    """The files that exports make, large ones part by part. `aws/export_files.py` has them on S3.

    Every method raises Unavailable when S3 did not do its part.
    """

    def begin(self, name: str) -> str:
        """Begin to upload a file; the id of the upload."""

    def upload_part(self, name: str, upload_id: str, number: int, body: bytes) -> str:
        """Upload a part, the first being number 1, in the place of an earlier one; its tag."""

    def complete(self, name: str, upload_id: str, parts: Sequence[str], size: int) -> None:
        """Make the file of its parts, of `size` bytes together; nothing when that is done."""

    def put(self, name: str, body: bytes) -> None:
        """Keep a small file."""

    def get(self, name: str) -> bytes:
        """A small file's bytes."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """What exporting needs. `clock` tells microseconds since 1970."""

    ledger: Ledger
    exports: Exports
    files: Files
    entropy: Callable[[int], bytes]
    clock: Callable[[], int]


def work(
    exporter: Exporter, workspace_id: str, export_id: str, has_time: Callable[[], bool]
) -> Export | None:
    """Bring an export forward until it is finished or time runs out; None when it is not to be.

    It goes on from where it was saved last. Conflict when somebody else is at it, Unavailable when
    nothing could be done; what was done before a failure is kept.
    """
    export = exporter.exports.find(workspace_id, export_id)
    if export is None or export.is_finished:
        return None
    try:
        return _advance(exporter, _begun(exporter, export), has_time)
    except ExportFailed as error:
        return _fail(exporter, workspace_id, export_id, str(error))


def give_up(exporter: Exporter, workspace_id: str, export_id: str) -> Export | None:
    """Mark an export as failed that could not be finished; None when it is finished after all."""
    return _fail(
        exporter, workspace_id, export_id, "The export could not be finished. Start a new one."
    )


def _fail(exporter: Exporter, workspace_id: str, export_id: str, message: str) -> Export | None:
    export = exporter.exports.find(workspace_id, export_id)
    if export is None or export.is_finished:
        return None
    return _save(
        exporter,
        export,
        status=Status.FAILED,
        progress=None,
        error_message=message,
        finished_at=exporter.clock(),
    )


def _save(exporter: Exporter, export: Export, **changes: Any) -> Export:
    saved = changed(export, exporter.entropy, **changes)
    exporter.exports.save(saved, replacing=export)
    return saved


def _begun(exporter: Exporter, export: Export) -> Export:
    """The export with its range fixed and its upload begun."""
    if exporter.clock() >= export.expires_at:
        raise ExportFailed("The export was not finished within two days. Start a new one.")
    if export.progress:
        return export
    try:
        manifest = make_manifest(
            exporter.ledger, export.workspace_id, export.filters, exporter.clock()
        )
        place = first_place(exporter.ledger, manifest)
    except Unreadable:
        raise ExportFailed(
            "The chain is damaged where the export would begin or end. GET /api/v1/verify names the"
            " place; without `from` and `to`, only the newest segment must be readable."
        ) from None
    upload_id = exporter.files.begin(export.file_name)
    progress = Progress(manifest.as_line(), upload_id, place)
    return _save(exporter, export, status=Status.PROCESSING, progress=progress)


def _advance(exporter: Exporter, export: Export, has_time: Callable[[], bool]) -> Export:
    """Write chunks into parts until the end of the range, or of time."""
    start = progress = _progress(export)
    buffer, chunks = _resume(exporter, export)
    while True:
        try:
            chunk = next(chunks, None)
        except Unavailable:
            if progress == start:
                raise
            return _pause(exporter, export, progress, buffer)
        if chunk is None:
            return _finish(exporter, export, progress, buffer)
        buffer += chunk.body
        progress = replace(
            progress, rows=progress.rows + chunk.rows, next_sequence=chunk.next_sequence
        )
        if len(buffer) >= PART_BYTES:
            export = _save_part(exporter, export, progress, buffer)
            progress = _progress(export)
            buffer = bytearray()
        if not has_time():
            return _pause(exporter, export, progress, buffer)


def _progress(export: Export) -> Progress:
    if export.progress is None:
        raise ValueError("work on the export has not begun")
    return export.progress


def _resume(exporter: Exporter, export: Export) -> tuple[bytearray, Iterator[Chunk]]:
    """What comes after the parts that are uploaded, and the chunks after that."""
    progress = _progress(export)
    manifest = read_manifest(progress.manifest)
    if progress.remainder:
        buffer = exporter.files.get(progress.remainder)
    else:
        buffer = b"" if progress.parts else opening(export.format, manifest)
    chunks = read_chunks(
        exporter.ledger, export.format, export.filters, manifest, progress.next_sequence
    )
    return bytearray(buffer), chunks


def _save_part(exporter: Exporter, export: Export, progress: Progress, buffer: bytearray) -> Export:
    """The buffer as the next part, kept with the export."""
    if len(progress.parts) == MAX_PARTS:
        raise ExportFailed("The file would be over 80 GB. Export less, with `from` and `to`.")
    number = len(progress.parts) + 1
    tag = exporter.files.upload_part(export.file_name, progress.upload_id, number, bytes(buffer))
    added = replace(
        progress,
        parts=(*progress.parts, tag),
        remainder=None,
        bytes=progress.bytes + len(buffer),
    )
    return _save(exporter, export, progress=added)


def _pause(exporter: Exporter, export: Export, progress: Progress, buffer: bytearray) -> Export:
    """Keep what is not in a part yet, for whoever goes on.

    Its name is new each time: one who works on the same export cannot overwrite it.
    """
    if progress == export.progress:
        return export
    remainder = f"{export.file_name}.{exporter.entropy(_REMAINDER_BYTES).hex()}"
    exporter.files.put(remainder, bytes(buffer))
    return _save(exporter, export, progress=replace(progress, remainder=remainder))


def _finish(exporter: Exporter, export: Export, progress: Progress, buffer: bytearray) -> Export:
    """Make one file of all parts. The last part is saved first: the upload ends with its file."""
    if buffer:
        export = _save_part(exporter, export, progress, buffer)
        progress = _progress(export)
    exporter.files.complete(export.file_name, progress.upload_id, progress.parts, progress.bytes)
    return _save(
        exporter,
        export,
        status=Status.COMPLETED,
        progress=None,
        total_rows=progress.rows,
        file_size=progress.bytes,
        finished_at=exporter.clock(),
    )
