"""Callers: clients that send requests, and repeat them when in doubt or without reason."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from indelible.times import format_time
from support.builders import an_event
from support.gateway import api_event
from support.pipeline import Caller

from .loop import SECOND
from .stage import Stage
from .world import Crashed, Invocation, World

GATEWAY_MILLISECOND = 1_000
_INGEST_SECONDS = 15.0
_SKEWS = (0, 0, 0.003, -0.003, 2, -2, 60, -60, 3_600, -3_600)
_KEYS = 6
_KEYS_OF_REQUESTS = 24
"""Some are also keys of events, and some are used for two requests."""


@dataclass(frozen=True)
class Submitted:
    """An event of a client. `key` makes it idempotent.

    The marker is in its metadata; events with the same marker differ at most in `occurred_at`.
    """

    marker: int
    key: str | None
    fields: dict[str, object]
    is_valid: bool


@dataclass(frozen=True)
class Request:
    """A request of a client, which it may send many times. `key` is its header Idempotency-Key."""

    caller: Caller
    events: tuple[Submitted, ...]
    key: str | None = None

    @property
    def body(self) -> str:
        """The same text however often it is sent."""
        return json.dumps({"events": [each.fields for each in self.events]})


@dataclass
class Attempt:
    """One sending of a request. No status: it was never answered. No time: it never started.

    `error` is the code of an error response.
    """

    request: Request
    invocation: Invocation
    received_at: int = 0
    status: int | None = None
    error: str | None = None
    receipts: list[dict[str, Any]] | None = None

    @property
    def is_conflict(self) -> bool:
        """Whether it was refused because of the key of the request itself."""
        return self.error == "idempotency_conflict" and self.receipts is None

    def answered(self, *statuses: str) -> list[tuple[Submitted, str | None]]:
        """The events with these statuses, and their ids. A failed event may have none."""
        pairs = zip(self.request.events, self.receipts or [], strict=False)
        return [(event, receipt["id"]) for event, receipt in pairs if receipt["status"] in statuses]


class Callers:
    """The clients of one run, and everything they sent."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.attempts: list[Attempt] = []
        self.markers: dict[int, tuple[str, list[Submitted]]] = {}
        self._named: dict[tuple[str, str], Submitted] = {}
        self._world = world
        self._stage = stage
        self._skews = [world.random.choice(_SKEWS) for _ in range(3)]

    def think_up(self, caller: Caller, large: bool) -> Request:
        """A new request."""
        random = self._world.random
        events = [self._event(caller, large) for _ in range(random.randint(1, 5))]
        key = f"key-{random.randrange(_KEYS_OF_REQUESTS)}" if random.random() < 0.4 else None
        return Request(caller, tuple(events), key)

    def _event(self, caller: Caller, large: bool) -> Submitted:
        """Without a key, with a new one, or with a known one, mostly for the event it names."""
        random = self._world.random
        key = f"key-{random.randrange(_KEYS)}" if random.random() < 0.5 else None
        named = self._named.get((caller.workspace_id, key)) if key else None
        if named and random.random() < 0.8:
            return self._again(named)
        event = self._new_event(caller, key, large)
        if key and event.is_valid:
            self._named.setdefault((caller.workspace_id, key), event)
        return event

    def _again(self, event: Submitted) -> Submitted:
        """The same event, whose time a client may now give as the present."""
        if self._world.random.random() < 0.6:
            return event
        now = format_time(self._world.loop.now)
        stamped = replace(event, fields={**event.fields, "occurred_at": now})
        self.markers[event.marker][1].append(stamped)
        return stamped

    def _new_event(self, caller: Caller, key: str | None, large: bool) -> Submitted:
        random, marker = self._world.random, len(self.markers)
        fields = an_event(metadata={"marker": marker})
        if large:
            fields["user_agent"] = random.randbytes(random.randrange(200)).hex()
        if key:
            fields["idempotency_key"] = key
        is_valid = random.random() > 0.03
        if not is_valid:
            del fields["actor_id"]
        submitted = Submitted(marker, key, fields, is_valid)
        self.markers[marker] = caller.workspace_id, [submitted]
        return submitted

    def send_later(self, request: Request, seconds: float) -> None:
        """Send a request after a while; a hasty client repeats it without waiting for the response.

        Sometimes another client uses the request's keys for other events at about the same time.
        """
        random = self._world.random
        self._spawn(request, seconds, tries=random.randint(1, 4))
        if random.random() < 0.2:
            self._spawn(request, seconds + random.choice([0, 0.01, 1, 20]), tries=1)
        if request.key and random.random() < 0.2:
            self._spawn(self._rival_under_key(request), seconds + random.choice([0, 0.01]), tries=2)
        keys = dict.fromkeys(each.key for each in request.events if each.key)
        if keys and random.random() < 0.2:
            rivals = [self._new_event(request.caller, key, large=False) for key in keys]
            rival = Request(request.caller, tuple(rivals))
            self._spawn(rival, seconds + random.choice([0, 0.005, 0.01]), tries=1)

    def _rival_under_key(self, request: Request) -> Request:
        """Another request with the same key, which only one of them can use."""
        new = self._new_event(request.caller, None, large=False)
        return replace(request, events=(new, *request.events[:1]))

    def _spawn(self, request: Request, seconds: float, tries: int) -> None:
        """Send a request once; repeat it if the response says so, and sometimes otherwise."""
        world = self._world
        invocation = Invocation(f"ingest {len(self.attempts)}", 0)
        attempt = Attempt(request, invocation)
        self.attempts.append(attempt)

        def send() -> None:
            self._send(attempt)
            happy = attempt.status is not None and attempt.status < 500
            if tries > 1 and (not happy or world.random.random() < 0.15):
                self._spawn(request, world.random.choice([0.1, 1, 15, 200]), tries - 1)

        world.loop.spawn(send, invocation, seconds)

    def _send(self, attempt: Attempt) -> None:
        world, request = self._world, attempt.request
        environment = self._stage.take("ingest")
        if environment is None:
            world.tally["requests throttled"] += 1
            return
        attempt.invocation.deadline = world.loop.now + int(_INGEST_SECONDS * SECOND)
        attempt.received_at = self._gateway_time()
        headers = [("Authorization", f"Bearer {request.caller.key}")]
        if request.key:
            headers.append(("Idempotency-Key", request.key))
        event = api_event(request.body, headers, received_at=attempt.received_at)
        world.tally["requests"] += 1
        world.tally["events submitted"] += len(request.events)
        try:
            answer = self._stage.invoke("ingest", environment, event, _INGEST_SECONDS)
        except Crashed:
            world.note("crashed")
            return
        attempt.status = answer["statusCode"]
        content = json.loads(answer["body"])
        attempt.error, attempt.receipts = content.get("error"), content.get("events")
        if attempt.is_conflict:
            world.tally["requests refused for their key"] += 1
        world.note(f"answered {answer['statusCode']} {answer['body'][:400]}")
        world.tally[f"answered {attempt.status}"] += 1
        for receipt in attempt.receipts or []:
            world.tally[f"events {receipt['status']}"] += 1
            if any(each["field"] == "idempotency_key" for each in receipt.get("errors", [])):
                world.tally["events refused for their key"] += 1

    def _gateway_time(self) -> int:
        """The time according to one of the gateways; their clocks differ, and jump."""
        random = self._world.random
        gateway = random.randrange(len(self._skews))
        if random.random() < 0.05:
            self._skews[gateway] = random.choice(_SKEWS)
        skewed = self._world.loop.now + int(self._skews[gateway] * SECOND)
        return skewed // GATEWAY_MILLISECOND * GATEWAY_MILLISECOND
