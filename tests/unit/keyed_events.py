"""Events with the idempotency key `k`, and claims on it."""

from __future__ import annotations

from indelible.ingest.content import digest_content
from indelible.ingest.ports import Claim
from indelible.ingest.receipt import FieldError, Receipt, Status
from support.builders import SECOND, an_event, event_id
from unit.ingest_driver import RECEIVED_AT

KEYED = an_event(idempotency_key="k")
OTHER = an_event(idempotency_key="k", action="document.closed")
EARLIER = RECEIVED_AT - 5 * SECOND
WINNER = Claim(event_id(0xBEEF, EARLIER), EARLIER, digest_content(KEYED))


def conflict_with(event_id: str | None) -> Receipt:
    """The receipt of an event whose key stands for this one."""
    error = FieldError("idempotency_key", f"is already used by another event: {event_id}")
    return Receipt(None, Status.INVALID, (error,), event_id)
