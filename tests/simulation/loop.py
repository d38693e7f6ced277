"""The event loop: virtual time, and tasks of which exactly one runs at any moment.

A task is ordinary code in its own thread. It runs until it sleeps; then the loop does what is due
next. So only the sleeps of tasks decide where and when they can overtake each other.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

SECOND = 1_000_000


class Task:
    """Code that can sleep. `context` is free for the owner's use."""

    def __init__(self, loop: Loop, work: Callable[[], None], context: object) -> None:
        self.context = context
        self._loop = loop
        self._work = work
        self._worker: _Worker | None = None

    def go_on(self) -> None:
        """Run up to the next sleep, or to the end."""
        worker = self._worker = self._worker or _idle_worker(self._work)
        self._loop.current = self
        worker.let_run()
        self._loop.current = None
        if worker.error:
            error, worker.error = worker.error, None
            raise error

    def stop(self) -> None:
        """Wait for the next `go_on`; called by the task itself."""
        assert self._worker is not None
        self._worker.hand_back()


class Loop:
    """Events in the order of their times; at the same time, in the order of scheduling."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.current: Task | None = None
        self._order = count()
        self._events: list[tuple[int, int, Callable[[], None]]] = []

    def call_after(self, seconds: float, act: Callable[[], None]) -> None:
        """Schedule a function that must not sleep."""
        due = self.now + int(seconds * SECOND)
        heapq.heappush(self._events, (due, next(self._order), act))

    def spawn(self, work: Callable[[], None], context: object = None, after: float = 0) -> None:
        """Schedule a function that sleeps."""
        self.call_after(after, Task(self, work, context).go_on)

    def sleep(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due in it."""
        task = self.current
        assert task is not None, "only a task can sleep"
        wake = self.now + int(seconds * SECOND)
        if not self._events or wake < self._events[0][0]:
            self.now = wake  # nothing else is due: the next thing would be this task
            return
        heapq.heappush(self._events, (wake, next(self._order), task.go_on))
        task.stop()

    def skip(self, seconds: float) -> None:
        """Let time pass in which nothing happens."""
        assert not self._events
        self.now += int(seconds * SECOND)

    def run(self) -> None:
        """Run everything until nothing is due any more."""
        while self._events:
            due, _, act = heapq.heappop(self._events)
            self.now = max(self.now, due)
            act()


class _Worker:
    """A thread that runs one task after another, and only while the loop waits for it."""

    def __init__(self) -> None:
        self.work: Callable[[], None] | None = None
        self.error: BaseException | None = None
        self._go, self._back = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._back.acquire()
        threading.Thread(target=self._run, daemon=True).start()

    def let_run(self) -> None:
        self._go.release()
        self._back.acquire()

    def hand_back(self) -> None:
        self._back.release()
        self._go.acquire()

    def _run(self) -> None:
        while True:
            self._go.acquire()
            assert self.work is not None
            try:
                self.work()
            except BaseException as error:  # noqa: BLE001 (raised again by go_on)
                self.error = error
            self.work = None
            _idle.append(self)
            self._back.release()


_idle: list[_Worker] = []


def _idle_worker(work: Callable[[], None]) -> _Worker:
    worker = _idle.pop() if _idle else _Worker()
    worker.work = work
    return worker
