"""The file of a spool: its tables, its version, and how it is opened and checked."""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from ..errors import SpoolDamaged, SpoolFailed

VERSION = 1
PAGE_BYTES = 4096
_APPLICATION = 0x496E6453  # "IndS": marks the file as a spool
_BUSY_SECONDS = 10.0

# One script for each step, from version 0, which is an empty file. Events up to `sent` are done,
# and those up to `last` are in the open batch, if there is a `key`.
_STEPS = (
    """
    CREATE TABLE events (id INTEGER PRIMARY KEY, event BLOB NOT NULL);
    CREATE TABLE state (
        only INTEGER PRIMARY KEY CHECK (only = 1), sent INTEGER NOT NULL, key TEXT, last INTEGER
    );
    INSERT INTO state VALUES (1, 0, NULL, NULL);
    """,
)


def connect(path: Path, synchronous: str) -> sqlite3.Connection:
    """Open the spool, and create or upgrade it if needed. Raises SpoolFailed."""
    # Events are for nobody else. A file that is there must not be opened and closed here: that
    # would end the locks of other connections of this process, and with them the log they write.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise SpoolFailed(f"{path} could not be used: {error.strerror}") from error
    try:
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise failure(path, error) from error
    try:
        _prepare(connection, path, synchronous)
    except sqlite3.Error as error:
        connection.close()
        raise failure(path, error) from error
    except SpoolFailed:
        connection.close()
        raise
    return connection


def failure(path: Path, error: sqlite3.Error) -> SpoolFailed:
    """Say what an error of SQLite means for a spool."""
    code = str(error)
    if "malformed" in code or "not a database" in code:
        return SpoolDamaged(f"{path} is damaged or no spool ({code}); move it away to go on")
    if "full" in code:
        return SpoolFailed(f"{path} could not be written: the disk is full")
    return SpoolFailed(f"{path} could not be used: {code}")


def number(connection: sqlite3.Connection, pragma: str) -> int:
    """Return the value of a PRAGMA that has a number."""
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _prepare(connection: sqlite3.Connection, path: Path, synchronous: str) -> None:
    _upgrade(connection, path)
    # The journal mode is kept in the file; a file that is no spool was refused before.
    _write_ahead(connection)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA journal_size_limit = 0")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """SQLite does not wait here by itself for another process that does the same."""
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    if number(connection, "user_version") == VERSION and _is_spool(connection):
        return
    connection.execute("BEGIN IMMEDIATE")  # another process may do the same now
    try:
        for step in _STEPS[_known_version(connection, path) :]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _known_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the file, 0 if it is empty. Raises SpoolDamaged for any other file."""
    version = number(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not _is_spool(connection) and (version or tables):
        raise SpoolDamaged(f"{path} is a database, but no spool; choose another file")
    if version > VERSION:
        raise SpoolDamaged(f"{path} has version {version}; this package reads up to {VERSION}")
    return version


def _is_spool(connection: sqlite3.Connection) -> bool:
    return number(connection, "application_id") == _APPLICATION


@dataclass(frozen=True)
class Contents:
    """What a spool holds."""

    events: int
    bytes: int
    batch_key: str | None
    batch_events: int


def examine(path: Path) -> Contents:
    """Check the whole file and count what it holds. It changes nothing. Raises SpoolFailed."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            if not _is_spool(connection):
                raise SpoolDamaged(f"{path} is no spool")
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise SpoolDamaged(f"{path} is damaged: {found}")
            count, size, key, in_batch = connection.execute(
                "SELECT count(id), coalesce(sum(length(event)), 0), key, "
                "coalesce(sum(key IS NOT NULL AND id <= last), 0) "
                "FROM state LEFT JOIN events ON id > sent"
            ).fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise failure(path, error) from error
    return Contents(count, size, key, in_batch)
