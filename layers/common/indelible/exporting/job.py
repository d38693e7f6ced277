"""Exports: a file of a workspace's events, made in the background, kept for a week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import NotFound, ValidationFailed
from ..filters import Filters, read_filters
from ..identifiers import UUID_ENTROPY_BYTES, is_uuid7, uuid7
from ..times import SECOND, format_time

if TYPE_CHECKING:
    from ..accounts.caller import Caller

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


def start_export(
    exports: Exports, caller: Caller, requested: object, now: int, entropy: Callable[[int], bytes]
) -> Export:
    """Store a new export as pending. `now` in microseconds; `requested` is a JSON value.

    ValidationFailed when it is not a request for an export. The caller's forced filters apply.
    """
    file_format, filters = _read_request(requested)
    export = Export(
        workspace_id=caller.workspace_id,
        id=uuid7(now // 1_000, entropy(UUID_ENTROPY_BYTES)),
        format=file_format,
        filters=read_filters(caller.restrict(filters)),
        created_at=now,
        revision=_new_revision(entropy),
    )
    exports.create(export)
    return export


def _read_request(requested: object) -> tuple[Format, dict[str, str]]:
    """The format and the filters of `{"format": ..., "filters": {...}}`.

    Both are optional. null means the same as an absent field.
    """
    if not isinstance(requested, dict):
        raise ValidationFailed("The body must be a JSON object, or empty.")
    for unknown in sorted(requested.keys() - {"format", "filters"}):
        raise ValidationFailed(f"There is no field {unknown[:64]!r}; filters go into `filters`.")
    chosen, filters = requested.get("format"), requested.get("filters")
    if chosen not in (None, *Format):
        raise ValidationFailed("`format` must be csv or ndjson.")
    return Format(chosen or Format.CSV), _read_texts({} if filters is None else filters)


def _read_texts(filters: object) -> dict[str, str]:
    if not isinstance(filters, dict):
        raise ValidationFailed("`filters` must be an object.")
    texts = {name: value for name, value in filters.items() if value is not None}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ValidationFailed(f"The filter {name[:64]!r} must be a string.")
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


def find_export(exports: Exports, workspace_id: str, export_id: str, now: int) -> Export:
    """The export. `now` in microseconds.

    NotFound when it does not exist, has expired or belongs to another workspace; the error is the
    same.
    """
    export = exports.find(workspace_id, export_id) if is_uuid7(export_id) else None
    if export is None or export.expires_at <= now:
        raise _not_found()
    return export


def find_visible_export(exports: Exports, caller: Caller, export_id: str, now: int) -> Export:
    """The export, as `find_export`. NotFound too when it has events that the caller may not see."""
    export = find_export(exports, caller.workspace_id, export_id, now)
    if not caller.sees(export.filters.as_json()):
        raise _not_found()
    return export


def _not_found() -> NotFound:
    return NotFound("The workspace has no export with this id; exports are kept for 7 days.")


def changed(export: Export, entropy: Callable[[int], bytes], **changes: Any) -> Export:
    """The export with these changes, as a new revision."""
    return replace(export, revision=_new_revision(entropy), **changes)
