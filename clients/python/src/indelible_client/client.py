"""The client, and the same for asyncio in `async_client.py`."""

from __future__ import annotations

import os
import random as _random
import time
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Optional, TypeVar, Union

import httpx

from . import calls, types
from .answers import check_file, read
from .calls import Call
from .errors import IndelibleError
from .pending_event import PendingEvent
from .retries import RETRY_SECONDS, Tries
from .settings import api_root, checked_key
from .transport import (
    Bearer,
    Body,
    arguments,
    file_arguments,
    limit_of,
    typed_errors,
    whole_file,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class Client:
    """Records events and reads them back. Safe to share between threads.

    `timeout` limits each try, in seconds; by default 10 for a read and 30 for a submit.
    `retry_for` limits the tries of a call: no try begins later. 0 means one try.
    `http` is a client of yours, for a proxy or certificates of your own. You close it.
    `clock`, `sleep` and `random` are for tests.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str,
        timeout: Optional[float] = None,
        *,
        retry_for: float = RETRY_SECONDS,
        http: Optional[httpx.Client] = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = _random.random,
    ) -> None:
        self._auth = Bearer(checked_key(api_key))
        self._root = api_root(base_url)
        self._timeout = timeout
        self._retry_for = retry_for
        self._http = http or httpx.Client()
        self._owner = None if http else os.getpid()
        self._clock, self._sleep, self._random = clock, sleep, random

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._root!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._owner == os.getpid():
            self._http.close()

    def _pool(self) -> httpx.Client:
        """The connections of this process. A child must not use those of the process it is from."""
        if self._owner not in {None, os.getpid()}:
            self._http, self._owner = httpx.Client(), os.getpid()
        return self._http

    def _exchange(self, call: Call[T]) -> T:
        body = Body(limit_of(call, self._timeout), self._clock)
        with (
            typed_errors(),
            self._pool().stream(
                auth=self._auth, **arguments(self._root, call, self._timeout)
            ) as response,
        ):
            body.read(response.iter_bytes())
        return read(call, body.answer(response))

    def _run(self, call: Call[T]) -> T:
        tries = self._tries(call)
        while True:
            try:
                return self._exchange(call)
            except IndelibleError as error:
                self._sleep(tries.wait_after(error))

    def _tries(self, call: Call[T]) -> Tries:
        return Tries(call, self._retry_for, self._clock, self._random)

    def _rest_of_file(self, call: Call[str], received: int) -> Iterator[bytes]:
        wanted = file_arguments(self._run(call), received)
        with typed_errors(), self._pool().stream(**wanted) as response:
            check_file(response.status_code, received)
            yield from response.iter_bytes()

    def _pages(self, first: Call[T]) -> Iterator[T]:
        call: Optional[Call[T]] = first
        while call:
            page = self._run(call)
            yield page
            call = calls.next_page(call, page)

    # Recording

    def actor(
        self,
        actor_id: Union[str, int],
        *,
        name: Optional[str] = None,
        type: Optional[str] = None,  # noqa: A002 - the public client's name
    ) -> PendingEvent[types.Receipt]:
        """Begin an event of this actor. Its `track` sends it."""
        return PendingEvent(self.track, actor_id=str(actor_id), actor_name=name, actor_type=type)

    def track(self, payload: types.EventPayload) -> types.Receipt:
        """Record one event. Without an `idempotency_key` it gets a random one."""
        return self._run(calls.track(payload))

    def track_batch(
        self, events: Sequence[types.EventPayload], *, idempotency_key: Optional[str] = None
    ) -> types.BatchReceipts:
        """Record up to 1,000 events, in order. Check the `status` of each receipt for `invalid`.

        The same events again under the same key are not recorded again. The default key is new.
        """
        return self._run(calls.track_batch(events, idempotency_key))

    def track_lines(
        self, lines: Union[str, bytes], *, idempotency_key: Optional[str] = None
    ) -> types.BatchReceipts:
        """Record up to 1,000 lines of JSON, each an event; otherwise as `track_batch`."""
        body = calls.lines_body(lines)
        return self._run(calls.track_lines(body, idempotency_key))

    # Reading

    def get_events(self, **query: Unpack[types.EventQuery]) -> types.EventPage:
        """One page of the events that match all filters."""
        return self._run(calls.get_events(query))

    def iterate_event_pages(
        self, **filters: Unpack[types.EventFilters]
    ) -> Iterator[types.EventPage]:
        """All pages. A page may be empty; its `searched_to` says how far the list has come."""
        return self._pages(calls.get_events(filters))

    def iterate_events(self, **filters: Unpack[types.EventFilters]) -> Iterator[types.Event]:
        """All events that match the filters."""
        for page in self.iterate_event_pages(**filters):
            yield from page["data"]

    def get_event(self, event_id: str, *, proof: bool = False) -> types.EventAnswer:
        """One event. Raises NotFound until it is chained, shortly after it was recorded."""
        return self._run(calls.get_event(event_id, proof))

    def verify(self, **query: Unpack[types.VerifyQuery]) -> types.Verification:
        """Verify one part of the chain. `next_cursor` leads to the next part."""
        return self._run(calls.verify(query))

    def verify_parts(self, **given: Unpack[types.VerifyRange]) -> Iterator[types.Verification]:
        """Verify the chain part by part, to its end."""
        return self._pages(calls.verify(given))

    # Exports

    def create_export(self, **options: Unpack[types.ExportOptions]) -> types.StartedExport:
        """Start to make a file of the events that match all filters."""
        return self._run(calls.create_export(options))

    def get_export(self, export_id: str) -> types.ExportAnswer:
        """The status of an export."""
        return self._run(calls.get_export(export_id))

    def get_exports(
        self, *, limit: Optional[int] = None, cursor: Optional[str] = None
    ) -> types.ExportPage:
        """One page of exports, newest first."""
        return self._run(calls.get_exports(limit, cursor))

    def iterate_exports(self, *, limit: Optional[int] = None) -> Iterator[types.Export]:
        """All exports that have not expired, newest first."""
        for page in self._pages(calls.get_exports(limit, None)):
            yield from page["data"]

    def cancel_export(self, export_id: str) -> types.ExportAnswer:
        """End an export that is not finished."""
        return self._run(calls.cancel_export(export_id))

    def stream_export(self, export_id: str) -> Iterator[bytes]:
        """The bytes of an export's file. Raises NotReady until it is completed.

        After a broken connection it goes on where it was.
        """
        call, received = calls.find_file(export_id), 0
        tries = self._tries(call)
        while True:
            try:
                for chunk in self._rest_of_file(call, received):
                    yield chunk
                    received += len(chunk)
                    tries = self._tries(call)
            except IndelibleError as error:
                self._sleep(tries.wait_after(error))
            else:
                return

    def download_export(self, export_id: str, path: Union[str, PathLike[str]]) -> int:
        """Write an export's file to a path, as a whole or not at all. Return its size in bytes."""
        with whole_file(path) as file:
            return sum(file.write(chunk) for chunk in self.stream_export(export_id))

    # Viewers

    def create_viewer_token(self, **options: Unpack[types.ViewerTokenOptions]) -> types.ViewerToken:
        """A viewer token of a tenant or an actor, for a browser."""
        return self._run(calls.create_viewer_token(options))

    # Service

    def health(self) -> types.Health:
        """Check that requests reach the service. Needs no valid key."""
        return self._run(calls.health())
