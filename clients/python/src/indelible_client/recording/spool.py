"""The store in a file: an event is kept once `put` has returned. See DESIGN.md for the order."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Callable

from ..calls import new_key
from ..errors import RecorderClosed, SpoolFailed, StoreFull
from .batches import MAX_EVENT_BYTES, MAX_EVENTS, Batch, oldest_that_fit
from .spool_schema import PAGE_BYTES, connect, failure, number

_SPARE_PAGES = 64  # for a batch, and for removing, when events have filled all other pages
_LEAST_PAGES = 2 * _SPARE_PAGES  # SQLite takes a bound that is not positive for none
_EVENT_PAGES = MAX_EVENT_BYTES // PAGE_BYTES + 4
_WAITING = "FROM events WHERE id > (SELECT sent FROM state)"
_INSERT = "INSERT INTO events (event) VALUES (?)"


class Spool:
    """One SQLite file of at most about `max_bytes`, which several processes can share.

    Besides the file there is `FILE.lock`: the process that holds it is the one that sends.
    """

    def __init__(
        self,
        path: str | Path,
        max_bytes: int,
        *,
        synchronous: str = "NORMAL",
        make_key: Callable[[], str] = new_key,
    ) -> None:
        if synchronous not in {"NORMAL", "FULL"}:
            raise ValueError("synchronous must be NORMAL or FULL")
        self._path = Path(path).absolute()
        self._pages = max(int(max_bytes) // PAGE_BYTES, _LEAST_PAGES)
        self._synchronous = synchronous
        self._make_key = make_key
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None
        self._lease: int | None = None
        self._sealed = False
        self._recent = 0
        with self._connection():
            pass  # a file that cannot be used is reported here, not at the first event

    def put(self, event: bytes) -> int:
        with self._connection() as connection:
            if self._sealed:
                raise RecorderClosed("the recorder is closed")
            try:
                connection.execute(_INSERT, (event,))
            except sqlite3.OperationalError as error:
                if "full" in str(error) and self._has_no_room(connection):
                    raise StoreFull(f"the spool {self._path} has no room") from error
                raise
            self._recent += 1
            return self._recent

    def open_batch(self, *, only_full: bool = False) -> Batch | None:
        with self._transaction() as connection:
            self._recent = 0
            key, last = connection.execute("SELECT key, last FROM state").fetchone()
            rows = connection.execute(
                f"SELECT id, event {_WAITING} ORDER BY id LIMIT ?", (MAX_EVENTS,)
            ).fetchall()
            if key is not None:
                return Batch(key, tuple(event for id_, event in rows if id_ <= last))
            if not rows:
                return None
            batch = Batch(self._make_key(), oldest_that_fit(event for _, event in rows))
            if only_full and not batch.is_full:
                return None
            last = rows[len(batch.events) - 1][0]
            connection.execute("UPDATE state SET key = ?, last = ?", (batch.key, last))
            return batch

    def remove(self, batch: Batch) -> None:
        """Remove them. The newest row is emptied and stays, so that ids never begin anew."""
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE state SET sent = last, key = NULL, last = NULL WHERE key = ?", (batch.key,)
            )
            if changed.rowcount:
                connection.execute(
                    "DELETE FROM events WHERE id <= (SELECT sent FROM state) "
                    "AND id < (SELECT max(id) FROM events)"
                )
                connection.execute(
                    "UPDATE events SET event = x'' WHERE id <= (SELECT sent FROM state)"
                )

    def mark(self) -> int:
        return self._number("SELECT coalesce(max(id), 0) FROM events")

    def is_past(self, mark: int) -> bool:
        return self._number("SELECT sent FROM state") >= mark

    def count(self) -> int:
        return self._number(f"SELECT count(*) {_WAITING}")

    def may_send(self) -> bool:
        with self._lock:  # no fork between taking it and knowing of it: the child would hold it too
            if self._lease is None:
                self._lease = _lock_file(self._path.with_name(self._path.name + ".lock"))
            return self._lease is not None

    def seal(self) -> None:
        with self._lock:
            self._sealed = True

    def close(self) -> None:
        with self._lock:
            self._disconnect()
            if self._lease is not None:
                os.close(self._lease)
                self._lease = None

    def before_fork(self) -> None:
        """Leave no connection for the child: SQLite's locks do not survive a fork."""
        self._lock.acquire()
        self._disconnect()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        self._lock = threading.Lock()
        self._recent = 0
        if self._lease is not None:
            os.close(self._lease)  # the parent still holds it
            self._lease = None

    def _disconnect(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One connection of the process, used by one thread at a time."""
        with self._lock:
            try:
                if self._open is None:
                    self._open = connect(self._path, self._synchronous)
                    self._limit(self._pages - _SPARE_PAGES)
                yield self._open
            except sqlite3.Error as error:
                raise failure(self._path, error) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """What the sender does may use the spare pages."""
        with self._connection() as connection:
            self._limit(self._pages)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            else:
                connection.execute("COMMIT")
            finally:
                self._limit(self._pages - _SPARE_PAGES)

    def _has_no_room(self, connection: sqlite3.Connection) -> bool:
        """Whether the bound was reached, and not the end of the disk."""
        used = number(connection, "page_count") - number(connection, "freelist_count")
        return used + _EVENT_PAGES > self._pages - _SPARE_PAGES

    def _number(self, query: str) -> int:
        with self._connection() as connection:
            return int(connection.execute(query).fetchone()[0])

    def _limit(self, pages: int) -> None:
        if self._open is not None:
            self._open.execute(f"PRAGMA max_page_count = {pages}")


def _lock_file(path: Path) -> int | None:
    """Take the lock of this file. It ends with the process, or when the descriptor is closed."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SpoolFailed(f"{path} could not be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
