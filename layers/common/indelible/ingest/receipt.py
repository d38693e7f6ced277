"""Receipts: the result that a client gets for each event."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ..errors import ValidationFailed


class Status(StrEnum):
    """What happened to an event."""

    QUEUED = "queued"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    FAILED = "failed"


class FieldError(NamedTuple):
    """One error of an event. `field` is a path such as `targets.0.type`."""

    field: str
    message: str


class Receipt(NamedTuple):
    """The result for one event: its id and its status.

    The id is None when the event is invalid, or failed because its key could not be claimed.
    `conflicts_with` is the id of another event that uses this event's idempotency key. The event
    is invalid then.
    """

    id: str | None
    status: Status
    errors: tuple[FieldError, ...] = ()
    conflicts_with: str | None = None

    def as_json(self) -> dict[str, object]:
        """The receipt in the shape of `Receipt` in openapi.yaml."""
        answer: dict[str, object] = {"id": self.id, "status": self.status.value}
        if self.errors:
            answer["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return answer


class EventsRefused(ValidationFailed):
    """No event of the request can be accepted. `receipts` has the errors of each event."""

    def __init__(self, message: str, receipts: list[Receipt]) -> None:
        super().__init__(message, [receipt.as_json() for receipt in receipts])
        self.receipts = receipts


class IdempotencyConflict(EventsRefused):
    """The idempotency key of every event in the request is already used by another event."""

    code = "idempotency_conflict"
