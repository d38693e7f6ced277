"""What the index is kept in. `aws/index.py` has it on DynamoDB.

Every method raises Unavailable when the service behind it did not do its part: a look-up that
fails is an error, never "not there".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


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
