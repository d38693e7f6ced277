"""The ledger: where the segments of every chain are stored. `aws/ledger.py` has it on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from .segment import Damaged, Segment

LAST_SEQUENCE = 10**16 - 1
"""The largest sequence: a segment's key has 16 digits."""


class Ledger(Protocol):
    """The segments of every chain.

    Reads are consistent: they see every segment whose append had succeeded before. Every method
    raises Unavailable when the service behind it fails; a failed look-up is never "not there". An
    adapter may retry briefly. Callers that can wait longer call again: reads at any time, `append`
    as it says.

    Methods that return a segment raise Unreadable when what is stored there is no segment, and
    iterators raise it at that place. Iterators fetch a page at a time, as segments are taken.
    """

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment of the chain, or None when it has no records."""

    def at_or_before(self, workspace_id: str, sequence: int) -> Segment | None:
        """The last segment that begins at `sequence` (1 or more) or before; None if none does.

        In an unbroken chain it holds the sequence, unless the chain ends before.
        """

    def ascending(
        self, workspace_id: str, first: int, last: int | None = None
    ) -> Iterator[Segment]:
        """The segments that begin at the sequence `first` to `last`, in order.

        Without `last`, up to the end of the chain.
        """

    def descending(self, workspace_id: str, last: int, page_size: int) -> Iterator[Segment]:
        """The segments that begin at the sequence `last` or before, newest first.

        The first page fetches `page_size` segments, later ones more.
        """

    def stored(self, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
        """What is stored at the sequence `first` and after, in order: segments, and damaged items.

        For callers that look for damage; it never raises Unreadable.
        """

    def append(self, segment: Segment) -> None:
        """Store a segment where none is yet. Raises SequenceTaken when one is.

        After Unavailable the segment may have been stored. Appending it again then raises
        SequenceTaken, as if another writer had come first.
        """
