"""The floor of a single machine: SQLite in WAL mode, one transaction for each request.

`synchronous=FULL` flushes each commit to disk. With `NORMAL`, WAL mode may lose the last commits
when power fails (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import hmac
import sqlite3
from dataclasses import dataclass

from .shared import (
    PREFIX,
    QUOTA,
    Link,
    Refused,
    Workspace,
    check_links,
    digest,
    events_of,
    links,
    month,
    new_workspace,
)

TABLES = """
CREATE TABLE IF NOT EXISTS api_key (
    prefix TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, digest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS usage (
    workspace_id TEXT, month TEXT, events INTEGER NOT NULL, PRIMARY KEY (workspace_id, month));
CREATE TABLE IF NOT EXISTS record (
    workspace_id TEXT, sequence INTEGER, record TEXT NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (workspace_id, sequence)) WITHOUT ROWID;
"""
COUNT = """
INSERT INTO usage VALUES (?, ?, ?)
ON CONFLICT (workspace_id, month) DO UPDATE SET events = events + excluded.events
WHERE events + excluded.events <= ?
"""
LAST = """
SELECT sequence, '', hash FROM record WHERE workspace_id = ? ORDER BY sequence DESC LIMIT 1
"""
SECONDS = 60


def connect(path: str) -> sqlite3.Connection:
    """Open the file, and make it if it is not there. Transactions are begun by `post` alone."""
    connection = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLES)
    return connection


@dataclass
class SingleFile:
    """Its requests."""

    connection: sqlite3.Connection

    def add_workspace(self) -> Workspace:
        """Make a workspace with a key."""
        made = new_workspace()
        values = (made.secret[:PREFIX], made.id, digest(made.secret))
        self.connection.execute("INSERT INTO api_key VALUES (?, ?, ?)", values)
        return made

    def post(self, secret: str, body: bytes) -> None:
        """Accept and chain a batch of events."""
        events = events_of(body)
        self.connection.execute("BEGIN IMMEDIATE")
        with self.connection:
            workspace_id = self._admit(secret, len(events))
            last = self.connection.execute(LAST, (workspace_id,)).fetchone()
            made = links(Link(*last) if last else None, events)
            rows = [(workspace_id, *each) for each in made]
            self.connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?)", rows)

    def _admit(self, secret: str, events: int) -> str:
        found = self.connection.execute(
            "SELECT workspace_id, digest FROM api_key WHERE prefix = ?", (secret[:PREFIX],)
        ).fetchone()
        if found is None or not hmac.compare_digest(found[1], digest(secret)):
            raise Refused("unknown key")
        workspace_id: str = found[0]
        counted = self.connection.execute(COUNT, (workspace_id, month(), events, QUOTA))
        if counted.rowcount != 1:
            raise Refused("the month's events are used up")
        return workspace_id

    def check(self, workspace_id: str) -> int:
        """Verify the workspace's chain and return its length."""
        rows = self.connection.execute(
            "SELECT sequence, record, hash FROM record WHERE workspace_id = ? ORDER BY sequence",
            (workspace_id,),
        )
        return check_links(Link(*row) for row in rows)

    def stored_bytes(self) -> int:
        """The size of the database's pages."""
        [pages] = self.connection.execute("PRAGMA page_count").fetchone()
        [size] = self.connection.execute("PRAGMA page_size").fetchone()
        return int(pages) * int(size)
