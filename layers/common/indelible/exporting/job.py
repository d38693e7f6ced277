"""Exports: a file of a workspace's events, made in the background, kept for a week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from ..errors import NotFound, ValidationFailed
from ..filters import Filters, read_filters
from ..identifiers import UUID_ENTROPY_BYTES, is_uuid7, uuid7
from ..times import SECOND, format_time

DAY = 86_400 * SECOND
KEPT = 7 * DAY
"""From when an export is finished; template.yaml lets the bucket keep its file as long."""

UNFINISHED_KEPT = 2 * DAY
"""From when it was asked for; after that its upload may be gone, so it is given up."""

_REVISION_BYTES = 16


class Format(StrEnum):
    """What a file holds: a row per event for people, or what can be verified."""

    CSV = "csv"
    NDJSON = "ndjson"


class Status(StrEnum):
    """How far an export is. Completed and failed are final."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """All that is needed to go on with a file from where its work was saved last.

    `manifest` is the file's range, fixed when work began, as the line of `export_file`.
    `next_sequence` is where the first segment begins that is not in the file yet. `parts` are the
    entity tags of the parts that are uploaded, `remainder` the name of the file with what comes
    after them.
    """

    manifest: bytes
    upload_id: str
    next_sequence: int
    parts: tuple[str, ...] = ()
    remainder: str | None = None
    rows: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """One export. Times in microseconds.

    `revision` is never the same twice: who saves an export says which revision it replaces, so
    that of two who work on it at the same time one loses, and stops.
    """

    workspace_id: str
    id: str
    format: Format
    filters: Filters
    created_at: int
    revision: str
    status: Status = Status.PENDING
    progress: Progress | None = None
    total_rows: int | None = None
    file_size: int | None = None
    error_message: str | None = None
    finished_at: int | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.finished_at is not None

    @property
    def expires_at(self) -> int:
        """When it is forgotten, on a whole second."""
        end = self.created_at + UNFINISHED_KEPT
        if self.finished_at is not None:
            end = self.finished_at + KEPT
        return end - end % SECOND

    @property
    def file_name(self) -> str:
        """Where its file is among all files."""
        suffix = "csv" if self.format is Format.CSV else "ndjson.gz"
        return f"{self.workspace_id}/{self.id}.{suffix}"

    def as_json(self, download_url: str | None) -> dict[str, object]:
        """The export as the API shows it."""
        return {
            "id": self.id,
            "status": self.status,
            "format": self.format,
            "filters": self.filters.as_json(),
            "total_rows": self.total_rows,
            "file_size": self.file_size,
            "download_url": download_url,
            "error_message": self.error_message,
            "created_at": format_time(self.created_at),
            "expires_at": format_time(self.expires_at) if self.is_finished else None,
        }


def _new_revision(entropy: Callable[[int], bytes]) -> str:
    """A revision that no export has had."""
    return entropy(_REVISION_BYTES).hex()


def start(
    exports: Exports, workspace_id: str, asked: object, now: int, entropy: Callable[[int], bytes]
) -> Export:
    """Keep a new export as pending. ValidationFailed when what is asked for cannot be exported."""
    file_format, filters = _read_request(asked)
    export = Export(
        workspace_id=workspace_id,
        id=uuid7(now // 1_000, entropy(UUID_ENTROPY_BYTES)),
        format=file_format,
        filters=filters,
        created_at=now,
        revision=_new_revision(entropy),
    )
    exports.create(export)
    return export


def _read_request(asked: object) -> tuple[Format, Filters]:
    """`{"format": ..., "filters": {...}}`, both optional; null is the same as leaving it out."""
    if not isinstance(asked, dict):
        raise ValidationFailed("The body must be a JSON object, or empty.")
    for unknown in sorted(asked.keys() - {"format", "filters"}):
        raise ValidationFailed(f"There is no field {unknown[:64]!r}; filters go into `filters`.")
    chosen, filters = asked.get("format"), asked.get("filters")
    if chosen not in (None, *Format):
        raise ValidationFailed("`format` must be csv or ndjson.")
    return Format(chosen or Format.CSV), read_filters(
        _read_texts({} if filters is None else filters)
    )


def _read_texts(filters: object) -> dict[str, str]:
    if not isinstance(filters, dict):
        raise ValidationFailed("`filters` must be an object.")
    texts = {name: value for name, value in filters.items() if value is not None}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ValidationFailed(f"The filter {name[:64]!r} must be a text.")
    return texts


class Exports(Protocol):
    """The exports of every workspace, read consistently. `aws/export_jobs.py` has them.

    Every method raises Unavailable when DynamoDB did not do its part.
    """

    def create(self, export: Export) -> None:
        """Keep a new export."""

    def find(self, workspace_id: str, export_id: str) -> Export | None:
        """The export, expired or not."""

    def save(self, export: Export, replacing: Export) -> None:
        """Keep the export in the place of what it was. Conflict when it no longer was that."""


def find(exports: Exports, workspace_id: str, export_id: str, now: int) -> Export:
    """The export. NotFound alike when it never was, has expired, or is another workspace's."""
    export = exports.find(workspace_id, export_id) if is_uuid7(export_id) else None
    if export is None or export.expires_at <= now:
        raise NotFound("The workspace has no export with this id; exports are kept for 7 days.")
    return export


def changed(export: Export, entropy: Callable[[int], bytes], **changes: Any) -> Export:
    """The export with these changes, as a new revision."""
    return replace(export, revision=_new_revision(entropy), **changes)
