"""Databases: each test that uses `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy
from outbox import postgres
from outbox.shop import shop
from support_client import Time

from indelible_client import outbox as relay
from sqlalchemy_outbox import metadata


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres.server() as directory:
        yield f"postgresql+psycopg://postgres@/postgres?host={directory}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shop.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(database: str) -> Iterator[sqlalchemy.Engine]:
    """An engine of a database with the empty tables of the shop and of the outbox."""
    made = sqlalchemy.create_engine(database)
    for tables in (metadata, shop):
        tables.drop_all(made)
        tables.create_all(made)
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The relay's clock, which only waiting moves."""
    made = Time()
    monkeypatch.setattr(relay, "time", SimpleNamespace(monotonic=made.clock, sleep=made.sleep))
    return made
