"""Starts the engines of a comparison: DynamoDB Local, and PostgreSQL if it is wanted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from outbox import postgres

from tools.local.dynamodb_local import running

from .designs import Engines, make_tables, use


@contextmanager
def engines() -> Iterator[Engines]:
    """Run DynamoDB Local, PostgreSQL and an empty file for SQLite, with tables, on this disk.

    Raises `postgres.NotInstalled`, and LocalStackError without Java or npm.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(postgres.server(durable=True))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="indelible-"))
        url = stack.enter_context(running())
        made = Engines(
            url, f"postgresql://postgres@/postgres?host={directory}", str(Path(folder) / "chain.db")
        )
        use(made)
        make_tables()
        yield made
