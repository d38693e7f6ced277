"""Record and forget: `record()` returns at once, and a thread of its own sends batches."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Callable

import httpx

from ..client import Client
from ..errors import SpoolFailed, StoreFull
from ..types import EventFields
from . import process
from .batches import MAX_EVENTS, Store
from .buffer import Buffer
from .delivery import OnHeld, OnRefused
from .encode import encode_event
from .sending_thread import LOOK_SECONDS, SendingThread

if TYPE_CHECKING:
    from typing_extensions import Unpack

_log = logging.getLogger("indelible_client")

_BUFFER_BYTES = 16 * 1024 * 1024
_SPOOL_BYTES = 1024 * 1024 * 1024


class Recorder:
    """Keeps events in memory, or with `spool` in that file, and sends them in order.

    `max_bytes` bounds what is kept: 16 MiB in memory, 1 GiB in a spool, which needs 512 KiB. If
    that is full, `record` waits up to `block_seconds` and then raises StoreFull. `on_refused` gets
    each event that the service refuses, with its errors. `on_held` gets the error when events
    cannot be sent until somebody changes something, and None afterwards. Both run in the sending
    thread, and nothing is sent until they return. So `flush` and `close` do not wait in them.

    `http` is a client of yours, for a proxy or certificates of your own. You close it, and a
    process that you fork must not share it.
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
        self._thread = self._new_thread()
        process.watch(self, handle_sigterm=handle_sigterm)
        if spool is not None:
            self._thread.start()  # send what an earlier process left

    def _new_thread(self) -> SendingThread:
        return SendingThread(
            self._store, self._client, self._on_refused, self._on_held, self._let_go
        )

    def record(self, actor_id: str | int, action: str, **fields: Unpack[EventFields]) -> None:
        """Check the event, keep it and return.

        Raises InvalidEvent, StoreFull, SpoolFailed or RecorderClosed: then it is not recorded.
        """
        self._put(self._encoded(actor_id, action, fields), self._block_seconds)

    async def arecord(
        self, actor_id: str | int, action: str, **fields: Unpack[EventFields]
    ) -> None:
        """Do the same in an event loop, which a full store does not block.

        If it is cancelled while it waits, the event is not recorded.
        """
        event = self._encoded(actor_id, action, fields)
        end = time.monotonic() + self._block_seconds
        while True:
            try:
                return self._put(event, 0.0)
            except StoreFull:
                if time.monotonic() >= end:
                    raise
            self._thread.send_all()
            await asyncio.sleep(LOOK_SECONDS)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all events recorded before are answered. False if that takes longer."""
        mark = self._store.mark()
        self._thread.start()
        self._thread.send_all()
        return self._thread.wait_until(lambda: self._store.is_past(mark), timeout)

    def close(self, timeout: float = 10.0) -> bool:
        """Take no more events, flush and stop. What a buffer still holds then is lost, and logged.

        What a spool still holds is sent by the next process that opens it.
        """
        if self._answered is None:
            self._store.seal()
            self._answered = not self._thread.is_wanted or self._flush_at_end(timeout)
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
        self._thread.end()
        if not self._answered and isinstance(self._store, Buffer):
            _log.error("%d events were not sent and are lost", self._store.count())

    def _let_go(self) -> None:
        self._store.close()
        self._client.close()

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
        self._thread = self._new_thread()

    def _encoded(self, actor_id: str | int, action: str, fields: EventFields) -> bytes:
        if fields.get("occurred_at") is None:
            fields["occurred_at"] = self._now()
        return encode_event(actor_id, action, fields)

    def _put(self, event: bytes, seconds: float) -> None:
        if not self._thread.is_started:
            self._thread.start()  # before the event is kept: `close` waits for what a thread has
        try:
            waiting = self._store.put(event)
        except StoreFull:
            if seconds <= 0:
                raise
            waiting = self._put_when_there_is_room(event, seconds)
        if waiting >= MAX_EVENTS:
            self._thread.send_full()

    def _put_when_there_is_room(self, event: bytes, seconds: float) -> int:
        """Try after each batch that is removed. Raises StoreFull at the end of the time."""
        waiting = 0

        def is_kept() -> bool:
            nonlocal waiting
            self._thread.send_all()
            try:
                waiting = self._store.put(event)
            except StoreFull:
                return False
            return True

        if not self._thread.wait_until(is_kept, seconds):
            return self._store.put(event)
        return waiting
