"""Backoff: pauses between tries that get longer, with jitter."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

LONGEST_PAUSE_SECONDS = 1.0


class Backoff:
    """Pauses, each twice as long as the one before, up to LONGEST_PAUSE_SECONDS.

    Each is shortened by up to half at random, so that clients that failed together do not all try
    again together. `pause_seconds` is the next pause before it is shortened.
    """

    def __init__(
        self, first_pause_seconds: float, sleep: Callable[[float], None] | None = None
    ) -> None:
        self.pause_seconds = first_pause_seconds
        self._sleep = sleep or time.sleep

    def pause(self) -> None:
        """Sleep before another try."""
        self._sleep(self.pause_seconds * random.uniform(0.5, 1))  # noqa: S311 (jitter)
        self.pause_seconds = min(2 * self.pause_seconds, LONGEST_PAUSE_SECONDS)
