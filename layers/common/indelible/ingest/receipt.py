"""Receipts: what a client gets back for each event."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ..errors import ValidationFailed


class Status(StrEnum):
    """What became of an event."""

    QUEUED = "queued"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    FAILED = "failed"


class FieldError(NamedTuple):
    """One thing wrong with an event; `field` is a path such as `targets.0.type`."""

    field: str
    message: str


class Receipt(NamedTuple):
    """The answer for one event: its id (none when invalid) and what became of it.

    `conflicts_with` is set when the event is invalid because its idempotency key already stands
    for another event: that event's id.
    """

    id: str | None
    status: Status
    errors: tuple[FieldError, ...] = ()
    conflicts_with: str | None = None

    def as_json(self) -> dict[str, object]:
        """The receipt as openapi.yaml has it."""
        answer: dict[str, object] = {"id": self.id, "status": self.status.value}
        if self.errors:
            answer["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return answer


class EventsRefused(ValidationFailed):
    """No event of the request can be accepted; `receipts` says why, event by event."""

    def __init__(self, message: str, receipts: list[Receipt]) -> None:
        super().__init__(message, [receipt.as_json() for receipt in receipts])
        self.receipts = receipts


class IdempotencyConflict(EventsRefused):
    """The idempotency key of every event in the request already stands for another event."""

    code = "idempotency_conflict"
