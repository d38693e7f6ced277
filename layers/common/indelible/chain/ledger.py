"""The ledger: where the segments of every chain are stored. `aws/ledger.py` has it on DynamoDB.

Every method raises Unavailable when the service behind it did not do its part: a look-up that
fails is an error, never "not there".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from .segment import Damaged, Segment


class Ledger(Protocol):
    """The segments of every chain, read consistently."""

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment of the chain, or None when it has no records."""

    def containing(self, workspace_id: str, sequence: int) -> Segment | None:
        """The segment with the largest first sequence that is not after `sequence`, 1 or more."""

    def ascending(self, workspace_id: str, first_sequence: int) -> Iterator[Segment]:
        """The segments whose first sequence is `first_sequence` or later, in order.

        Unreadable at what is no segment.
        """

    def between(self, workspace_id: str, first: int, last: int) -> Iterator[Segment]:
        """The segments whose first sequence is `first` to `last`, in order. Unreadable as above."""

    def stored(self, workspace_id: str, first_sequence: int) -> Iterator[Segment | Damaged]:
        """What is stored there, segments or not: for those who look for damage."""

    def descending(self, workspace_id: str, last_sequence: int, first: int) -> Iterator[Segment]:
        """The segments whose first sequence is `last_sequence` or earlier, newest first.

        `first` is how many the first page asks for. Unreadable at what is no segment.
        """

    def append(self, segment: Segment) -> None:
        """Store a segment where none is yet. SequenceTaken when one is."""
