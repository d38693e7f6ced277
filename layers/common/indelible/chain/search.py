"""Searching a chain by sequence and by time: created_at strictly increases with the sequence.

All searches by time end here: `segment_since` finds the segment, `sequence_since` the record in it.
`reading/near.py` finds the segment with fewer calls if the index knows a place near it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from ..errors import Unreadable
from ..times import format_time
from .ledger import Ledger
from .record import read_headers
from .segment import Segment, read_records


def missing(workspace_id: str, sequence: int) -> Unreadable:
    """The error for a sequence that is missing from a chain."""
    return Unreadable(f"the chain of {workspace_id} has no sequence {sequence}")


def segment_holding(ledger: Ledger, workspace_id: str, sequence: int) -> Segment:
    """The segment with a sequence that has been chained. Unreadable when there is none."""
    segment = ledger.at_or_before(workspace_id, sequence)
    if segment is None or segment.last_sequence < sequence:
        raise missing(workspace_id, segment.last_sequence + 1 if segment else 1)
    return segment


def unbroken(workspace_id: str, segments: Iterable[Segment], first: int) -> Iterator[Segment]:
    """The same segments. Unreadable unless the first begins at `first` and no gap follows."""
    for segment in segments:
        if segment.first_sequence != first:
            raise missing(workspace_id, first)
        yield segment
        first = segment.last_sequence + 1


def unbroken_descending(
    ledger: Ledger, workspace_id: str, first: int, last: int, page_size: int
) -> Iterator[Segment]:
    """The segments that hold the sequences `first` to `last`, newest first.

    The first page fetches `page_size` segments. Unreadable when a sequence is missing.
    """
    for segment in ledger.descending(workspace_id, last, page_size):
        if segment.last_sequence < last:
            break
        yield segment
        last = segment.first_sequence - 1
        if last < first:
            return
    raise missing(workspace_id, last)


def unbroken_ascending(
    ledger: Ledger, workspace_id: str, first: int, last: int, page_size: int
) -> Iterator[Segment]:
    """The segments that hold the sequences `first`, where one begins, to `last`, oldest first.

    The first page fetches `page_size` segments. Unreadable when a sequence is missing.
    """
    segments = ledger.ascending(workspace_id, first, last, page_size)
    for segment in unbroken(workspace_id, segments, first):
        yield segment
        first = segment.last_sequence + 1
    if first <= last:
        raise missing(workspace_id, first)


def segment_since(
    ledger: Ledger,
    workspace_id: str,
    time: int,
    low: int,
    high: int,
    check: Callable[[Segment], object] | None = None,
) -> int:
    """The first sequence of the first segment whose last created_at is `time` or later.

    `time` is in microseconds. A binary search among the segments that hold the sequences `low`,
    where a segment begins, to `high`. The last of them must not end before `time`. Unreadable when
    a sequence is missing. `check` is called with every segment that is read, and may raise.
    """
    while low < high:
        middle = (low + high) // 2
        segment = segment_holding(ledger, workspace_id, middle)
        if check:
            check(segment)
        if segment.last_created_at < time:
            low = segment.last_sequence + 1
        elif segment.first_sequence <= low:
            return segment.first_sequence
        else:
            high = segment.first_sequence
    return low


def sequence_since(segment: Segment, time: int) -> int:
    """The sequence of a segment's first record with created_at >= `time` (microseconds).

    Returns the sequence after its last one when there is none. Reads records only if the segment's
    own times do not decide. Unreadable when the records cannot be read.
    """
    if time <= segment.first_created_at:
        return segment.first_sequence
    if time > segment.last_created_at:
        return segment.last_sequence + 1
    times = [header.created_at for header in read_headers(read_records(segment))]
    return segment.first_sequence + bisect_left(times, format_time(time))


def first_sequence_since(ledger: Ledger, newest: Segment, time: int) -> int:
    """The sequence of a chain's first record with created_at >= `time` (microseconds).

    `newest` is the chain's last segment. Returns the sequence after its last one when there is no
    such record. Unreadable when the chain is damaged where it is read.
    """
    if time <= 0:
        return 1
    if time > newest.last_created_at:
        return newest.last_sequence + 1
    start = segment_since(ledger, newest.workspace_id, time, 1, newest.first_sequence)
    return sequence_since(segment_holding(ledger, newest.workspace_id, start), time)
