"""What the core needs of the outside world. `aws/` has it on DynamoDB and SQS.

Every method raises Unavailable when the service behind it did not do its part: a look-up that
fails is an error, never "not there".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .export import Export


class Index(Protocol):
    """Where in the chains to look, read consistently. What it holds is in `index/`."""

    def pages(
        self, workspace_id: str, level: int, shard: int, first_block: int, last_block: int
    ) -> Iterator[tuple[int, bytes]]:
        """The pages there are of these blocks, each with its block, newest first.

        Fetched as they are taken: a few at first, then many.
        """

    def directories(self, workspace_id: str, first_block: int) -> Iterator[tuple[int, bytes]]:
        """The directories of the narrow blocks from there on, each with its block, in order."""

    def newest_directory(self, workspace_id: str) -> int | None:
        """The last narrow block that has a directory, or None when none has."""

    def put_page(self, workspace_id: str, level: int, shard: int, block: int, page: bytes) -> None:
        """Store a page, or store it again."""

    def put_directory(self, workspace_id: str, block: int, directory: bytes) -> None:
        """Store a directory, or store it again."""


class RepairableIndex(Index, Protocol):
    """The index, for the operator's tools alone: no function may remove anything."""

    def remove_directory(self, workspace_id: str, block: int) -> None:
        """Remove a directory, if it is there."""


class Backlog(Protocol):
    """The way in which the writer slows down a workspace whose events it cannot chain in time."""

    def refuse(self, workspace_id: str, now: int) -> None:
        """Have ingest refuse the workspace for a minute from `now` (microseconds).

        May be called again at any time; the minute then begins anew.
        """


class DeadLetters(Protocol):
    """Where messages go that never can be chained."""

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Keep the message, with the reason, for an operator."""


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
