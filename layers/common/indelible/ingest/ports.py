"""What ingest needs from other services. `aws/` implements it with DynamoDB and SQS.

Every method but `Claims.take` raises Unavailable when the service behind it fails; it never returns
"not there" then. An adapter may retry briefly. Ingest does not retry: its client does, by sending
the request again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from ..accounts.limits import Charge, Limits


class RequestKey(NamedTuple):
    """The idempotency key of a whole request. An event's key of the same text is another key."""

    text: str


Key = str | RequestKey
"""An idempotency key: that of an event, or of a request."""


class Claim(NamedTuple):
    """The event or the request that uses an idempotency key.

    It has the id and the received_at (microseconds) of the event or the request. `content_sha256`
    is the digest of the event's content (see `content.py`) or of the request's body. Older claims
    of events have none.
    """

    id: str
    received_at: int
    content_sha256: bytes | None = None


class Failure(NamedTuple):
    """Why a key could not be claimed. `may_be_claimed` unless it is certain that it was not."""

    reason: str
    may_be_claimed: bool


class Taken(NamedTuple):
    """The keys that were not claimed: lost to the claims of other requests, and failed."""

    lost: Mapping[Key, Claim]
    failed: Mapping[Key, Failure]


class Claims(Protocol):
    """The idempotency keys that are already used. Both methods may be repeated."""

    def find(self, workspace_id: str, keys: Sequence[Key]) -> dict[Key, Claim]:
        """The existing claims on these keys, read consistently."""

    def take(self, workspace_id: str, claims: Mapping[Key, Claim]) -> Taken:
        """Claim each key that is free. Each key succeeds or fails on its own.

        A claim that is made again succeeds. Never raises Unavailable: a key that the service does
        not claim, or does not answer for, is in `failed`.
        """


class Usage(Protocol):
    """How much a workspace has used of its limits."""

    def reserve(
        self, workspace_id: str, key_prefix: str, charge: Charge, limits: Limits, now: int
    ) -> None:
        """Count one request and its charge at `now` (microseconds), all or nothing.

        A request that is counted is also noted as the last use of its API key.
        QuotaExceeded or RateLimited when it exceeds a limit. Backlogged while the writer has the
        workspace refused. After Unavailable it may have been counted; repeated, it counts again. An
        adapter that retries may count a request several times when replies are lost.
        """

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Subtract events that were reserved at `now` (microseconds) but not queued.

        After Unavailable they may have been subtracted. It must not be repeated.
        """


class Queue(Protocol):
    """The queue to the writer."""

    def send(self, workspace_id: str, body: str) -> None:
        """Send one message. Messages of a workspace are delivered in order.

        After Unavailable it may have been sent. It may be sent again: the writer drops events that
        are chained already.
        """
