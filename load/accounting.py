"""Records sent events and their receipts. `audit.py` looks for these events in the chain.

Every event of a workspace has a number in its field `version`, counted from 1. The number
identifies the event in the chain, whatever id it has there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

NUMBER = "version"
_OF_THE_SERVICE = frozenset(
    {"format", "workspace_id", "sequence", "id", "created_at", "received_at", "salt"}
)
_ACCEPTED = frozenset({"queued", "duplicate"})

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Sent:
    """An event that was sent at least once. `id` is the id in its first receipt."""

    request: int
    digest: bytes
    id: str | None = None
    queued_under: str | None = None
    """The idempotency key of the batch that queued it."""
    unsure: bool = False
    """Whether an answer to it was lost, or did not say that it was queued."""

    def accept(self, event_id: str, status: str, key: str | None) -> bool:
        """Enter a receipt that accepts it. Returns whether the receipt can be right.

        `key` is that of the batch, if its first place in a batch is answered.
        """
        if self.id is None:
            self.id, right = event_id, status == "queued" or self.unsure
        else:
            right = self.id == event_id and self._may_be(status, key)
        if status == "queued":
            self.queued_under = key
        return right

    def _may_be(self, status: str, key: str | None) -> bool:
        """Whether the event, which has an id, may have this status in an answer.

        The batch that queued it is always answered `queued`, and any other request `duplicate`.
        After a lost answer, it may be unknown which batch that is.
        """
        if key is not None and self.queued_under is None and self.unsure:
            return True
        return (status == "queued") == (key is not None and key == self.queued_under)


@dataclass(slots=True)
class Account:
    """The events that were sent to one workspace, in the order of their numbers."""

    sent: list[Sent] = field(default_factory=list)
    requests: int = 0
    contradictions: list[str] = field(default_factory=list)
    """Descriptions of receipts that cannot be right."""

    def enter(self, events: Sequence[dict[str, Any]]) -> list[int]:
        """Number the events of a request that is about to be sent, in place."""
        self.requests += 1
        numbers = []
        for event in events:
            event[NUMBER] = number = len(self.sent) + 1
            self.sent.append(Sent(self.requests, digest_of(event)))
            numbers.append(number)
        return numbers

    def lose(self, numbers: Sequence[int]) -> None:
        """Note that the answer for these events was lost: they may be queued or not."""
        for number in numbers:
            self.sent[number - 1].unsure = True

    def answer(
        self, numbers: Sequence[int], receipts: Sequence[Mapping[str, Any]], key: str | None = None
    ) -> list[str]:
        """Enter the receipts of an answer. Returns the new ids.

        `key` is the idempotency key of a batch. A single event is sent under its own.
        """
        new: list[str] = []
        answered: set[int] = set()
        for number, receipt in zip(numbers, receipts, strict=True):
            each, before = self.sent[number - 1], self.sent[number - 1].id
            if receipt["status"] not in _ACCEPTED:
                each.unsure = True
                if receipt["status"] != "failed":
                    self.contradictions.append(f"event {number} was answered {receipt}")
                continue
            of_batch = None if number in answered else key
            if not each.accept(str(receipt["id"]), receipt["status"], of_batch):
                self.contradictions.append(f"event {number}, {before or 'new'}, then {receipt}")
            if before is None:
                new.append(str(receipt["id"]))
            answered.add(number)
        return new

    def without_id(self, numbers: Sequence[int]) -> int:
        """How many of these events have no id."""
        return sum(self.sent[number - 1].id is None for number in set(numbers))

    @property
    def accepted(self) -> int:
        """The number of events with an id."""
        return sum(each.id is not None for each in self.sent)


def digest_of(event: Mapping[str, Any]) -> bytes:
    """A hash of the submitted fields, computed from an event or from its record."""
    submitted = {name: event[name] for name in event if name not in _OF_THE_SERVICE}
    return sha256(_encode(submitted)).digest()[:16]
