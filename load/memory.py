"""Memory of the functions' processes, from /proc, and whether it grows."""

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
"""The emulator runs a function in a folder of its name, which ends with random characters."""


class Worker(NamedTuple):
    """A process that runs a function."""

    pid: int
    function: str


def find_workers() -> list[Worker]:
    """The processes of functions of our emulator, recognised by the folder of their code."""
    workers = []
    for folder in _PROC.glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            continue
        if str(LOCAL) in command and (match := _WORKER.search(command)):
            workers.append(Worker(int(folder.name), match[1].lower()))
    return workers


def is_at_work(worker: Worker) -> bool:
    """Whether it is handling an invocation. An idle worker waits in a read from a pipe."""
    try:
        return "pipe_read" not in (_PROC / str(worker.pid) / "wchan").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass(slots=True)
class Usage:
    """The memory of one process of a function, in MB. `resident` has one value per sample."""

    function: str
    peak: float = 0.0
    resident: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Memory:
    """Samples the memory of all functions' processes until `stop` is set."""

    processes: dict[int, Usage] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Take a sample every SAMPLE_SECONDS."""
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
        """A summary for each function."""
        by_name: dict[str, list[Usage]] = {}
        for usage in self.processes.values():
            by_name.setdefault(usage.function, []).append(usage)
        return {
            name: Summary(
                len(usages),
                max(each.peak for each in usages),
                growth(max((each.resident for each in usages), key=len)),
            )
            for name, usages in sorted(by_name.items())
        }


class Summary(NamedTuple):
    """Memory of a function in MB: its highest peak, and the growth of its longest-lived process."""

    processes: int
    peak: float
    growth: float


def growth(resident: Sequence[float]) -> float:
    """The median of the last third minus that of the first third. 0 for fewer than 3 samples."""
    third = len(resident) // 3
    if not third:
        return 0.0
    return statistics.median(resident[-third:]) - statistics.median(resident[:third])


def _megabytes(status: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / _MEGABYTE if found else 0.0
