"""One run: clients send, lag is measured and memory sampled; then the queue drains."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tools.local.failure import LocalStackError

from .client import Client, Tally
from .lag import Lags, Poller
from .memory import Memory
from .target import Target
from .traffic import Lane

_ANSWER_SECONDS = 120.0
"""A process of a function takes seconds to start, and many start at the same time."""

_CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Run:
    """The state of a run."""

    lanes: list[Lane]
    lags: Lags = field(default_factory=Lags)
    tally: Tally = field(default_factory=Tally)
    started: float = field(default_factory=time.monotonic)
    sending_seconds: float = 0.0
    accepted_meanwhile: int = 0
    """Events accepted in those seconds. Clients that had to wait may send again after them."""

    @property
    def accepted(self) -> int:
        """The number of events with an id, over all workspaces."""
        return sum(lane.account.accepted for lane in self.lanes)

    @property
    def sent(self) -> int:
        """The number of events that were sent at least once."""
        return sum(len(lane.account.sent) for lane in self.lanes)

    def end_sending(self, seconds: float) -> None:
        """Note for how long the first workspace to end has sent. Later calls do nothing."""
        if not self.sending_seconds:
            self.sending_seconds, self.accepted_meanwhile = seconds, self.accepted


@contextmanager
def observed(target: Target, run: Run) -> Iterator[tuple[Poller, Memory]]:
    """Measure lag and memory while the block runs."""
    poller = Poller(target.table, run.lags, {lane.workspace_id: 1 for lane in run.lanes})
    memory = Memory()
    stop = threading.Event()
    threads = [threading.Thread(target=each.run, args=(stop,)) for each in (poller, memory)]
    for thread in threads:
        thread.start()
    try:
        yield poller, memory
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def warm_up(target: Target, lane: Lane, clients: int) -> None:
    """Have the emulator start a process of ingest for each client, which takes seconds."""
    asyncio.run(_warm_up(target, lane, clients))


async def _warm_up(target: Target, lane: Lane, clients: int) -> None:
    headers = {"Authorization": f"Bearer {lane.api_key}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=target.api, timeout=_ANSWER_SECONDS) as http:
        answers = await asyncio.gather(
            *(http.post("v1/events", content=b"{}", headers=headers) for _ in range(clients))
        )
    for answer in answers:
        if answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
            raise LocalStackError(f"An empty event was answered {answer.status_code}, not 422.")


def send(target: Target, run: Run, going_on: Callable[[], bool], clients: int, rate: float) -> None:
    """Send from every workspace while `going_on()`.

    At most `clients` requests are in flight. `rate` new requests begin per second; 0 is no limit.
    """
    asyncio.run(_send(target, run, going_on, clients, rate))


async def _send(
    target: Target, run: Run, going_on: Callable[[], bool], clients: int, rate: float
) -> None:
    limits = httpx.Limits(max_connections=clients)
    timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
    async with httpx.AsyncClient(base_url=target.api, limits=limits, timeout=timeout) as http:
        slots = asyncio.Semaphore(clients)
        client = Client(http, slots, run.tally, run.lags.accepted, going_on)
        pace = Pace(1 / rate if rate else 0.0)
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for lane in run.lanes:
                sending = group.create_task(_send_from(client, lane, pace))
                sending.add_done_callback(lambda _: run.end_sending(time.monotonic() - started))


async def _send_from(client: Client, lane: Lane, pace: Pace) -> None:
    while client.going_on():
        await pace.wait()
        await client.settle(lane, lane.next_request())


@dataclass(slots=True)
class Pace:
    """Lets a request begin every `seconds`. Unused turns are lost."""

    seconds: float
    _next: float = 0.0

    async def wait(self) -> None:
        """Wait for the next turn."""
        turn = max(time.monotonic(), self._next)
        self._next = turn + self.seconds
        await asyncio.sleep(turn - time.monotonic())


def drain(target: Target, run: Run, max_seconds: float) -> float:
    """Wait until every accepted event is in the table and the queue is empty.

    Returns the seconds that it took, at most `max_seconds`. The audit finds missing events.
    """
    started = time.monotonic()
    while time.monotonic() - started < max_seconds:
        if not run.lags.waiting and not target.waiting(target.stack.queue_url):
            break
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - started
