"""The thread that sends what waits in a store, oldest first and one batch at a time."""

from __future__ import annotations

import math
import random
import threading
import time
from contextlib import suppress
from typing import Callable, Optional

from ..errors import IndelibleError
from .batches import Store
from .delivery import Delivery, OnHeld, OnRefused, Sender

_LINGER_SECONDS = 1.0
LOOK_SECONDS = 0.05
_STOP_SECONDS = 1.0


class SendingThread:
    """Starts when it is first needed. `let_go` is called in it at its end."""

    def __init__(
        self,
        store: Store,
        sender: Sender,
        on_refused: Optional[OnRefused],
        on_held: Optional[OnHeld],
        let_go: Callable[[], None],
    ) -> None:
        self._store = store
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._removed = threading.Condition()
        self._starting = threading.Lock()
        self._thread: Optional[threading.Thread] = None
        self._end = math.inf
        self._delivery = Delivery(sender, self._pause, random.random, on_refused, on_held)
        self._let_go = let_go
        self.is_wanted = False
        self._all_wanted = False
        self._answered: Optional[str] = None
        """The key of the last answered batch. It is still open if it could not be removed."""

    @property
    def is_started(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Start it, if that can be done: not at the end of some interpreters."""
        with self._starting:
            self.is_wanted = True
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="indelible-recorder", daemon=True)
                with suppress(RuntimeError):  # the next event tries again, and `wait_until` sends
                    thread.start()
                    self._thread = thread

    def send_full(self) -> None:
        """Send now what fills a batch. The rest waits for more, up to a second."""
        if not self._wake.is_set():
            self._wake.set()

    def send_all(self) -> None:
        """Send now all that waits."""
        self._all_wanted = True
        self._wake.set()

    def wait_until(self, is_done: Callable[[], bool], seconds: float) -> bool:
        """Wait while batches are sent and removed. False if that takes longer.

        In a callback, which runs in this thread, it does not wait: nothing is sent meanwhile.
        """
        if threading.current_thread() is self._thread:
            return is_done()
        end = time.monotonic() + seconds
        while not is_done():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if self._thread is None:
                self._send_here(end)
            with self._removed:
                self._removed.wait(min(left, LOOK_SECONDS))
        return True

    def _send_here(self, end: float) -> None:
        with self._starting:
            self._end = end
            self._try_to_send(only_full=False)
            self._end = math.inf

    def end(self) -> None:
        """Stop, also in the middle of a batch. What is not answered stays in the store."""
        self._stop.set()
        self._wake.set()
        if self._thread is None:
            self._let_go()
        elif self._thread is not threading.current_thread():  # it is, in a callback
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            is_woken = self._wake.wait(_LINGER_SECONDS)
            self._wake.clear()
            only_full = is_woken and not self._all_wanted
            if not only_full:  # else somebody may have wanted all since it was read
                self._all_wanted = False
            self._try_to_send(only_full=only_full)
        self._let_go()

    def _pause(self, seconds: float) -> bool:
        """Wait. True if the sending is to stop."""
        left = self._end - time.monotonic()
        return self._stop.wait(min(seconds, left)) or seconds >= left

    def _try_to_send(self, *, only_full: bool) -> None:
        try:
            self._send_waiting(only_full=only_full)
        except IndelibleError as error:
            self._delivery.hold(error)
        except Exception as error:  # noqa: BLE001  # a thread that ends would end all sending
            self._delivery.hold(IndelibleError(f"{type(error).__name__} in the sending thread"))

    def _send_waiting(self, *, only_full: bool) -> None:
        """Send what waits, up to a batch that has room for more: that is all there was."""
        if not self._store.may_send():
            return
        while not self._stop.is_set():
            batch = self._store.open_batch(only_full=only_full)
            if batch is None:
                return
            if batch.key != self._answered:
                if not self._delivery.deliver(batch):
                    return
                self._answered = batch.key
            self._store.remove(batch)
            self._delivery.hold(None)
            with self._removed:
                self._removed.notify_all()
            if not batch.is_full:
                return
