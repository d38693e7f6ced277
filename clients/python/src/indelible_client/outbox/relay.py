"""Sending what is in an outbox. The package's docstring says why that is exactly once."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ..calls import new_key
from ..recording.batches import MAX_EVENTS, Batch, oldest_that_fit
from ..recording.delivery import Delivery, Sender


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
    """Send what waits. False if that takes longer than `timeout` seconds."""
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


def _find(rows: Sequence[Row], refusals: Sequence[tuple[dict[str, Any], Any]]) -> dict[Row, str]:
    """Return the rows of refused events, and the errors of each as JSON."""
    return {
        row: json.dumps(errors)
        for event, errors in refusals
        for row in rows
        if json.loads(row.event) == event
    }
