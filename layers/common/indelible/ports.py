"""What the core needs of the outside world. `aws/` has it on DynamoDB and SQS.

Every method raises Unavailable when the service behind it did not do its part: a look-up that
fails is an error, never "not there".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from .segment import Damaged, Segment
from .workspace import ApiKey, Claim, Limits


class Ledger(Protocol):
    """The segments of every chain, read consistently."""

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment of the chain, or None when it has no records."""

    def containing(self, workspace_id: str, sequence: int) -> Segment | None:
        """The segment with the largest first sequence that is not after `sequence`."""

    def ascending(self, workspace_id: str, first_sequence: int) -> Iterator[Segment]:
        """The segments whose first sequence is `first_sequence` or later, in order.

        Unreadable at what is no segment.
        """

    def stored(self, workspace_id: str, first_sequence: int) -> Iterator[Segment | Damaged]:
        """What is stored there, segments or not: for those who look for damage."""

    def descending(self, workspace_id: str, last_sequence: int, first: int) -> Iterator[Segment]:
        """The segments whose first sequence is `last_sequence` or earlier, newest first.

        `first` is how many the first page asks for. Unreadable at what is no segment.
        """

    def append(self, segment: Segment) -> None:
        """Store a segment where none is yet. SequenceTaken when one is."""


class Keys(Protocol):
    """The API keys."""

    def find(self, prefix: str) -> ApiKey | None:
        """The key with this prefix, revoked or not."""


class Claims(Protocol):
    """The idempotency keys that stand for an event already."""

    def find(self, workspace_id: str, keys: list[str]) -> dict[str, Claim]:
        """The claims there are on these keys, read consistently."""

    def take(self, workspace_id: str, claims: Mapping[str, Claim]) -> dict[str, Claim]:
        """Claim each key, all but those taken meanwhile; these are returned with who has them."""


class Usage(Protocol):
    """What a workspace has used of its limits."""

    def reserve(self, workspace_id: str, events: int, limits: Limits, now: int) -> None:
        """Count one request and these events at `now` (microseconds), all or nothing.

        RateLimited or QuotaExceeded when that is over a limit.
        """

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Uncount events that were reserved at `now` and then not queued."""


class Queue(Protocol):
    """The way to the writer."""

    def send(self, workspace_id: str, body: str) -> None:
        """Hand over one message; those of a workspace are delivered in the order sent."""


class DeadLetters(Protocol):
    """Where messages go that never can be chained."""

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Keep the message, with the reason, for an operator."""
