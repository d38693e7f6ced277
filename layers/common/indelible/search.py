"""Searching a chain by time: created_at strictly increases, so times map to sequences."""

from __future__ import annotations

from .errors import Unreadable
from .ports import Ledger


def first_sequence_since(ledger: Ledger, workspace_id: str, time: int, low: int, high: int) -> int:
    """Where the first segment begins whose last created_at is `time` (microseconds) or later.

    It is looked for by halving among the segments that hold the sequences `low`, where one begins,
    to `high`; the last of them must not end before `time`. Unreadable when a sequence is missing.
    """
    while low < high:
        middle = (low + high) // 2
        segment = ledger.containing(workspace_id, middle)
        if segment is None or segment.last_sequence < middle:
            raise Unreadable(f"the chain of {workspace_id} has no sequence {middle}")
        if segment.last_created_at < time:
            low = segment.last_sequence + 1
        elif segment.first_sequence <= low:
            return segment.first_sequence
        else:
            high = segment.first_sequence
    return low
