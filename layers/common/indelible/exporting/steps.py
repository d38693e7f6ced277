"""Exporting: makes the file of an export, in steps that may be interrupted and repeated anywhere.

Only saved work counts: a part counts once its tag is stored with the export. Saving replaces the
revision that was read, or nothing. So when two functions work on one export at the same time, the
later one to save loses and stops, and the parts it uploaded are overwritten with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..chain.ledger import Ledger
from ..errors import ExportFailed, Unavailable, Unreadable
from ..export_file.lines import NOT_SHOWN
from ..export_file.manifest import Manifest
from .chunks import Chunk, file_header, first_place, read_chunks
from .job import Export, ExportStatus, Format, Progress, next_revision
from .ports import Exports, Files
from .range import make_manifest
from .sizes import SIZES, Sizes

_REMAINDER_BYTES = 16


@dataclass(frozen=True, slots=True)
class Exporter:
    """What exporting needs. `clock` returns microseconds since 1970.

    `add_checkpoint` returns a manifest with the newest checkpoint file, at a time in microseconds.
    It raises Unavailable. It is None where checkpoints are off.
    """

    ledger: Ledger
    exports: Exports
    files: Files
    entropy: Callable[[int], bytes]
    clock: Callable[[], int]
    sizes: Sizes = SIZES
    add_checkpoint: Callable[[Manifest, int], Manifest] | None = None


def run_export_step(
    exporter: Exporter, workspace_id: str, export_id: str, has_time: Callable[[], bool]
) -> Export | None:
    """Work on an export until it is finished or time runs out. None when there is nothing to do.

    Continues from where it was last saved. Conflict when another function is working on it,
    Unavailable when nothing could be done; work before a failure is kept.
    """
    export = exporter.exports.find(workspace_id, export_id)
    if export is None or export.is_finished:
        return None
    try:
        return _advance(exporter, _begin(exporter, export), has_time)
    except ExportFailed as error:
        return _fail(exporter, workspace_id, export_id, str(error))


def fail_export(exporter: Exporter, workspace_id: str, export_id: str) -> Export | None:
    """Mark an export that could not be finished as failed. None when it is finished after all."""
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
        status=ExportStatus.FAILED,
        progress=None,
        error_message=message,
        finished_at=exporter.clock(),
    )


def _save(exporter: Exporter, export: Export, **changes: Any) -> Export:
    saved = next_revision(export, exporter.entropy, **changes)
    exporter.exports.save(saved, replacing=export)
    return saved


def _begin(exporter: Exporter, export: Export) -> Export:
    """Fix the range of the file and begin its upload, unless that is done.

    The checkpoint is taken here and not at the end. So a verifier knows what is covered before it
    reads the first record. Records of the last minute or so may not be covered in either case.
    """
    if exporter.clock() >= export.expires_at:
        raise ExportFailed("The export was not finished within two days. Start a new one.")
    if export.progress:
        return export
    now = exporter.clock()
    try:
        manifest = make_manifest(exporter.ledger, export.workspace_id, export.filters, now)
        place = first_place(exporter.ledger, manifest)
    except Unreadable:
        raise ExportFailed(
            "The chain is damaged where the export would begin or end. GET /v1/verify names the"
            " place; without `from` and `to`, only the newest segment must be readable."
        ) from None
    if export.forced_filters and manifest.damage_after_head:
        manifest = replace(manifest, damage_after_head=NOT_SHOWN)
    if exporter.add_checkpoint and export.format is Format.NDJSON:
        manifest = exporter.add_checkpoint(manifest, now)
    upload_id = exporter.files.begin(export.file_name)
    progress = Progress(manifest, upload_id, place)
    return _save(exporter, export, status=ExportStatus.PROCESSING, progress=progress)


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
        if len(buffer) >= exporter.sizes.part_bytes:
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
    """The bytes after the uploaded parts, and the chunks after these bytes."""
    progress = _progress(export)
    if progress.remainder:
        buffer = exporter.files.get(progress.remainder)
    elif progress.parts:
        buffer = b""
    else:
        buffer = file_header(export.format, progress.manifest, bom=export.bom)
    chunks = read_chunks(
        exporter.ledger,
        export.format,
        export.filters,
        progress.manifest,
        progress.next_sequence,
        exporter.sizes,
        with_evidence=not export.forced_filters,
    )
    return bytearray(buffer), chunks


def _save_part(exporter: Exporter, export: Export, progress: Progress, buffer: bytearray) -> Export:
    """Upload the buffer as the next part, and save its tag with the export."""
    if len(progress.parts) == exporter.sizes.max_parts:
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
    """Store the bytes that are in no part yet, for the next step.

    Their file has a new name each time, so another function that works on the same export cannot
    overwrite it.
    """
    if progress == export.progress:
        return export
    remainder = f"{export.file_name}.{exporter.entropy(_REMAINDER_BYTES).hex()}"
    exporter.files.put(remainder, bytes(buffer))
    return _save(exporter, export, progress=replace(progress, remainder=remainder))


def _finish(exporter: Exporter, export: Export, progress: Progress, buffer: bytearray) -> Export:
    """Make one file of all parts. The last part is saved first, since this ends the upload."""
    if buffer:
        export = _save_part(exporter, export, progress, buffer)
        progress = _progress(export)
    exporter.files.complete(export.file_name, progress.upload_id, progress.parts, progress.bytes)
    return _save(
        exporter,
        export,
        status=ExportStatus.COMPLETED,
        progress=None,
        total_rows=progress.rows,
        file_size=progress.bytes,
        finished_at=exporter.clock(),
    )
