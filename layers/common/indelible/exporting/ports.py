"""What exporting needs besides the ledger. `aws/` implements it with DynamoDB, SQS and S3.

Every method raises Unavailable when the service behind it fails, and may then be called again. An
adapter may retry briefly. Later tries come from the client, or from the queue to the exporter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .job import Export


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some exports, newest first. `next` is the id after which the next page begins, if any.

    The exports have no progress: nobody who lists them needs it.
    """

    exports: tuple[Export, ...]
    next: str | None


class Exports(Protocol):
    """The exports of every workspace, read consistently. None is ever removed."""

    def create(self, export: Export) -> None:
        """Store a new export."""

    def find(self, workspace_id: str, export_id: str) -> Export | None:
        """The export, expired or not; None if there is none. DamagedItem when it is damaged."""

    def page(
        self, workspace_id: str, ids: tuple[str, str], after: str | None, most: int
    ) -> ExportPage:
        """At most `most` exports with ids from the first to the last one given, both inclusive.

        `after` is the `next` of the page before. DamagedItem when one of them is damaged.
        """

    def save(self, export: Export, replacing: Export) -> None:
        """Replace the stored revision `replacing` by this one.

        Raises Conflict when another revision is stored, unless it is the one being saved.
        """

    def take_place(
        self,
        workspace_id: str,
        export_id: str,
        most: int,
        forced_filters: Mapping[str, str] | None = None,
    ) -> frozenset[str]:
        """Give an export one of `most` places, if one is free.

        They are the workspace's, or those of token holders with these filters, which are apart.

        Returns the ids that hold all places; it is empty if the export holds one, now or already.
        Of several calls for the last place one succeeds.
        """

    def free_places(
        self,
        workspace_id: str,
        export_ids: Collection[str],
        forced_filters: Mapping[str, str] | None = None,
    ) -> None:
        """Free the places that these exports hold."""


class ExportQueue(Protocol):
    """The queue to the exporter."""

    def send(self, workspace_id: str, export_id: str) -> None:
        """Queue an export. It is delivered at least once."""


class Files(Protocol):
    """The files of exports; large ones are uploaded part by part."""

    def begin(self, name: str) -> str:
        """Begin to upload a file. Returns the id of the upload."""

    def upload_part(self, name: str, upload_id: str, number: int, body: bytes) -> str:
        """Upload a part; replaces an earlier one. Numbers begin at 1. Returns the part's tag."""

    def complete(self, name: str, upload_id: str, parts: Sequence[str], size: int) -> None:
        """Make the file, of `size` bytes, from the parts with these tags, unless it exists."""

    def put(self, name: str, body: bytes) -> None:
        """Store a small file."""

    def get(self, name: str) -> bytes:
        """The bytes of a small file."""
