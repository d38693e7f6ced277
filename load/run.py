"""One run: clients send, lag is measured and memory sampled; then the queue drains."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from indelible_client import AsyncClient, Invalid

from tools.local.failure import LocalStackError

from .lag import Lags, Poller
from .memory import Memory
from .sending import ANSWER_SECONDS, PATIENCE_SECONDS, Sending
from .target import Target
from .traffic import Lane
from .wire import Tally, Wire

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
    async with AsyncClient(
        lane.api_key, target.api, ANSWER_SECONDS, retry_for=PATIENCE_SECONDS
    ) as client:
        requests = [client.track_lines("{}") for _ in range(clients)]
        answers = await asyncio.gather(*requests, return_exceptions=True)
    for answer in answers:
        if not isinstance(answer, Invalid):
            raise LocalStackError(f"An empty event was not refused as invalid: {answer}")


def send(target: Target, run: Run, going_on: Callable[[], bool], clients: int, rate: float) -> None:
    """Send from every workspace while `going_on()`.

    At most `clients` requests are in flight. `rate` new requests begin per second; 0 is no limit.
    """
    asyncio.run(_send(target, run, going_on, clients, rate))


async def _send(
    target: Target, run: Run, going_on: Callable[[], bool], clients: int, rate: float
) -> None:
    slots = asyncio.Semaphore(clients)
    pace = Pace(1 / rate if rate else 0.0)
    started = time.monotonic()
    async with (
        httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=clients)) as connections,
        asyncio.TaskGroup() as group,
    ):
        for lane in run.lanes:
            wire = Wire(connections, slots, run.tally, lane.account, run.lags.accepted)
            sending = Sending(target.api, lane, wire, run.tally, going_on)
            task = group.create_task(_send_from(sending, lane, pace, going_on))
            task.add_done_callback(lambda _: run.end_sending(time.monotonic() - started))


async def _send_from(
    sending: Sending, lane: Lane, pace: Pace, going_on: Callable[[], bool]
) -> None:
    while going_on():
        await pace.wait()
        await sending.settle(lane.next_request())


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
