"""Times cases in turns, so that a busy moment of the machine affects all of them.

It measures the processor time of this process. The measured code never waits, so on an idle machine
this is also the elapsed time. On a busy machine, the time of other processes does not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """A timed case. `prepare` returns the function that a round times; it handles `units` units."""

    units: int
    prepare: Callable[[], Callable[[], object]]


def unprepared(units: int, run: Callable[[], object]) -> Case:
    """Return a case whose rounds all time the same function."""
    return Case(units, lambda: run)


@dataclass(frozen=True, slots=True)
class Timing:
    """Processor seconds per unit: the median and the fastest round."""

    median: float
    best: float


def time_by_turns(cases: Mapping[str, Case], rounds: int) -> dict[str, Timing]:
    """Time every case once per round, after one uncounted round to warm up."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(rounds + 1):
        for name, case in cases.items():
            run = case.prepare()
            start = time.process_time()
            run()
            elapsed = time.process_time() - start
            if turn:
                taken[name].append(elapsed / case.units)
    return {name: Timing(statistics.median(each), min(each)) for name, each in taken.items()}
