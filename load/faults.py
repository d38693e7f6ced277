"""Injects faults into the running stack while it is under load, and counts them.

Processes of functions are killed all the time. In addition, one after the other:

1. The emulator is restarted with its state.
2. The writer's event source mapping is disabled for a fifth of the time. The emulator is restarted
   while the queue is full.
3. The writer is killed in every invocation while the queue allows a single receive, so messages
   move to the dead-letter queue. `indelible dlq redrive` empties it.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tools.local import emulator, settings
from tools.local.commands import run_indelible
from tools.local.failure import LocalStackError

from .memory import Worker, find_workers, is_at_work
from .target import Target

_KILL_EVERY_SECONDS = 3.0
_KILL_EVERY_SECONDS_FOR_DEAD_LETTERS = 1.5
_HIDDEN_SECONDS = 5
"""Visibility timeout of the queue during the run; template.yaml has 120 s."""

_RESTART, _STOP_WRITER, _RESTART_AGAIN, _START_WRITER, _DEAD_LETTERS, _REDRIVE = (
    0.2, 0.35, 0.45, 0.55, 0.65, 0.85,
)  # fmt: skip
"""When each step begins, as a fraction of the run's time."""

_LOOK_FOR_WORK_SECONDS = 2.0
_LOOK_SECONDS = 0.01
_MAX_ROUNDS_WITHOUT_PROGRESS = 10
_DIED = re.compile(r"failed processing SQS batch .*errorMessage=Worker process")
_REDRIVEN = re.compile(r"^(\d+) messages? ")


@dataclass(slots=True)
class Plan:
    """The faults of one run. A thread of its own injects them."""

    target: Target
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)
    restarted: float = 0.0
    """Seconds during which the emulator was stopped."""
    _counted: int = 0
    _started: set[Worker] = field(default_factory=set)
    """Processes that have been seen waiting for an invocation."""
    _thread: threading.Thread | None = None
    _failures: list[BaseException] = field(default_factory=list)

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._inject)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether the thread ended with an exception."""
        return bool(self._failures)

    def finish(self) -> None:
        """Wait for the thread, and empty the dead-letter queue. Raises the thread's exception."""
        assert self._thread
        self._thread.join()
        if self._failures:
            raise self._failures[0]
        fewest, rounds_without_progress = math.inf, 0
        while rounds_without_progress < _MAX_ROUNDS_WITHOUT_PROGRESS:
            waiting = self.target.waiting(self.target.stack.queue_url)
            if not waiting and not self._redrive():
                return
            rounds_without_progress = 0 if waiting < fewest else rounds_without_progress + 1
            fewest = min(fewest, waiting)
            time.sleep(2 * _HIDDEN_SECONDS)
        raise LocalStackError(
            "The dead-letter queue does not become empty; `indelible dlq list` shows what is in it."
        )

    def as_json(self) -> dict[str, Any]:
        """The counts of faults, by kind."""
        return {**dict(sorted(self.counts.items())), "emulator_away_seconds": round(self.restarted)}

    def _inject(self) -> None:
        try:
            with self.target.queue_attributes({"VisibilityTimeout": str(_HIDDEN_SECONDS)}):
                self._play()
        except BaseException as failure:  # noqa: BLE001 (raised again by `finish`)
            self._failures.append(failure)

    def _play(self) -> None:
        begin = time.monotonic()
        self._counted = _interrupted()

        def kill_until(share: float, every: float = _KILL_EVERY_SECONDS, only: str = "") -> None:
            while time.monotonic() < begin + share * self.seconds:
                self._kill(only)
                time.sleep(random.uniform(0.5, 1.5) * every)

        kill_until(_RESTART)
        self._restart()
        kill_until(_STOP_WRITER)
        stopped = time.monotonic()
        self.target.let_writer_run(False)
        kill_until(_RESTART_AGAIN, only="ingest")
        self._restart()
        kill_until(_START_WRITER, only="ingest")
        self.target.let_writer_run(True)
        self.counts["writer_stopped_seconds"] = round(time.monotonic() - stopped)
        kill_until(_DEAD_LETTERS)
        with self.target.queue_attributes(
            {"RedrivePolicy": self._one_receive(), "VisibilityTimeout": "1"}
        ):
            kill_until(_REDRIVE, _KILL_EVERY_SECONDS_FOR_DEAD_LETTERS, "writer")
            time.sleep(2)
        self.counts["dead_letters"] = self.target.waiting(self.target.stack.dlq_url)
        self._redrive()
        kill_until(1.0)
        self._count_interrupted()

    def _kill(self, only: str) -> None:
        """Kill a process of a function during an invocation, if one is found soon.

        Processes that are still starting are spared: with one of those, the emulator would end all
        processes of the function.
        """
        until = time.monotonic() + _LOOK_FOR_WORK_SECONDS
        while time.monotonic() < until:
            workers = [each for each in find_workers() if only in ("", each.function)]
            at_work = {each for each in workers if is_at_work(each)}
            self._started.update(set(workers) - at_work)
            if found := sorted(at_work & self._started):
                worker = random.choice(found)
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)
                    self.counts[f"{worker.function}_killed_at_work"] += 1
                return
            time.sleep(_LOOK_SECONDS)

    def _restart(self) -> None:
        """Stop the emulator as `make down` does, so that it writes its state, and start it."""
        self._count_interrupted()
        self._counted = 0
        started = time.monotonic()
        emulator.restart()
        self.restarted += time.monotonic() - started
        self.counts["emulator_restarted"] += 1

    def _count_interrupted(self) -> None:
        """Count deliveries to the writer that ended with its process. A start empties the log."""
        found = _interrupted()
        self.counts["deliveries_interrupted"] += found - self._counted
        self._counted = found

    def _one_receive(self) -> str:
        policy = json.loads(self.target.attribute_of_queue("RedrivePolicy"))
        return json.dumps({**policy, "maxReceiveCount": 1})

    def _redrive(self) -> int:
        """Redrive with the command line; returns the number of messages. More may arrive."""
        output = run_indelible("dlq", "redrive", "--yes").stdout
        found = _REDRIVEN.match(output)
        redriven = int(found[1]) if found else 0
        self.counts["redriven"] += redriven
        return redriven


def _interrupted() -> int:
    return len(_DIED.findall(settings.EMULATOR_LOG.read_text(errors="replace")))
