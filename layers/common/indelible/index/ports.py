"""The storage that the index needs. `aws/index.py` implements it on DynamoDB.

Every method raises Unavailable when the storage does not answer. A failed read is an error, never
"not found". No method retries for longer than the AWS client does. Every method may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ..chain.order import Order
from .levels import LAST_BLOCK, Geometry


class Index(Protocol):
    """Pages and directories of all chains. Reads are strongly consistent."""

    @property
    def geometry(self) -> Geometry:
        """The sizes of the blocks and pages that it holds."""

    def pages(
        self,
        workspace_id: str,
        level: int,
        shard: int,
        first_block: int,
        last_block: int,
        order: Order = Order.DESC,
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (block, page) for the stored pages of these blocks, in this order.

        `first_block` and `last_block` are inclusive. Pages are fetched as they are taken: a few at
        first, then many.
        """

    def directories(
        self, workspace_id: str, first_block: int, last_block: int = LAST_BLOCK
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (block, directory) for these narrow blocks, both inclusive, in order."""

    def directories_of(
        self, workspace_id: str, blocks: Sequence[int]
    ) -> Iterator[tuple[int, bytes]]:
        """Yield (block, directory) for exactly these narrow blocks; missing ones are left out."""

    def newest_directory(self, workspace_id: str) -> int | None:
        """Return the last narrow block that has a directory, or None."""

    def put_page(self, workspace_id: str, level: int, shard: int, block: int, page: bytes) -> None:
        """Store a page; replaces an existing one."""

    def put_directory(self, workspace_id: str, block: int, directory: bytes) -> None:
        """Store a directory; replaces an existing one."""


class RepairableIndex(Index, Protocol):
    """The index for the operator's tools. No Lambda function may remove anything."""

    def remove_directory(self, workspace_id: str, block: int) -> None:
        """Remove a directory. Does nothing when there is none."""
