"""The relational design of hosted products: PostgreSQL, and an advisory lock for each workspace.

A request is answered when its events are chained. Statements that do not need each other's answer
travel together (pipeline mode). A deployment would have a pool of connections; this is one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

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
    prefix text PRIMARY KEY, workspace_id text NOT NULL, digest bytea NOT NULL);
CREATE TABLE IF NOT EXISTS usage (
    workspace_id text, month text, events bigint NOT NULL, PRIMARY KEY (workspace_id, month));
CREATE TABLE IF NOT EXISTS record (
    workspace_id text, sequence bigint, record text NOT NULL, hash bytea NOT NULL,
    PRIMARY KEY (workspace_id, sequence));
"""
ADMIT = """
INSERT INTO usage AS used
SELECT workspace_id, %(month)s, %(events)s FROM api_key
WHERE prefix = %(prefix)s AND digest = %(digest)s
ON CONFLICT (workspace_id, month) DO UPDATE SET events = used.events + excluded.events
WHERE used.events + excluded.events <= %(most)s
RETURNING workspace_id
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
LAST = """
SELECT sequence, '', hash FROM record WHERE workspace_id = %s ORDER BY sequence DESC LIMIT 1
"""
INSERT = """
INSERT INTO record SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::bytea[])
"""


@dataclass
class Relational:
    """Its requests. `at_once` is the most events of a transaction: one, or any number."""

    connection: psycopg.Connection[tuple[Any, ...]]
    at_once: int

    def __post_init__(self) -> None:
        self.connection.autocommit = True

    def create_tables(self) -> None:
        """Create what is not there yet."""
        self.connection.execute(TABLES, prepare=False)  # several statements

    def add_workspace(self) -> Workspace:
        """Make a workspace with a key."""
        made = new_workspace()
        values = (made.secret[:PREFIX], made.id, digest(made.secret))
        self.connection.execute("INSERT INTO api_key VALUES (%s, %s, %s)", values)
        return made

    def post(self, secret: str, body: bytes) -> None:
        """Accept and chain a batch of events."""
        events = events_of(body)
        workspace_id = self._admit(secret, len(events))
        for start in range(0, len(events), self.at_once):
            self._append(workspace_id, events[start : start + self.at_once])

    def _admit(self, secret: str, events: int) -> str:
        """Look up the key and count the events in one statement."""
        request = {
            "prefix": secret[:PREFIX],
            "digest": digest(secret),
            "month": month(),
            "events": events,
            "most": QUOTA,
        }
        found = self.connection.execute(ADMIT, request).fetchone()
        if found is None:
            raise Refused("the key is unknown, or the month's events are used up")
        workspace_id: str = found[0]
        return workspace_id

    def _append(self, workspace_id: str, events: list[dict[str, Any]]) -> None:
        """Chain events in one transaction, which takes two round trips."""
        try:
            with self.connection.pipeline() as pipeline:
                self.connection.execute("BEGIN")
                self.connection.execute(LOCK, (workspace_id,))
                answer = self.connection.execute(LAST, (workspace_id,))
                pipeline.sync()
                last = answer.fetchone()
                made = links(Link(*last) if last else None, events)
                sequences, records, hashes = map(list, zip(*made, strict=True))
                self.connection.execute(INSERT, (workspace_id, sequences, records, hashes))
                self.connection.execute("COMMIT")
        except psycopg.Error:
            self.connection.rollback()
            raise

    def check(self, workspace_id: str) -> int:
        """Verify the workspace's chain and return its length."""
        rows = self.connection.execute(
            "SELECT sequence, record, hash FROM record WHERE workspace_id = %s ORDER BY sequence",
            (workspace_id,),
        )
        return check_links(Link(*row) for row in rows)

    def stored_bytes(self) -> int:
        """The size of the records' table with its index, once its pages are on disk."""
        row = self.connection.execute("SELECT pg_total_relation_size('record')").fetchone()
        return int(row[0]) if row else 0
