"""Record and forget: `record()` returns at once, and a thread of its own sends batches."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Callable

import httpx

from ..client import Client
from ..errors import IndelibleError, SpoolFailed, StoreFull
from ..types import EventFields
from . import process
from .batches import MAX_EVENTS, Store
from .buffer import Buffer
from .delivery import Delivery, OnHeld, OnRefused
from .encode import encode_event

if TYPE_CHECKING:
    from typing_extensions import Unpack

_log = logging.getLogger("indelible_client")

_LINGER_SECONDS = 1.0
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 1.0
_BUFFER_BYTES = 16 * 1024 * 1024
_SPOOL_BYTES = 1024 * 1024 * 1024


class Recorder:
    """Keeps events in memory, or with `spool` in that file, and sends them in order.

    `max_bytes` bounds what is kept: 16 MiB in memory, 1 GiB in a spool. If that is full, `record`
    waits up to `block_seconds` and then raises StoreFull. `on_refused` gets each event that the
    service refuses, with its errors. `on_held` gets the error when events cannot be sent until
    somebody changes something, and None afterwards. Both run in the sending thread. `http` is a
    client of yours, for a proxy or certificates of your own. You close it, and a process that you
    fork must not share it.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        spool: str | Path | None = None,
        synchronous: str = "NORMAL",
        max_bytes: int | None = None,
        block_seconds: float = 0.0,
        on_refused: OnRefused | None = None,
        on_held: OnHeld | None = None,
        handle_sigterm: bool = True,
        http: httpx.Client | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._client = Client(api_key, base_url, retry_for=0, http=http)
        self._store: Store
        if spool is None:
            self._store = Buffer(_BUFFER_BYTES if max_bytes is None else max_bytes)
        else:
            from .spool import Spool  # noqa: PLC0415  # needs POSIX; the buffer does not

            size = _SPOOL_BYTES if max_bytes is None else max_bytes
            self._store = Spool(spool, size, synchronous=synchronous)
        self._block_seconds = block_seconds
        self._now = now
        self._on_refused = on_refused
        self._on_held = on_held
        self._answered: bool | None = None
        self._reset()
        process.watch(self, handle_sigterm=handle_sigterm)
        if spool is not None:
            self._start()  # send what an earlier process left

    def _reset(self) -> None:
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._removed = threading.Condition()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def record(self, actor_id: str | int, action: str, **fields: Unpack[EventFields]) -> None:
        """Check the event, keep it and return.

        Raises InvalidEvent, StoreFull, SpoolFailed or RecorderClosed: then it is not recorded.
        """
        if fields.get("occurred_at") is None:
            fields["occurred_at"] = self._now()
        self._put(encode_event(actor_id, action, fields), self._block_seconds)

    async def arecord(
        self, actor_id: str | int, action: str, **fields: Unpack[EventFields]
    ) -> None:
        """Do the same in an event loop. Only a full store waits, and then in another thread."""
        if fields.get("occurred_at") is None:
            fields["occurred_at"] = self._now()
        event = encode_event(actor_id, action, fields)
        try:
            self._put(event, 0.0)
        except StoreFull:
            if not self._block_seconds:
                raise
            await asyncio.to_thread(self._put, event, self._block_seconds)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all events recorded before are answered. False if that takes longer."""
        mark = self._store.mark()
        self._start()
        self._wake.set()
        return self._wait(lambda: self._store.is_past(mark), timeout)

    def close(self, timeout: float = 10.0) -> bool:
        """Take no more events, flush and stop. What a buffer still holds then is lost, and logged.

        What a spool still holds is sent by the next process that opens it.
        """
        if self._answered is None:
            self._store.seal()
            self._answered = self._thread is None or self._flush_at_end(timeout)
            self._end()
            process.forget(self)
        return self._answered

    def _flush_at_end(self, timeout: float) -> bool:
        try:
            return self.flush(timeout)
        except SpoolFailed as error:
            _log.error("the spool failed at the end: %s", error)
            return False

    def _end(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread is None:
            self._let_go()
        elif self._thread is not threading.current_thread():  # it is, in a callback
            self._thread.join(_STOP_SECONDS)
        if not self._answered and isinstance(self._store, Buffer):
            _log.error("%d events were not sent and are lost", self._store.count())

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def before_fork(self) -> None:
        self._store.before_fork()

    def after_fork_in_parent(self) -> None:
        self._store.after_fork_in_parent()

    def after_fork_in_child(self) -> None:
        self._store.after_fork_in_child()
        self._reset()

    def _put(self, event: bytes, seconds: float) -> None:
        try:
            waiting = self._store.put(event)
        except StoreFull:
            if seconds <= 0:
                raise
            waiting = self._put_when_there_is_room(event, seconds)
        if self._thread is None:
            self._start()
        if waiting >= MAX_EVENTS and not self._wake.is_set():
            self._wake.set()

    def _put_when_there_is_room(self, event: bytes, seconds: float) -> int:
        end = time.monotonic() + seconds
        while True:
            self._wake.set()
            with self._removed:
                self._removed.wait(_LOOK_SECONDS)
            try:
                return self._store.put(event)
            except StoreFull:
                if time.monotonic() >= end:
                    raise

    def _wait(self, is_done: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not is_done():
            left = end - time.monotonic()
            if left <= 0:
                return False
            with self._removed:
                self._removed.wait(min(left, _LOOK_SECONDS))
        return True

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="indelible-recorder", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        delivery = Delivery(
            self._client, self._stop.wait, random.random, self._on_refused, self._on_held
        )
        while not self._stop.is_set():
            self._wake.wait(_LINGER_SECONDS)
            self._wake.clear()
            try:
                self._send_waiting(delivery)
            except IndelibleError as error:
                delivery.hold(error)
            except Exception as error:  # noqa: BLE001  # a thread that ends would end all sending
                delivery.hold(IndelibleError(f"{type(error).__name__} in the sending thread"))
        self._let_go()

    def _let_go(self) -> None:
        self._store.close()
        self._client.close()

    def _send_waiting(self, delivery: Delivery) -> None:
        """Send what waits, up to a batch that has room for more: that is all there was."""
        if not self._store.may_send():
            return
        while not self._stop.is_set():
            batch = self._store.open_batch()
            if batch is None or not delivery.deliver(batch):
                return
            self._store.remove(batch)
            with self._removed:
                self._removed.notify_all()
            if not batch.is_full:
                return
