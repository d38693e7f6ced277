"""The ledger stores the segments of every chain. `aws/ledger.py` implements it with DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from .hashes import leaf_hashes
from .segment import Damaged, Segment, read_records

LAST_SEQUENCE = 10**16 - 1
"""The largest sequence: a segment's key has 16 digits."""


class Ledger(Protocol):
    """The segments of every chain.

    Reads are consistent: they see every segment whose append had succeeded before. Every method
    raises Unavailable when the service behind it fails; it never returns "not there" then. An
    adapter may retry briefly. Callers that can wait longer may repeat a read at any time. `append`
    says when it may be repeated.

    Methods that return a segment raise Unreadable when the stored item is not a segment. Iterators
    raise it at the place of the item. They fetch a page at a time, as segments are taken.
    """

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment of the chain, or None when it has no records."""

    def at_or_before(self, workspace_id: str, sequence: int) -> Segment | None:
        """The last segment that begins at `sequence` (1 or more) or before; None if none does.

        In an unbroken chain it holds the sequence, unless the chain ends before.
        """

    def ascending(
        self, workspace_id: str, first: int, last: int | None = None, page_size: int | None = None
    ) -> Iterator[Segment]:
        """The segments that begin at the sequence `first` to `last`, in order.

        Without `last`, up to the end of the chain. With `page_size`, the first page fetches so many
        segments, later ones more. Without it, every page fetches as many as the storage returns.
        """

    def descending(self, workspace_id: str, last: int, page_size: int) -> Iterator[Segment]:
        """The segments that begin at the sequence `last` or before, newest first.

        The first page fetches `page_size` segments, later ones more.
        """

    def segments_at(self, workspace_id: str, first_sequences: Sequence[int]) -> Iterator[Segment]:
        """The segments that begin at exactly these sequences (1 or more, each once), in this order.

        What is not there, or is not a segment, is left out: `at_or_before` says which. A hundred of
        them take a call, or one for each 1 MB.
        """

    def segments_of(self, names: Iterable[tuple[str, int]]) -> Iterator[Segment]:
        """The segments of many chains with these names, each once, in this order.

        A name is a workspace id and a first sequence. Otherwise this is `segments_at`.
        """

    def stored(self, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
        """The segments and damaged items stored at the sequence `first` and after, in order.

        It never raises Unreadable, so callers can look for damage.
        """

    def append(self, segment: Segment) -> None:
        """Store a new segment. Raises SequenceTaken when its first sequence is already stored.

        After Unavailable the segment may have been stored. It may be appended again, which then
        raises SequenceTaken, as if another writer had come first.
        """


def read_leaves(ledger: Ledger, workspace_id: str, first: int, last: int) -> bytes:
    """The joined leaf hashes of the records `first` to `last`, as many of them as the chain has.

    Those of the last segment are there to its end, also beyond `last`. Nothing is read if `first`
    is after `last`. Raises Unreadable and Unavailable.
    """
    if first > last:
        return b""
    holding = ledger.at_or_before(workspace_id, first)
    if holding is None:
        return b""
    leaves = list[bytes]()
    for segment in ledger.ascending(workspace_id, holding.first_sequence, last):
        leaves += leaf_hashes(read_records(segment))
    return b"".join(leaves[first - holding.first_sequence :])
