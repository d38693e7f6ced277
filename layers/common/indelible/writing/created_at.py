"""created_at: the time that the writer gives a record. All times are in microseconds.

It strictly increases along a chain and is never before the event's received_at. So a time is found
in a chain by search, and an event is chained only after its received_at.
"""

from __future__ import annotations

from ..times import LATEST, SECOND

MAX_AHEAD_SECONDS = 3_600
"""How far the clocks of API Gateway and SQS may differ; in practice they differ by milliseconds."""


def created_after(before: int, received_at: int) -> int:
    """The created_at of the record after one created at `before`, for an event of `received_at`."""
    return max(received_at, before + 1)


def leaves_room(before: int, records: int) -> bool:
    """Whether so many records after one created at `before` have a time that can be written."""
    return before <= LATEST - records


def is_dated_ahead(received_at: int, now: int) -> bool:
    """Whether `received_at` is more than an hour after `now`."""
    return received_at > now + MAX_AHEAD_SECONDS * SECOND
