"""The thread that sends what waits in a store, oldest first and one batch at a time."""

from __future__ import annotations

import random
import threading
import time
from typing import Callable, Optional

from ..errors import IndelibleError
from .batches import Store
from .delivery import Delivery, OnHeld, OnRefused, Sender

_LINGER_SECONDS = 1.0
_LOOK_SECONDS = 0.05
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
        self._delivery = Delivery(sender, self._stop.wait, random.random, on_refused, on_held)
        self._let_go = let_go

    @property
    def is_started(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="indelible-recorder", daemon=True
                )
                self._thread.start()

    def wake(self) -> None:
        """Send now what waits, without waiting for more."""
        if not self._wake.is_set():
            self._wake.set()

    def wait_until(self, is_done: Callable[[], bool], seconds: float) -> bool:
        """Wait while batches are sent and removed. False if that takes longer."""
        end = time.monotonic() + seconds
        while not is_done():
            left = end - time.monotonic()
            if left <= 0:
                return False
            with self._removed:
                self._removed.wait(min(left, _LOOK_SECONDS))
        return True

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
            self._wake.wait(_LINGER_SECONDS)
            self._wake.clear()
            try:
                self._send_waiting()
            except IndelibleError as error:
                self._delivery.hold(error)
            except Exception as error:  # noqa: BLE001  # a thread that ends would end all sending
                self._delivery.hold(IndelibleError(f"{type(error).__name__} in the sending thread"))
        self._let_go()

    def _send_waiting(self) -> None:
        """Send what waits, up to a batch that has room for more: that is all there was."""
        if not self._store.may_send():
            return
        while not self._stop.is_set():
            batch = self._store.open_batch()
            if batch is None or not self._delivery.deliver(batch):
                return
            self._store.remove(batch)
            with self._removed:
                self._removed.notify_all()
            if not batch.is_full:
                return
