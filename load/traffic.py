"""Traffic: the requests that the clients of a workspace send, derived from a seed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
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

_REPEATED = 0.05
_UNDER_NEW_KEY = 0.5
"""Of the repeated requests whose events all have keys. All others are sent under their own key."""

_TWICE_IN_A_BATCH = 0.05
_REMEMBERED = 5

_stock = [
    {**event, "occurred_at": in_utc(str(event["occurred_at"]))} for event in typical_events(STOCK)
]
"""The times are in the service's format, so a record equals the event that was sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """The events of one request, with their numbers in the account, and the key of the request."""

    numbers: list[int]
    events: list[dict[str, Any]]
    key: str

    @property
    def alone(self) -> bool:
        """Whether it is sent as a single event, under the event's key.

        A single event without one is a batch. Otherwise it would be given the request's key, and be
        chained with it.
        """
        return len(self.events) == 1 and "idempotency_key" in self.events[0]

    @property
    def all_keyed(self) -> bool:
        """Whether every event has a key of its own."""
        return all("idempotency_key" in each for each in self.events)


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
            earlier = random.choice(self.recent)
            under_new_key = earlier.all_keyed and random.random() < _UNDER_NEW_KEY
            return replace(earlier, key=self._key()) if under_new_key else earlier
        events = [self.next_event() for _ in range(self._size())]
        share = _key_share(random)
        for event in events:
            if random.random() < share:
                event["idempotency_key"] = self._key()
        request = Request(self.account.enter(events), events, self._key())
        if share == 1 and 1 < len(events) < MAX_EVENTS and random.random() < _TWICE_IN_A_BATCH:
            request.numbers.append(request.numbers[0])
            request.events.append(events[0])
        self.recent.append(request)
        return request

    def _key(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def next_event(self) -> dict[str, Any]:
        """A new event, which has no number yet."""
        return dict(_stock[self.random.randrange(STOCK)])

    def _size(self) -> int:
        drawn = self.random.random()
        return next(self.random.randint(low, high) for share, low, high in _SIZES if drawn < share)


def _key_share(random: Random) -> float:
    drawn = random.random()
    if drawn < _ALL_KEYED:
        return 1.0
    return 0.0 if drawn < _NO_KEYS else 0.5
