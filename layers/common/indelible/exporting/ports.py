"""What exporting needs besides the ledger. `aws/` has it on DynamoDB and S3.

Every method raises Unavailable when the service behind it fails, and may then be called again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .job import Export


class Exports(Protocol):
    """The exports of every workspace, read consistently."""

    def create(self, export: Export) -> None:
        """Store a new export."""

    def find(self, workspace_id: str, export_id: str) -> Export | None:
        """The export, expired or not. Unreadable when what is stored is damaged."""

    def save(self, export: Export, replacing: Export) -> None:
        """Store the export in place of the revision `replacing`.

        Raises Conflict when another revision is stored, unless it is this very export.
        """


class Files(Protocol):
    """The files of exports; large ones are uploaded part by part."""

    def begin(self, name: str) -> str:
        """Begin to upload a file. Returns the id of the upload."""

    def upload_part(self, name: str, upload_id: str, number: int, body: bytes) -> str:
        """Upload a part, in place of an earlier one. Parts begin at 1. Returns the part's tag."""

    def complete(self, name: str, upload_id: str, parts: Sequence[str], size: int) -> None:
        """Make the file, of `size` bytes, from the parts with these tags, unless it exists."""

    def put(self, name: str, body: bytes) -> None:
        """Store a small file."""

    def get(self, name: str) -> bytes:
        """A small file's bytes."""
