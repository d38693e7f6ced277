"""Messages dated ahead: whether an event claims a time that has not come yet."""

from __future__ import annotations

from ..times import SECOND

MAX_AHEAD_SECONDS = 3_600
"""How far the clocks of API Gateway and SQS may differ; in practice they differ by milliseconds."""


def is_dated_ahead(received_at: int, now: int) -> bool:
    """Whether `received_at` is more than an hour after `now` (both in microseconds)."""
    return received_at > now + MAX_AHEAD_SECONDS * SECOND
