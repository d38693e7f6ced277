"""The read limit: what a workspace may read a minute, counted in one environment's memory.

It costs no call and no write, and so it is approximate: each environment of the function counts
for itself and forgets when it ends. A request is admitted while its workspace is below the limit
and charged when it is done, so that the last one may go over by what one request may read (8 MiB).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import RateLimited
from ..times import SECOND
from .budget import STORED_BYTES

BYTES_PER_MINUTE = 16 * STORED_BYTES
"""128 MiB: as much as sixteen of the most expensive requests. A request is admitted below it."""

REMEMBERED_WORKSPACES = 1_000

_MINUTE_SECONDS = 60


@dataclass(slots=True)
class _Used:
    minute: int
    requests: int = 0
    stored_bytes: int = 0


class ReadLimit:
    """What workspaces have read in the current minute. The one unused for longest is forgotten."""

    def __init__(self, bytes_per_minute: int = BYTES_PER_MINUTE) -> None:
        self._bytes_per_minute = bytes_per_minute
        self._used: dict[str, _Used] = {}

    def admit(self, workspace_id: str, requests_per_minute: int, now: int) -> None:
        """Count a request at `now` (microseconds). RateLimited when the minute is used up."""
        used = self._of(workspace_id, now)
        if used.requests >= requests_per_minute or used.stored_bytes >= self._bytes_per_minute:
            seconds = now // SECOND
            raise RateLimited(
                "The workspace has read as much as it may in a minute. Ask less often, for "
                "shorter times or with more filters, or make an export.",
                retry_after=(used.minute + 1) * _MINUTE_SECONDS - seconds,
            )
        used.requests += 1

    def charge(self, workspace_id: str, stored_bytes: int, now: int) -> None:
        """Count what a request of `now` (microseconds) has read, also when it failed."""
        self._of(workspace_id, now).stored_bytes += stored_bytes

    def _of(self, workspace_id: str, now: int) -> _Used:
        minute = now // (_MINUTE_SECONDS * SECOND)
        used = self._used.pop(workspace_id, None)
        # One of an earlier minute counts in the newer: gateways' clocks differ.
        if used is None or used.minute < minute:
            used = _Used(minute)
        self._used[workspace_id] = used
        if len(self._used) > REMEMBERED_WORKSPACES:
            del self._used[next(iter(self._used))]
        return used
