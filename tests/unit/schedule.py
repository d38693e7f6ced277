"""Several writers at once, in an order that the test decides: one ledger call at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence


def interleave(
    workers: Sequence[Callable[[Callable[[str], None]], None]], schedule: Iterable[int]
) -> None:
    """Run each worker in a thread of its own, but only ever one of them.

    A worker is handed a function to call before everything that the others could see; there it
    stops until the schedule (numbers of workers; then they take turns) lets it go on.
    """
    turns = [_Worker(work) for work in workers]
    order = iter(schedule)
    position = 0
    while alive := [turn for turn in turns if not turn.ended]:
        position = next(order, position + 1)
        alive[position % len(alive)].go_on()
    for turn in turns:
        turn.thread.join()
        if turn.error:
            raise turn.error


class _Worker:
    def __init__(self, work: Callable[[Callable[[str], None]], None]) -> None:
        self.ended = False
        self.error: BaseException | None = None
        self._may_go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self.thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self.thread.start()

    def go_on(self) -> None:
        """Let it run up to its next stop, or its end."""
        self._may_go.release()
        self._stopped.acquire()

    def _stop(self, _: str) -> None:
        self._stopped.release()
        self._may_go.acquire()

    def _run(self, work: Callable[[Callable[[str], None]], None]) -> None:
        self._may_go.acquire()
        try:
            work(self._stop)
        except BaseException as error:  # noqa: BLE001 (raised again by interleave)
            self.error = error
        self.ended = True
        self._stopped.release()
