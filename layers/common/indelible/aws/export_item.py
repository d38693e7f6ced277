"""The item of an export: its attributes, and the export that they hold.

It has no attribute for time to live. If time to live were enabled on the table, a function that may
write an item could have DynamoDB delete it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..errors import ValidationFailed
from ..exporting.job import Export, ExportStatus, Format, Progress
from ..filters import Filters, restore_filters
from ..times import format_time, parse_time
from .table import (
    binary,
    bytes_of,
    damaged_unless_readable,
    export_key,
    number,
    number_of,
    string,
    text_of,
)

if TYPE_CHECKING:
    from .table import Item, ReadItem

_BETWEEN_TAGS = "\n"

LISTED = (
    "pk", "sk", "format", "filters", "created_at", "revision", "bom", "status",
    "total_rows", "file_size", "error_message", "finished_at", "forced_filters",
)  # fmt: skip
"""The attributes of an export without its progress."""


def item_of(export: Export) -> Item:
    """An export as the table holds it; fields that are None are left out."""
    item: Item = {
        **export_key(export.workspace_id, export.id),
        "format": string(export.format),
        "filters": string(msgspec.json.encode(export.filters.as_json()).decode()),
        "created_at": string(format_time(export.created_at)),
        "revision": string(export.revision),
        "status": string(export.status),
    }
    if export.bom:
        item["bom"] = {"BOOL": True}
    if export.progress:
        item |= _attributes_of_progress(export.progress)
    if export.total_rows is not None:
        item["total_rows"] = number(export.total_rows)
    if export.file_size is not None:
        item["file_size"] = number(export.file_size)
    if export.error_message is not None:
        item["error_message"] = string(export.error_message)
    if export.finished_at is not None:
        item["finished_at"] = string(format_time(export.finished_at))
    if export.forced_filters is not None:
        item["forced_filters"] = string(msgspec.json.encode(export.forced_filters).decode())
    return item


def _attributes_of_progress(progress: Progress) -> Item:
    """Progress as attributes. All tags are one string, so that ten thousand fit into 400 KB."""
    attributes: Item = {
        "manifest": binary(progress.manifest.as_line()),
        "upload_id": string(progress.upload_id),
        "next_sequence": number(progress.next_sequence),
        "parts": string(_BETWEEN_TAGS.join(progress.parts)),
        "rows": number(progress.rows),
        "bytes": number(progress.bytes),
    }
    if progress.remainder is not None:
        attributes["remainder"] = string(progress.remainder)
    return attributes


def export_of(item: ReadItem) -> Export:
    """The export in an item. DamagedItem when it is not an export."""
    with damaged_unless_readable("export"):
        return _read_export(item)


def _read_export(item: ReadItem) -> Export:
    return Export(
        workspace_id=text_of(item, "pk").removeprefix("EXPORT#"),
        id=text_of(item, "sk"),
        format=Format(text_of(item, "format")),
        filters=_filters_of(text_of(item, "filters")),
        created_at=parse_time(text_of(item, "created_at")),
        revision=text_of(item, "revision"),
        bom="bom" in item,
        status=ExportStatus(text_of(item, "status")),
        progress=_progress_of(item) if "upload_id" in item else None,
        total_rows=number_of(item, "total_rows") if "total_rows" in item else None,
        file_size=number_of(item, "file_size") if "file_size" in item else None,
        error_message=text_of(item, "error_message") if "error_message" in item else None,
        finished_at=parse_time(text_of(item, "finished_at")) if "finished_at" in item else None,
        forced_filters=_forced_filters_of(item),
    )


def _filters_of(text: str) -> Filters:
    try:
        return restore_filters(msgspec.json.decode(text, type=dict[str, str | list[str]]))
    except (msgspec.MsgspecError, ValidationFailed) as error:
        raise ValueError(f"its filters are damaged: {error}") from None


def _forced_filters_of(item: ReadItem) -> dict[str, str] | None:
    if "forced_filters" not in item:
        return None
    try:
        return msgspec.json.decode(text_of(item, "forced_filters"), type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise ValueError(f"its forced filters are damaged: {error}") from None


def _progress_of(item: ReadItem) -> Progress:
    # Imported here so that the function that starts exports need not load the file format.
    from ..export_file.manifest import read_manifest  # noqa: PLC0415

    parts = text_of(item, "parts")
    return Progress(
        manifest=read_manifest(bytes_of(item, "manifest")),
        upload_id=text_of(item, "upload_id"),
        next_sequence=number_of(item, "next_sequence"),
        parts=tuple(parts.split(_BETWEEN_TAGS)) if parts else (),
        remainder=text_of(item, "remainder") if "remainder" in item else None,
        rows=number_of(item, "rows"),
        bytes=number_of(item, "bytes"),
    )
