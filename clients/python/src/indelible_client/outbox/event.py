"""An event as it is kept in the outbox."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ..calls import new_key
from ..errors import IndelibleError
from ..recording.encode import encode_event


class TransactionMisuse(IndelibleError):
    """`record` needs a transaction of yours around it, and `drain` must have none."""


def encode_once(actor_id: str | int, action: str, fields: dict[str, Any]) -> bytes:
    """Return the event with its time and a key of its own. Raises InvalidEvent."""
    if fields.get("occurred_at") is None:
        fields["occurred_at"] = datetime.now(timezone.utc)
    if fields.get("idempotency_key") is None:
        fields["idempotency_key"] = new_key()
    return encode_event(actor_id, action, fields)
