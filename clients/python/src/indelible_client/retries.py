"""Which calls are sent again, and after how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .calls import Call
from .errors import (
    Backlogged,
    BrokenConnection,
    IndelibleError,
    NotConnected,
    RateLimited,
    Timeout,
    Unavailable,
)

NOTHING_DONE = (RateLimited, Backlogged, NotConnected)
"""Errors after which any call may be sent again."""

MAYBE_DONE = (Unavailable, Timeout, BrokenConnection)
"""Errors after which only a repeatable call may be sent again."""

RETRY_SECONDS = 60.0
"""For how long a call is tried, by default."""

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 10.0


class Tries:
    """The tries of one call.

    Waits follow exponential back-off with full jitter. `Retry-After` is the least wait. No try
    begins later than `seconds` after the first.
    """

    def __init__(
        self,
        call: Call[Any],
        seconds: float,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._call = call
        self._clock = clock
        self._random = random
        self._end = clock() + seconds
        self._failed = 0

    def wait_after(self, error: IndelibleError) -> float:
        """Return the seconds to wait before the next try. Raises the error if there is none."""
        error.idempotency_key = self._call.idempotency_key
        may_repeat = isinstance(error, NOTHING_DONE) or (
            self._call.repeatable and isinstance(error, MAYBE_DONE)
        )
        if not may_repeat:
            raise error
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self._failed, 10))
        self._failed += 1
        wait = (error.retry_after or 0.0) + self._random() * longest
        if self._clock() + wait >= self._end:
            raise error
        return wait
