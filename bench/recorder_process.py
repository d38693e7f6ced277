"""Records with the Python client's recorder, in a process that does nothing else.

`python -m bench.recorder_process NAME ARGUMENT …` prints the figures of one run as JSON.
"""

from __future__ import annotations

import itertools
import json
import logging
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from indelible_client import Recorder, StoreFull

from .events import typical_events
from .process import resident

_KEY = "imk_bench"
_STOCK = 5_000
_WARM_UP = 500
_REFUSED = 50_000
_TICK_SECONDS = 0.01
_FLUSH_SECONDS = 60.0


def record_at_rate(
    url: str, rate: int, seconds: float, spool: str | None = None, synchronous: str = "NORMAL"
) -> dict[str, float]:
    """Record at this rate and send. Returns the median of `record` and the processor time."""
    events, taken = itertools.cycle(_stock()), list[float]()
    with Recorder(_KEY, url, spool=spool, synchronous=synchronous) as recorder:
        for fields in itertools.islice(events, _WARM_UP):
            recorder.record(**fields)
        _flush(recorder)
        processor, started = time.process_time(), time.perf_counter()
        for _ in in_ticks(rate, seconds):
            fields = next(events)
            begun = time.perf_counter()
            recorder.record(**fields)
            taken.append(time.perf_counter() - begun)
        ended = time.perf_counter()
        _flush(recorder)
        behind = time.perf_counter() - ended
        processor = time.process_time() - processor
    return {
        "record_seconds": statistics.median(taken),
        "processor_seconds_per_event": processor / len(taken),
        "events_per_second": len(taken) / (ended - started),
        "seconds_behind": behind,
    }


def fill(max_bytes: int) -> dict[str, float]:
    """Fill a buffer, for a server that never answers. Returns by how many MiB memory grew."""
    logging.getLogger("indelible_client").setLevel(logging.CRITICAL)  # it says that they are lost
    events = _stock()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        recorder = Recorder(
            _KEY, f"http://127.0.0.1:{silent.getsockname()[1]}", max_bytes=max_bytes
        )
        recorder.record(**events[0])
        before, recorded = resident(), _record_until_full(recorder, events)
        full = resident()
        for _ in range(_REFUSED):
            _record_until_full(recorder, events)
        afterwards = resident() - before
        recorder.close(timeout=0)
    return {
        "recorded": recorded,
        "grown": full - before,
        "refused": _REFUSED,
        "grown_after_refusals": afterwards,
    }


def _record_until_full(recorder: Recorder, events: list[dict[str, Any]]) -> int:
    for recorded in itertools.count():
        try:
            recorder.record(**events[recorded % len(events)])
        except StoreFull:
            return recorded
    raise AssertionError


def in_ticks(rate: float, seconds: float) -> Iterator[None]:
    """Yield `rate` times a second, a few at once. It is late when the caller is."""
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        ahead = began + number / rate - time.monotonic()
        if ahead > 0:
            time.sleep(max(ahead, _TICK_SECONDS))
        yield


def _stock() -> list[dict[str, Any]]:
    return typical_events(_STOCK)


def _flush(recorder: Recorder) -> None:
    if not recorder.flush(_FLUSH_SECONDS):
        raise RuntimeError("the recorder does not send what was recorded")


_RUNS: dict[str, Callable[..., dict[str, float]]] = {"rate": record_at_rate, "fill": fill}


def main() -> None:
    """Print the figures of the run that the arguments name."""
    name, *arguments = json.loads(sys.argv[1])
    print(json.dumps(_RUNS[name](*arguments)))


if __name__ == "__main__":
    main()
