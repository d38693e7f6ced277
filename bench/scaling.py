"""Measures `verify --jobs`: elapsed time with 1, 2 and 4 processes, and the part of one process.

It is the only measurement of elapsed time: processor time of several processes says nothing about
how long they take together.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from functools import partial

from indelible.chain.segment import Segment
from indelible.verifying.in_processes import Verify, verifier

from .figures import Figure
from .verifying import EVENTS, SEGMENT_SIZES, segments, verify_all

JOBS = (1, 2, 4)
_TIMES = 4
"""The chain is verified so many times in a round, so that all processes have work."""


def measure_scaling(rounds: int) -> list[Figure]:
    """Measure events per second with each number of processes, in turns."""
    figures = list[Figure]()
    with ExitStack() as stack:
        ways = {jobs: stack.enter_context(verifier(jobs)) for jobs in JOBS}
        for size in SEGMENT_SIZES:
            run = partial(_time, [*segments(EVENTS, size)])
            taken = [
                {jobs: run(verify) for jobs, verify in ways.items()} for _ in range(rounds + 1)
            ]
            figures += _figures(size, taken[1:])
    return figures


def _time(chain: list[Segment], verify: Verify) -> tuple[float, float]:
    """Elapsed seconds, and those of this process's processor, for an event."""
    elapsed, own = time.perf_counter(), time.process_time()
    for _ in range(_TIMES):
        verify_all(chain, EVENTS, verify)
    events = _TIMES * EVENTS
    return (time.perf_counter() - elapsed) / events, (time.process_time() - own) / events


def _figures(size: int, taken: list[dict[int, tuple[float, float]]]) -> list[Figure]:
    group = f"verify --jobs, segments of {size:,}, elapsed time"
    figures = list[Figure]()
    for jobs in JOBS:
        elapsed = [each[jobs][0] for each in taken]
        rates = 1 / statistics.median(elapsed), 1 / min(elapsed)
        name = "1 process" if jobs == 1 else f"{jobs} processes"
        figures.append(Figure(group, name, "events/s", *rates, more_is_better=True))
    own = [each[JOBS[-1]][1] * 1e6 for each in taken]
    name = "  of it, in the process that reads"
    return [*figures, Figure(group, name, "µs per event", statistics.median(own), min(own))]
