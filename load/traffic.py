"""Traffic: the requests that the clients of a workspace send, derived from a seed."""

from __future__ import annotations

import gzip
import json
from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any

from indelible.ingest.batch import MAX_EVENTS
from indelible.times import in_utc

from bench.events import typical_events

from .accounting import Account

STOCK = 2_000
_SIZES = ((0.5, 1, 1), (0.8, 2, 20), (1.0, 21, 100))
"""Half of the requests hold one event, three in ten up to 20, the others up to 100."""

_ALL_KEYED, _NO_KEYS = 0.6, 0.8
"""Six in ten requests have a key on every event, two in ten on none, the others on some."""

_ZIPPED = 0.3
_REPEATED = 0.05
_TWICE_IN_A_BATCH = 0.05
_REMEMBERED = 5

_stock = [
    {**event, "occurred_at": in_utc(str(event["occurred_at"]))} for event in typical_events(STOCK)
]
"""The times are in the service's format, so a record equals the event that was sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """The events of one request, with their numbers in the account."""

    numbers: list[int]
    events: list[dict[str, Any]]
    zipped: bool

    @property
    def path(self) -> str:
        """The path of the request."""
        return "v1/events" if len(self.events) == 1 else "v1/events/batch"

    def body(self) -> bytes:
        """The body, compressed if `zipped`."""
        value = self.events[0] if len(self.events) == 1 else {"events": self.events}
        plain = json.dumps(value).encode()
        return gzip.compress(plain, compresslevel=1) if self.zipped else plain

    def headers(self, api_key: str) -> dict[str, str]:
        """The headers of the request."""
        headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        return headers | ({"Content-Encoding": "gzip"} if self.zipped else {})

    def only(self, numbers: list[int]) -> Request:
        """The same request with these events only."""
        kept = [pair for pair in zip(self.numbers, self.events, strict=True) if pair[0] in numbers]
        return Request([number for number, _ in kept], [event for _, event in kept], self.zipped)


@dataclass(slots=True)
class Lane:
    """A workspace under load. It sends one request at a time, so the order is known."""

    workspace_id: str
    api_key: str
    random: Random
    account: Account = field(default_factory=Account)
    recent: deque[Request] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def next_request(self) -> Request:
        """A new request, or sometimes one that was sent before."""
        random = self.random
        if self.recent and random.random() < _REPEATED:
            return random.choice(self.recent)
        events = [self._event() for _ in range(self._size())]
        share = _key_share(random)
        for event in events:
            if random.random() < share:
                event["idempotency_key"] = f"{random.getrandbits(128):032x}"
        request = Request(self.account.enter(events), events, random.random() < _ZIPPED)
        if share == 1:
            self.recent.append(request)
        if share == 1 and 1 < len(events) < MAX_EVENTS and random.random() < _TWICE_IN_A_BATCH:
            request.numbers.append(request.numbers[0])
            request.events.append(events[0])
        return request

    def _event(self) -> dict[str, Any]:
        return dict(_stock[self.random.randrange(STOCK)])

    def _size(self) -> int:
        drawn = self.random.random()
        return next(self.random.randint(low, high) for share, low, high in _SIZES if drawn < share)


def _key_share(random: Random) -> float:
    drawn = random.random()
    if drawn < _ALL_KEYED:
        return 1.0
    return 0.0 if drawn < _NO_KEYS else 0.5
