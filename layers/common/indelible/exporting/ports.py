"""What exports need besides the ledger. `aws/` has it on DynamoDB, SQS and S3.

Every method raises Unavailable when the service behind it did not do its part: a look-up that
fails is an error, never "not there".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .job import Export


class Exports(Protocol):
    """The exports of every workspace, read consistently."""

    def create(self, export: Export) -> None:
        """Keep a new export."""

    def find(self, workspace_id: str, export_id: str) -> Export | None:
        """The export, expired or not."""

    def save(self, export: Export, replacing: Export) -> None:
        """Keep the export in the place of what it was. Conflict when it no longer was that."""


class ExportQueue(Protocol):
    """The way to the exporter."""

    def send(self, workspace_id: str, export_id: str) -> None:
        """Have the export worked on, some time soon, at least once."""


class Files(Protocol):
    """The files that exports make, large ones part by part."""

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
