"""Measures the recorder of the Python client: time, processor and memory."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from tools.local.settings import LOCAL, ROOT

from .answering import answering
from .figures import Figure

_GROUP = "recorder of the Python client"
_RUNS = 3
_SECONDS = 4.0
_RATE = 10_000
_RATE_WITH_FSYNC = 200
"""Events a second. `FULL` waits for the disk at each event, so it reaches far less than _RATE."""

_BUFFER_BYTES = 16 * 1_024 * 1_024
_MEGABYTE = 1_024 * 1_024

MEMORY_TARGET = 15.0
SPOOL_TARGET = 100.0
CORE_TARGET = 0.5


def measure_recorder() -> list[Figure]:
    """Measure the recorder, each run in a process of its own."""
    return [*_record_and_send(), *_full_buffer()]


def _record_and_send() -> list[Figure]:
    memory: list[dict[str, float]] = []
    normal: list[dict[str, float]] = []
    full: list[dict[str, float]] = []
    LOCAL.mkdir(exist_ok=True)
    with answering() as url, tempfile.TemporaryDirectory(dir=LOCAL) as folder:
        for run in range(_RUNS):
            memory.append(_run("rate", url, _RATE, _SECONDS))
            normal.append(_run("rate", url, _RATE, _SECONDS, f"{folder}/normal{run}"))
            full.append(
                _run("rate", url, _RATE_WITH_FSYNC, _SECONDS, f"{folder}/full{run}", "FULL")
            )
    return [
        _record("into memory", memory, MEMORY_TARGET),
        _record("into the spool, NORMAL", normal, SPOOL_TARGET),
        _record("into the spool, FULL", full, None),
        _share_of_core("memory", memory),
        _share_of_core("spool, NORMAL", normal),
    ]


def _record(name: str, runs: list[dict[str, float]], target: float | None) -> Figure:
    medians = [1e6 * each["record_seconds"] for each in runs]
    return Figure(
        _GROUP,
        f"record() {name}",
        "µs",
        statistics.median(medians),
        min(medians),
        target,
        note=f"elapsed, at {_reached(runs):,.0f} events a second",
    )


def _share_of_core(name: str, runs: list[dict[str, float]]) -> Figure:
    shares = [_RATE * each["processor_seconds_per_event"] for each in runs]
    behind = statistics.median(each["seconds_behind"] for each in runs)
    return Figure(
        _GROUP,
        f"{_RATE:,} events a second, {name}",
        "of a core",
        statistics.median(shares),
        min(shares),
        CORE_TARGET,
        note=f"with HTTP; {_reached(runs):,.0f} reached, sent {behind:.2f} s after the last",
    )


def _reached(runs: list[dict[str, float]]) -> float:
    return statistics.median(each["events_per_second"] for each in runs)


def _full_buffer() -> list[Figure]:
    found = _run("fill", _BUFFER_BYTES)
    bound = _BUFFER_BYTES / _MEGABYTE
    each = found["grown"] - bound
    return [
        Figure(
            _GROUP,
            f"memory of a full buffer of {bound:.0f} MiB",
            "MiB",
            found["grown"],
            note=f"{found['recorded']:,.0f} events; {each * _MEGABYTE / found['recorded']:.0f} "
            "bytes each beside their JSON",
        ),
        Figure(
            _GROUP,
            f"  after {found['refused']:,.0f} refused events",
            "MiB",
            found["grown_after_refusals"],
        ),
    ]


def _run(*arguments: Any) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.recorder_process", json.dumps(arguments)]
    answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures
