"""What ingest needs of the outside world. `aws/` has it on DynamoDB and SQS.

Every method raises Unavailable when the service behind it did not do its part: a look-up that
fails is an error, never "not there".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from ..accounts.limits import Charge, Limits


class Claim(NamedTuple):
    """What an idempotency key stands for: an event's id, received_at (microseconds) and content.

    `content_sha256` is the content's digest (see `content.py`). Older claims have none.
    """

    event_id: str
    received_at: int
    content_sha256: bytes | None = None


class Claims(Protocol):
    """The idempotency keys that stand for an event already."""

    def find(self, workspace_id: str, keys: list[str]) -> dict[str, Claim]:
        """The claims there are on these keys, read consistently."""

    def take(self, workspace_id: str, claims: Mapping[str, Claim]) -> dict[str, Claim]:
        """Claim each key, all but those taken meanwhile; these are returned with who has them."""


class Usage(Protocol):
    """What a workspace has used of its limits."""

    def reserve(self, workspace_id: str, charge: Charge, limits: Limits, now: int) -> None:
        """Count one request and its charge at `now` (microseconds), all or nothing.

        QuotaExceeded or RateLimited when that is over a limit, Backlogged when the writer had the
        workspace refused.
        """

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Uncount events that were reserved at `now` (microseconds) and then not queued."""


class Queue(Protocol):
    """The way to the writer."""

    def send(self, workspace_id: str, body: str) -> None:
        """Hand over one message; those of a workspace are delivered in the order sent."""
