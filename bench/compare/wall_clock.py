"""Times the designs on this machine, in turns: one workspace, and eight in processes of their own.

What it distorts: DynamoDB Local, PostgreSQL, SQLite and the designs share this machine's processors
and its disk. There is no network, SQS takes no time, and DynamoDB Local is not DynamoDB. Indelible
validates, routes, logs and makes metrics here, and the baselines do not.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..baselines.shared import Baseline, Workspace
from .computed import WORKSPACES
from .designs import COMPARED, Engines, use
from .names import EACH_EVENT, ITEMS, OURS
from .sending import bodies, check, deliver, post
from .watched import Watched

BATCHES = (1, 100)
_REQUESTS = {1: 20, 100: 10}
_SLOW = {ITEMS: 1, EACH_EVENT: 1}
"""Requests of 100 events in a round. These two designs take more than a second for ten."""


@dataclass
class Timed:
    """Events a second and the processor's µs an event, for each round."""

    speeds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


@dataclass
class _Process:
    """What a process remembers between rounds: a workspace of each design, and what it sent.

    It has one queue, because the numbers of its messages have to rise.
    """

    engines: Engines
    queue: Watched = field(default_factory=Watched)
    designs: dict[str, tuple[Baseline, Workspace]] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)


_process: list[_Process] = []


def _begin(engines: Engines) -> None:
    """Set a process up. Its log lines and metrics are discarded."""
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (until it ends)
    use(engines)
    _process.append(_Process(engines))


def _run(name: str, batch: int) -> tuple[int, float]:
    """Send requests and chain them. Returns the number of events and the processor's seconds."""
    [process] = _process
    if name not in process.designs:
        made = next(each for each in COMPARED if each.name == name).make(process.engines)
        process.designs[name] = made, made.add_workspace()
    design, workspace = process.designs[name]
    sent = bodies(batch, _SLOW.get(name, _REQUESTS[100]) if batch > 1 else _REQUESTS[1])
    start = time.process_time()
    with process.queue.watching():
        post(design, workspace, sent)
        deliver(design, process.queue, workspace)
    spent = time.process_time() - start
    process.queue.calls.clear()
    events = batch * len(sent)
    process.sent[name] = process.sent.get(name, 0) + events
    return events, spent


def _check() -> None:
    """Verify all chains of this process."""
    [process] = _process
    for name, (design, workspace) in process.designs.items():
        check(design, workspace, process.sent[name])


@contextmanager
def _processes(engines: Engines) -> Iterator[list[ProcessPoolExecutor]]:
    """A process for each workspace, so that each keeps its own."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                ProcessPoolExecutor(
                    1, get_context("spawn"), initializer=_begin, initargs=(engines,)
                )
            )
            for _ in range(WORKSPACES)
        ]


def measure(engines: Engines, rounds: int) -> list[dict[str, Any]]:
    """Time each design in each round, after one to warm up, and then verify every chain."""
    cases = [
        (workspaces, batch, design.name)
        for workspaces in (1, WORKSPACES)
        for batch in BATCHES
        for design in COMPARED
    ]
    timed = {case: Timed() for case in cases}
    with _processes(engines) as processes:
        for turn in range(rounds + 1):
            for case in cases:
                workspaces, batch, name = case
                speed, processor = _time(processes[:workspaces], name, batch)
                if turn:
                    timed[case].speeds.append(speed)
                    timed[case].processor.append(processor)
        for future in [each.submit(_check) for each in processes]:
            future.result()
    return [_figures(case, timed) for case in cases]


def _time(processes: Sequence[ProcessPoolExecutor], name: str, batch: int) -> tuple[float, float]:
    start = time.perf_counter()
    futures = [each.submit(_run, name, batch) for each in processes]
    done = [each.result() for each in futures]
    elapsed = time.perf_counter() - start
    events = sum(count for count, _ in done)
    return events / elapsed, sum(seconds for _, seconds in done) / events * 1e6


Case = tuple[int, int, str]


def _figures(case: Case, timed: dict[Case, Timed]) -> dict[str, Any]:
    """Medians; the ratio is the median of each round's, because rounds differ in load."""
    workspaces, batch, name = case
    own, ours = timed[case], timed[workspaces, batch, OURS]
    ratios = [mine / other for mine, other in zip(ours.speeds, own.speeds, strict=True)]
    return {
        "design": name,
        "workspaces": workspaces,
        "batch": batch,
        "events_a_second": statistics.median(own.speeds),
        "indelible_to_it": statistics.median(ratios),
        "indelible_to_it_in_rounds": [min(ratios), max(ratios)],
        "processor_us_an_event": statistics.median(own.processor),
    }
