"""The world of one run: its time, its chance, its services, and the notes taken of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from indelible.times import parse_time
from support.builders import NOON

from .dynamodb import DynamoDB
from .loop import SECOND, Loop
from .sqs import SQS, FifoQueue
from .weather import Fault, Weather

TABLE = "indelible"
MAIN, DEAD = "messages.fifo", "dead-letters.fifo"
VISIBILITY_SECONDS = 120
APPEND = "DynamoDBLedger.append: put_item"
MOST_RECEIVES = 10
"""The queue as template.yaml has it."""

_LAST_SECONDS = parse_time("2026-11-30T23:59:59.000000Z")
_MONTHS_END_EVERY = 7
"""Runs, of which one starts at the end of a month, so quota is given back in the next one."""


class Crashed(BaseException):
    """An environment ends in the middle of its work."""


@dataclass(eq=False)
class Invocation:
    """An invocation of a function, which is killed at its deadline (microseconds).

    It notes the faults its calls met, the workspaces of these calls, the changes its calls made to
    claims and usage, and the messages that SQS acknowledged. `claimed` has the ids of events, and
    `claimed_request` tells whether it claimed the key of its request. `is_newer`: whether its
    environment has the newer version.
    """

    name: str
    deadline: int
    is_newer: bool = False
    frozen: int = 0
    met: list[tuple[str, Fault]] = field(default_factory=list)
    troubled: set[str] = field(default_factory=set)
    claimed: set[str] = field(default_factory=set)
    claimed_request: bool = False
    charges: list[tuple[tuple[str, str], int]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    crashed: bool = False


class World:
    """Everything in one run that the code under test can touch.

    `tampered` are the workspaces whose chain was changed; such a chain does not grow.
    """

    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.random = random.Random(seed)
        self.began = NOON if seed % _MONTHS_END_EVERY else _LAST_SECONDS
        self.loop = Loop(self.began)
        self.dynamodb = DynamoDB(TABLE)
        dead_letters = FifoQueue(DEAD, VISIBILITY_SECONDS)
        self.main = FifoQueue(MAIN, VISIBILITY_SECONDS, MOST_RECEIVES, dead_letters)
        self.dead_letters = dead_letters
        self.sqs = SQS(self.seconds, self.main, dead_letters)
        self.weather = Weather(self.random, 0.0, None)
        self.tally: Counter[str] = Counter()
        self.met: Counter[tuple[str, Fault]] = Counter()
        self.errors: list[str] = []
        self.tampered: set[str] = set()
        self.acting: Invocation | None = None
        self._trace = trace

    def seconds(self) -> float:
        """The time, since 1970."""
        return self.loop.now / SECOND

    def monotonic(self) -> float:
        """The time on the invocation's own clock, which stops with the invocation."""
        frozen = self.invocation.frozen if self.invocation else 0
        return (self.loop.now - frozen) / SECOND

    @property
    def invocation(self) -> Invocation | None:
        """The invocation whose code is running."""
        task = self.loop.current
        return task.context if task and isinstance(task.context, Invocation) else None

    def pause(self, seconds: float) -> None:
        """Let others run. An invocation that wakes up after its deadline is killed.

        Powertools keeps the request on a class, because on Lambda each environment has its own
        process. Here it is restored when an environment continues.
        """
        of_class: Any = vars(BaseRouter)
        event, context = of_class.get("current_event"), of_class.get("lambda_context")
        self.loop.sleep(seconds)
        if event is not None and of_class["current_event"] is not event:
            BaseRouter.current_event, BaseRouter.lambda_context = event, context
        invocation = self.invocation
        if invocation and self.loop.now > invocation.deadline:
            self.tally["invocations timed out"] += 1
            self.crash()

    def freeze(self, seconds: float) -> None:
        """Freeze without noticing."""
        invocation, length = self.invocation, int(seconds * SECOND)
        if invocation:
            invocation.deadline += length
            invocation.frozen += length
        self.pause(seconds)

    def crash(self) -> NoReturn:
        """End the invocation here."""
        if self.invocation:
            self.invocation.crashed = True
        raise Crashed

    def meet(self, site: str, workspace_id: str) -> Fault | None:
        """The fault of the next attempt of a call, noted."""
        task, invocation = self.loop.current, self.invocation
        fault = self.weather.at(site, self.loop.now, task)
        if workspace_id in self.tampered:
            fault = Fault.THROTTLED if site == APPEND else fault
            if invocation:
                invocation.troubled.add(workspace_id)
        self.note(f"{site}{f', {fault}' if fault else ''}")
        self.tally["calls of AWS"] += 1
        if fault:
            self.met[site, fault] += 1
            if invocation:
                invocation.met.append((site, fault))
                invocation.troubled.add(workspace_id)
        return fault

    def note_answer(self, operation: str, request: dict[str, Any]) -> None:
        """A call was answered, as far as its caller could see."""
        if self.invocation and operation == "send_message":
            self.invocation.sent.append(request["MessageBody"])

    def note(self, what: str) -> None:
        """A line of the trace."""
        if self._trace:
            who = self.invocation.name if self.invocation else "world"
            self._trace(f"{(self.loop.now - self.began) / SECOND:14.6f}  {who:12}  {what}")
