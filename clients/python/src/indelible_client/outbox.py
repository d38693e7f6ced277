"""The transactional outbox: an event is chained if and only if your transaction commits.

A recipe adds `encode_once(…)` to a table of your database, in your transaction. `drain` sends the
rows that are committed, and deletes each when its answer is final. `recipes/` of the repository has
this for SQLAlchemy and for Django.

**Once.** Each event gets a random `idempotency_key` when it is recorded, and the service chains one
event for each key, however often and in whatever company it is sent. So a relay needs no lock and
no memory: it may be killed at any moment, and two may run at once.

The spool freezes batches under a key of the request instead, which costs one write unit of DynamoDB
for a batch in place of one for each event ($0.63 for a million). Here that would not be safe. A
database is restored from a backup, or fails over to a replica that lags. It then forgets which
batches were frozen and which rows were deleted, and would send events again under other keys.

**In order.** A request begins with the oldest row, and rows are deleted from there. So if a
transaction has committed before an event is recorded, its events are sent before that event. The
events of one transaction keep their order. Transactions commit in another order than their rows
have ids, so no row is skipped because one with a larger id was sent. An event that the service
answers `failed`, because its key could not be claimed, is sent again after others of its request.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple, Protocol

from .calls import new_key
from .recording.batches import MAX_EVENTS, Batch, oldest_that_fit
from .recording.delivery import Delivery, Sender
from .recording.encode import encode_event

_NO_LINE = json.dumps([{"field": "", "message": "must be a JSON object without line breaks"}])


def encode_once(actor_id: str | int, action: str, fields: dict[str, Any]) -> bytes:
    """Return the event with its time and a key of its own. Raises InvalidEvent."""
    if fields.get("occurred_at") is None:
        fields["occurred_at"] = datetime.now(timezone.utc)
    if fields.get("idempotency_key") is None:
        fields["idempotency_key"] = new_key()
    return encode_event(actor_id, action, fields)


class Row(NamedTuple):
    id: int
    event: bytes


class Outbox(Protocol):
    """A table of events.

    A row is found by its id *and* its event. While it is sent, the database may fail over to a
    replica that lags, and then use the id for another event.
    """

    def oldest(self, limit: int) -> list[Row]:
        """Return committed rows that are not refused, by id, and leave no transaction open."""

    def settle(self, accepted: Sequence[Row], refused: Mapping[Row, str]) -> None:
        """Delete accepted rows, and mark refused ones with their errors, in one transaction."""


def drain(outbox: Outbox, client: Sender, timeout: float | None) -> bool:
    """Send what waits, oldest first. False if that takes longer than `timeout` seconds."""
    end = math.inf if timeout is None else time.monotonic() + timeout

    def pause(seconds: float) -> bool:
        left = end - time.monotonic()
        time.sleep(max(0.0, min(seconds, left)))
        return seconds >= left

    refusals: list[tuple[dict[str, Any], Any]] = []
    delivery = Delivery(client, pause, random.random, lambda *found: refusals.append(found), None)
    while True:
        rows = outbox.oldest(MAX_EVENTS)
        if not rows:
            return True
        unsendable = {row: _NO_LINE for row in rows if not _is_line(row.event)}
        if unsendable:
            outbox.settle([], unsendable)
            continue
        batch = Batch(new_key(), oldest_that_fit(row.event for row in rows))
        if not delivery.deliver(batch):
            return False
        sent = rows[: len(batch.events)]
        refused = _find(sent, refusals)
        outbox.settle([row for row in sent if row not in refused], refused)
        refusals.clear()
        if not batch.is_full:
            return True  # that was all there was
        if time.monotonic() >= end:
            return False


def _is_line(event: bytes) -> bool:
    """Whether it is one line of JSON. A row that was changed by hand may not be."""
    try:
        return b"\n" not in event and isinstance(json.loads(event), dict)
    except ValueError:
        return False


def _find(rows: Sequence[Row], refusals: Sequence[tuple[dict[str, Any], Any]]) -> dict[Row, str]:
    """Return the rows of refused events, and the errors of each as JSON."""
    return {
        row: json.dumps(errors)
        for event, errors in refusals
        for row in rows
        if json.loads(row.event) == event
    }
