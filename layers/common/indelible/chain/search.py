"""Searching a chain by sequence, and by time: created_at strictly increases with it."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import Unreadable
from .ledger import Ledger
from .segment import Segment


def missing(workspace_id: str, sequence: int) -> Unreadable:
    """The error for a sequence that should be there and is not."""
    return Unreadable(f"the chain of {workspace_id} has no sequence {sequence}")


def segment_holding(ledger: Ledger, workspace_id: str, sequence: int) -> Segment:
    """The segment with this sequence, which has been chained. Unreadable when there is none."""
    segment = ledger.at_or_before(workspace_id, sequence)
    if segment is None or segment.last_sequence < sequence:
        raise missing(workspace_id, segment.last_sequence + 1 if segment else 1)
    return segment


def first_sequence_since(
    ledger: Ledger,
    workspace_id: str,
    time: int,
    low: int,
    high: int,
    check: Callable[[Segment], object] | None = None,
) -> int:
    """Where the first segment begins whose last created_at is `time` (microseconds) or later.

    It is looked for by halving among the segments that hold the sequences `low`, where one begins,
    to `high`; the last of them must not end before `time`. Unreadable when a sequence is missing.
    `check` is called with each segment on the way, and may raise.
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
