"""Concurrent writers, whose ledger calls run one at a time in an order that a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence


def interleave(
    workers: Sequence[Callable[[Callable[[str], None]], None]], schedule: Iterable[int]
) -> None:
    """Run each worker in its own thread, one worker at a time.

    Each worker gets a function that it calls before every action visible to the others; the call
    waits for the worker's turn. `schedule` lists worker numbers in the order of their turns. After
    its end the workers take turns.
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
        """Let the worker run to its next stop or to its end."""
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
