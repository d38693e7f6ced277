"""The store in memory: events live as long as the process."""

from __future__ import annotations

import threading
from collections import deque
from typing import Callable

from ..calls import new_key
from ..errors import RecorderClosed, StoreFull
from .batches import Batch, oldest_that_fit


class Buffer:
    """At most `max_bytes` of events, the open batch included."""

    def __init__(self, max_bytes: int, make_key: Callable[[], str] = new_key) -> None:
        self._max_bytes = max_bytes
        self._make_key = make_key
        self._sealed = False
        self._clear()

    def _clear(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[bytes] = deque()
        self._batch: Batch | None = None
        self._bytes = 0
        self._put = 0
        self._removed = 0

    def put(self, event: bytes) -> int:
        with self._lock:
            if self._sealed:
                raise RecorderClosed("the recorder is closed")
            if self._bytes + len(event) > self._max_bytes:
                raise StoreFull(f"the buffer has no room: it holds {self._bytes} bytes of events")
            self._events.append(event)
            self._bytes += len(event)
            self._put += 1
            return len(self._events)

    def open_batch(self, *, only_full: bool = False) -> Batch | None:
        with self._lock:
            if self._batch is None and self._events:
                batch = Batch(self._make_key(), oldest_that_fit(self._events))
                if only_full and not batch.is_full:
                    return None
                for _ in batch.events:
                    self._events.popleft()
                self._batch = batch
            return self._batch

    def remove(self, batch: Batch) -> None:
        with self._lock:
            self._batch = None
            self._bytes -= sum(map(len, batch.events))
            self._removed += len(batch.events)

    def mark(self) -> int:
        return self._put

    def is_past(self, mark: int) -> bool:
        return self._removed >= mark

    def may_send(self) -> bool:
        return True

    def count(self) -> int:
        return self._put - self._removed

    def seal(self) -> None:
        with self._lock:
            self._sealed = True

    def close(self) -> None:
        """Nothing to close: the events are gone with the process."""

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Start empty: the parent sends what it recorded."""
        self._clear()
