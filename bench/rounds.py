"""Rounds: cases timed by turns, so that a noisy moment of the machine falls on all of them.

What is timed is the processor time of this process: nothing measured here waits for anything, so
on an idle machine that is the time on the clock, and on a busy one others do not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """`prepare` makes, untimed, what a round will run; a round gets through so many `units`."""

    units: int
    prepare: Callable[[], Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Processor seconds per unit, of the middle and of the quickest round."""

    median: float
    best: float


def time_by_turns(cases: Mapping[str, Case], rounds: int) -> dict[str, Timing]:
    """Time every case once a round, after one round that warms up and is not counted."""
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
