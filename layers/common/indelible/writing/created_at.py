"""created_at: the time that the writer gives a record. All times are in microseconds.

It strictly increases along a chain and is never before the event's received_at. So a binary search
finds a time in a chain, and no record before an event's received_at can be the event's.
"""

from __future__ import annotations

from ..times import LATEST, SECOND

MAX_AHEAD_SECONDS = 3_600
"""Maximum difference between the clocks of API Gateway and SQS. Milliseconds are usual."""


def created_after(before: int, received_at: int) -> int:
    """The created_at of an event received at `received_at`, after a record created at `before`."""
    return max(received_at, before + 1)


def leaves_room(before: int, records: int) -> bool:
    """Whether `records` records after one created at `before` can all have a valid time."""
    return before <= LATEST - records


def is_dated_ahead(received_at: int, now: int) -> bool:
    """Whether `received_at` is more than an hour after `now`."""
    return received_at > now + MAX_AHEAD_SECONDS * SECOND
