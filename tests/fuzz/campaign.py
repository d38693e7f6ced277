"""A campaign: inputs until the time is up or one breaks a promise, which is then minimised."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SECONDS_PER_INPUT = 10
MORE_MEMORY = 256 * 1024 * 1024
"""Bytes of address space that one input may map; a function has 1,024 MB in total."""

_ROUND = 500


@dataclass(frozen=True, slots=True)
class Target:
    """A fuzz target: `check` raises when an input breaks a promise."""

    name: str
    inputs: st.SearchStrategy[bytes]
    check: Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Result:
    """The number of inputs, the seconds of all and of the slowest, and the one that failed."""

    inputs: int
    seconds: float
    slowest: float
    finding: bytes | None
    error: Exception | None


class TookTooLong(Exception):
    """An input took longer than SECONDS_PER_INPUT."""


def run(target: Target, seconds: float, first_seed: int) -> Result:
    """Run rounds of inputs, each with its own seed, the first with `first_seed`."""
    started = time.monotonic()
    until = started + seconds
    inputs, slowest, last = 0, 0.0, b""

    def attempt(case: bytes) -> None:
        nonlocal inputs, slowest, last
        if time.monotonic() > until and not failed:
            return
        inputs, last, began = inputs + 1, case, time.monotonic()
        try:
            with bounded_time(), bounded_memory():
                target.check(case)
        except Exception:
            failed.append(case)
            raise
        slowest = max(slowest, time.monotonic() - began)

    failed: list[bytes] = []
    while time.monotonic() < until:
        try:
            _round(target, attempt, first_seed)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what we look for)
            return Result(inputs, time.monotonic() - started, slowest, last, error)
        first_seed += 1
    return Result(inputs, time.monotonic() - started, slowest, None, None)


def _round(target: Target, attempt: Callable[[bytes], None], number: int) -> None:
    rounds = settings(
        max_examples=_ROUND,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    seed(number)(rounds(given(target.inputs)(attempt)))()


@contextmanager
def bounded_time() -> Iterator[None]:
    """Raises TookTooLong inside once SECONDS_PER_INPUT are over."""

    def stop(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_INPUT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Raises MemoryError inside beyond MORE_MEMORY; only where Linux reports the mapped memory."""
    mapped = Path("/proc/self/statm")
    if not mapped.exists():
        yield
        return
    pages = int(mapped.read_text(encoding="ascii").split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + MORE_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
