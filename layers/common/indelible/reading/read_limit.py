"""The read limit: how much a workspace may read per minute, counted in one environment's memory.

It needs no call and no write, so it is approximate: each environment of the function counts for
itself and forgets when it ends. A request is admitted while its workspace is below the limit, and
charged when it is done. So the last request may exceed the limit by its budget (8 MiB).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import RateLimited
from ..times import SECOND
from .budget import STORED_BYTES

if TYPE_CHECKING:
    from ..accounts.caller import Caller

BYTES_PER_MINUTE = 16 * STORED_BYTES
"""128 MiB: sixteen of the most expensive requests. A request is admitted below this limit."""

TOKEN_SHARE = 4
TOKEN_BYTES_PER_MINUTE = BYTES_PER_MINUTE // TOKEN_SHARE
TOKEN_REQUESTS_PER_MINUTE = 300
"""What one viewer token may read: a quarter of what its workspace may, and at most 300 requests.

A page of the viewer needs far less."""

REMEMBERED_WORKSPACES = 1_000
"""Maximum workspaces, or viewer tokens, whose use is kept in memory: some hundred bytes each."""

_MINUTE_SECONDS = 60


@dataclass(slots=True)
class _Used:
    minute: int
    requests: int = 0
    stored_bytes: int = 0


class ReadLimit:
    """How much workspaces have read in the current minute. The least recent one is forgotten.

    `whose` is what an error says has reached its limit.
    """

    def __init__(
        self, bytes_per_minute: int = BYTES_PER_MINUTE, whose: str = "The workspace"
    ) -> None:
        self._bytes_per_minute = bytes_per_minute
        self._whose = whose
        self._used: dict[str, _Used] = {}

    def admit(self, workspace_id: str, requests_per_minute: int, now: int) -> None:
        """Count a request at `now` (microseconds). RateLimited when the minute is used up."""
        used = self._of(workspace_id, now)
        if used.requests >= requests_per_minute or used.stored_bytes >= self._bytes_per_minute:
            seconds = now // SECOND
            raise RateLimited(
                f"{self._whose} has reached its read limit for this minute. Send fewer requests, "
                "use shorter time ranges or more filters, or make an export.",
                retry_after=(used.minute + 1) * _MINUTE_SECONDS - seconds,
            )
        used.requests += 1

    def charge(self, workspace_id: str, stored_bytes: int, now: int) -> None:
        """Count the bytes that a request of `now` (microseconds) has read, even if it failed."""
        self._of(workspace_id, now).stored_bytes += stored_bytes

    def _of(self, workspace_id: str, now: int) -> _Used:
        minute = now // (_MINUTE_SECONDS * SECOND)
        used = self._used.pop(workspace_id, None)
        # A request of an earlier minute counts in the newer one, because gateways' clocks differ.
        if used is None or used.minute < minute:
            used = _Used(minute)
        self._used[workspace_id] = used
        if len(self._used) > REMEMBERED_WORKSPACES:
            del self._used[next(iter(self._used))]
        return used


class CallersLimit:
    """The read limit of every workspace and, within it, that of each viewer token.

    So one reader of the viewer cannot use up what its workspace, and all others, may read.
    """

    def __init__(self, workspaces: ReadLimit | None = None) -> None:
        self._workspaces = workspaces or ReadLimit()
        self._tokens = ReadLimit(TOKEN_BYTES_PER_MINUTE, whose="This viewer token")

    def admit(self, caller: Caller, now: int) -> None:
        """Count a request at `now` (microseconds). RateLimited when a minute is used up."""
        self.admit_token(caller, now)
        most = caller.limits.requests_per_minute
        self._workspaces.admit(caller.workspace_id, most, now)

    def admit_token(self, caller: Caller, now: int) -> None:
        """The same for requests that only viewer tokens are limited in."""
        if caller.token_id is not None:
            share = -(-caller.limits.requests_per_minute // TOKEN_SHARE)  # at least one
            self._tokens.admit(caller.token_id, min(share, TOKEN_REQUESTS_PER_MINUTE), now)

    def charge(self, caller: Caller, stored_bytes: int, now: int) -> None:
        """Count the bytes that a request of `now` (microseconds) has read, even if it failed."""
        self._workspaces.charge(caller.workspace_id, stored_bytes, now)
        if caller.token_id is not None:
            self._tokens.charge(caller.token_id, stored_bytes, now)
