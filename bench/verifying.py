"""Measures verifying: events per second against plain SHA-256, and peak memory."""

from __future__ import annotations

import itertools
import os
import tracemalloc
from collections.abc import Iterable, Iterator
from functools import cache, partial
from hashlib import sha256

from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment, read_records
from indelible.identifiers import UUID_ENTROPY_BYTES, uuid7
from indelible.times import SECOND
from indelible.verifying.in_processes import Verify
from indelible.verifying.segments import verify
from indelible.writing.build_segment import build_segment

from .aws import WORKSPACE
from .events import typical_events
from .figures import Figure
from .rounds import Case, unprepared

EVENTS = 20_000
SEGMENT_SIZES = (100, 1_000)
SHORT_CHAIN, LONG_CHAIN = 10_000, 200_000
CONSTANT = 1.1
"""Twenty times the events may need at most a tenth more memory."""

_START = 1_795_424_400 * SECOND


@cache
def _stock() -> list[dict[str, object]]:
    return typical_events(5_000)


def segments(events: int, size: int) -> Iterator[Segment]:
    """Yield a chain of `events` typical events, `size` to a segment, made on the fly."""
    stock, head = itertools.cycle(_stock()), EMPTY
    for number in range(events // size):
        received_at = _START + number * SECOND
        queued = [
            QueuedEvent(
                uuid7(received_at // 1_000, os.urandom(UUID_ENTROPY_BYTES)),
                received_at,
                next(stock),
            )
            for _ in range(size)
        ]
        segment = build_segment(WORKSPACE, head, queued, os.urandom)
        if segment.count != size:
            raise RuntimeError(f"{size} typical events do not fit into one segment")
        yield segment
        head = segment.head


def verify_all(chain: Iterable[Segment], expected: int, way: Verify = verify) -> None:
    """Verify a chain of so many events. RuntimeError if it is not valid."""
    verified = 0
    for step in way(WORKSPACE, chain):
        if step.breaks:
            raise RuntimeError(f"a chain just made does not verify: {step.breaks}")
        verified += step.events
    if verified != expected:
        raise RuntimeError(f"{verified} events verified, not {expected}")


def cases() -> dict[str, Case]:
    """Return the timed cases of verifying. A unit is an event."""
    timed: dict[str, Case] = {}
    for size in SEGMENT_SIZES:
        chain = list(segments(EVENTS, size))
        plain = [b"\n".join(read_records(segment)) for segment in chain]
        timed[f"verify {size}"] = unprepared(EVENTS, partial(verify_all, chain, EVENTS))
        timed[f"sha {size}"] = unprepared(EVENTS, partial(_hash_all, plain))
    return timed


def _hash_all(plain: list[bytes]) -> None:
    for each in plain:
        sha256(each).digest()


def record_bytes() -> float:
    """Return the mean size of a record in bytes."""
    [segment] = segments(1_000, 1_000)
    return sum(map(len, read_records(segment))) / segment.count


def measure_memory() -> list[Figure]:
    """Measure the peak memory of verifying a short and a long chain, made on the fly."""
    _stock()
    short, long = _peak_kilobytes(SHORT_CHAIN), _peak_kilobytes(LONG_CHAIN)
    group = "memory of verifying"
    return [
        Figure(group, f"{SHORT_CHAIN:,} events", "KiB", short, note="segments of 1,000"),
        Figure(group, f"{LONG_CHAIN:,} events", "KiB", long, note="segments of 1,000"),
        Figure(group, "the long to the short", "x", long / short, target=CONSTANT),
    ]


def _peak_kilobytes(events: int) -> float:
    tracemalloc.start()
    try:
        verify_all(segments(events, 1_000), events)
        return tracemalloc.get_traced_memory()[1] / 1_024
    finally:
        tracemalloc.stop()
