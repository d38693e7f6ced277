"""Patience: how long a delivery may work on one workspace, so that time is left for others."""

from __future__ import annotations

from collections.abc import Callable

from ..backoff import Backoff

_FIRST_PAUSE_SECONDS = 0.05


class Patience:
    """The time that is left for a workspace, and the pauses between tries."""

    def __init__(
        self,
        remaining_seconds: Callable[[], float],
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._remaining_seconds = remaining_seconds
        self._backoff = Backoff(_FIRST_PAUSE_SECONDS, sleep)

    def wait(self) -> bool:
        """Pause before another try. Returns False immediately when there is no time for one."""
        if self._remaining_seconds() < self._backoff.pause_seconds:
            return False
        self._backoff.pause()
        return True

    def is_over(self) -> bool:
        """Whether the workspace's time is used up."""
        return self._remaining_seconds() <= 0
