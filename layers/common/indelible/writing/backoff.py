"""Patience: how long a delivery may go on with one workspace, so that it leaves time for others."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


class Patience:
    """The time there is, and the pauses between tries, which get longer, with jitter."""

    def __init__(
        self,
        remaining_seconds: Callable[[], float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._remaining_seconds = remaining_seconds
        self._sleep = sleep
        self._pause = _FIRST_PAUSE

    def wait(self) -> bool:
        """Pause before another try; False, at once, when there is no time for one."""
        if self._remaining_seconds() < self._pause:
            return False
        self._sleep(self._pause * random.uniform(0.5, 1))  # noqa: S311 (jitter)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return True

    def is_over(self) -> bool:
        """Whether no time is left for what takes long."""
        return self._remaining_seconds() <= 0
