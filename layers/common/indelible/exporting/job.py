"""Export jobs: a file of a workspace's events, made in the background, kept for a week.

After that, the file is deleted. The export itself is kept for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..filters import Filters
from ..times import SECOND, format_time

if TYPE_CHECKING:
    from ..export_file.manifest import Manifest

DAY = 86_400 * SECOND
KEPT = 7 * DAY
"""How long a finished export can be read, in microseconds. template.yaml keeps its file as long."""

UNFINISHED_KEPT = 2 * DAY
"""How long an export may take from its request, in microseconds. S3 may remove its upload later."""

CANCELLED = "cancelled"
"""The error message of an export that its workspace has cancelled."""

_REVISION_BYTES = 16


class Format(StrEnum):
    """The format of a file: rows of events for people, or records that can be verified."""

    CSV = "csv"
    NDJSON = "ndjson"


class ExportStatus(StrEnum):
    """The state of an export. Completed and failed are final."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """The saved state from which the work on a file continues.

    `manifest` has the file's range, fixed when work began. `next_sequence` is the first sequence of
    the first segment that is not in the file yet. `parts` has the entity tags of the uploaded
    parts. `remainder` is the name of the small file with the bytes after the parts. `rows` is the
    number of events in the parts and the remainder, `bytes` the size of the parts.
    """

    manifest: Manifest
    upload_id: str
    next_sequence: int
    parts: tuple[str, ...] = ()
    remainder: str | None = None
    rows: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """One export. Times are in microseconds.

    `bom` says whether a CSV file begins with a byte order mark.

    `forced_filters` has those of the viewer token that started it. They are in `filters` too. It is
    None if an API key started it.

    `revision` is never the same twice. Saving an export names the revision that it replaces, so
    when two functions work on it at the same time, one fails and stops.
    """

    workspace_id: str
    id: str
    format: Format
    filters: Filters
    created_at: int
    revision: str
    bom: bool = False
    status: ExportStatus = ExportStatus.PENDING
    progress: Progress | None = None
    total_rows: int | None = None
    file_size: int | None = None
    error_message: str | None = None
    finished_at: int | None = None
    forced_filters: Mapping[str, str] | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.finished_at is not None

    @property
    def expires_at(self) -> int:
        """The time from which it cannot be read: microseconds, on a whole second."""
        end = self.created_at + UNFINISHED_KEPT
        if self.finished_at is not None:
            end = self.finished_at + KEPT
        return end - end % SECOND

    @property
    def file_name(self) -> str:
        """The name of its file. No two exports have the same name."""
        suffix = "csv" if self.format is Format.CSV else "ndjson.gz"
        return f"{self.workspace_id}/{self.id}.{suffix}"

    def as_json(self, download_url: str | None) -> dict[str, object]:
        """The export as the API shows it."""
        return {
            "id": self.id,
            "status": self.status,
            "format": self.format,
            "bom": self.bom,
            "filters": self.filters.as_json(),
            "total_rows": self.total_rows,
            "file_size": self.file_size,
            "download_url": download_url,
            "error_message": self.error_message,
            "created_at": format_time(self.created_at),
            "expires_at": format_time(self.expires_at) if self.is_finished else None,
        }


def next_revision(export: Export, entropy: Callable[[int], bytes], **changes: Any) -> Export:
    """The export with these changes, as a new revision."""
    return replace(export, revision=new_revision(entropy), **changes)


def new_revision(entropy: Callable[[int], bytes]) -> str:
    """A revision that no export has had."""
    return entropy(_REVISION_BYTES).hex()
