"""Ingest with its services in memory, and the outcomes of submitted events."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

from indelible.accounts.limits import Limits
from indelible.chain.fields import QueuedEvent
from indelible.ingest.plan import repeatable
from indelible.ingest.receipt import Receipt
from indelible.ingest.submit import IngestServices, Submission, submit
from indelible.message import Message, decode
from support.builders import KEY_PREFIX, NOON, WORKSPACE, an_event, counted_entropy
from support.memory import MemoryClaims, MemoryQueue, MemoryUsage
from support.port_faults import Faults

RECEIVED_AT = NOON + 123_000


def submission(
    *events: object,
    received_at: int = RECEIVED_AT,
    limits: Limits | None = None,
    key: str | None = None,
) -> Submission:
    """A request with these events, and with an idempotency key of its own or without."""
    request = repeatable(key, json.dumps(events).encode()) if key else None
    return Submission(
        WORKSPACE, KEY_PREFIX, limits or Limits(), received_at, "request-1", events, request
    )


@dataclass
class IngestDriver:
    """Ingest and its services. `calls` has the calls of all services, in order."""

    limits: Limits = field(default_factory=Limits)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Each service has its own faults; all share the list of calls."""
        self.claims = MemoryClaims(Faults(self.calls))
        self.usage = MemoryUsage(Faults(self.calls))
        self.queue = MemoryQueue(Faults(self.calls))
        self.services = IngestServices(self.claims, self.usage, self.queue, counted_entropy())

    def submit(
        self, *events: object, at: int = RECEIVED_AT, key: str | None = None
    ) -> list[Receipt]:
        """Submit a request."""
        request = submission(*events, received_at=at, limits=self.limits, key=key)
        return submit(self.services, request)

    def plan(self, method: str, *faults: str | None) -> None:
        """Plan the faults of the next calls of a method of any service."""
        for service in (self.claims, self.usage, self.queue):
            service.faults.plan(method, *faults)

    @property
    def messages(self) -> list[Message]:
        """The messages on the queue."""
        return [decode(body) for _, body in self.queue.sent]

    @property
    def events(self) -> list[QueuedEvent]:
        """The events on the queue."""
        return [event for message in self.messages for event in message.events]

    @property
    def used(self) -> int:
        """The number of events that the workspace was charged for."""
        return sum(self.usage.events.values())

    def large_events(self, n: int, **fields: object) -> list[dict[str, object]]:
        """n events, too large for one message."""
        noise = [random.Random(i).randbytes(40_000).hex() for i in range(n)]
        return [an_event(user_agent=each, **fields) for each in noise]
