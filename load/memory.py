"""Memory of the functions' processes, as Linux counts it, and whether it grows."""

from __future__ import annotations

import re
import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tools.local.settings import LOCAL

SAMPLE_SECONDS = 1.0
_PROC = Path("/proc")
_MEGABYTE = 1_024
_WORKER = re.compile(r"/ministack-lambda-indelible-([A-Za-z]+)Function-[^/]*/_worker\.py")
"""The emulator runs a function from a folder of its name; SAM ends it by chance."""


class Worker(NamedTuple):
    """A process that runs a function."""

    pid: int
    function: str


def find_workers() -> list[Worker]:
    """The processes of functions that our emulator started: their code lies in its folder."""
    workers = []
    for folder in _PROC.glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        if str(LOCAL) in command and (match := _WORKER.search(command)):
            workers.append(Worker(int(folder.name), match[1].lower()))
    return workers


def is_at_work(worker: Worker) -> bool:
    """Whether it does something else than wait for an invocation, which comes through a pipe."""
    try:
        return "pipe_read" not in (_PROC / str(worker.pid) / "wchan").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass(slots=True)
class Usage:
    """What one process of a function used, in MB; `resident` a sample each."""

    function: str
    peak: float = 0.0
    resident: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Memory:
    """Samples all functions' processes until it is told to stop."""

    processes: dict[int, Usage] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Take a sample every second."""
        while not stop.wait(SAMPLE_SECONDS):
            for worker in find_workers():
                try:
                    status = (_PROC / str(worker.pid) / "status").read_text()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                usage = self.processes.setdefault(worker.pid, Usage(worker.function))
                usage.peak = max(usage.peak, _megabytes(status, "VmHWM"))
                usage.resident.append(_megabytes(status, "VmRSS"))

    def by_function(self) -> dict[str, Summary]:
        """Each function's processes, summed up."""
        of: dict[str, list[Usage]] = {}
        for usage in self.processes.values():
            of.setdefault(usage.function, []).append(usage)
        return {
            name: Summary(
                len(usages),
                max(each.peak for each in usages),
                growth(max((each.resident for each in usages), key=len)),
            )
            for name, usages in sorted(of.items())
        }


class Summary(NamedTuple):
    """Memory of a function: the highest peak, and the growth of its longest process, in MB."""

    processes: int
    peak: float
    growth: float


def growth(resident: Sequence[float]) -> float:
    """The median of the last third less the median of the first; 0 for less than three samples."""
    third = len(resident) // 3
    if not third:
        return 0.0
    return statistics.median(resident[-third:]) - statistics.median(resident[:third])


def _megabytes(status: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / _MEGABYTE if found else 0.0
