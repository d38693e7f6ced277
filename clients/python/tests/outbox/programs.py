"""Programs that the tests run in processes of their own, to kill them."""

from __future__ import annotations

import random
import time
from multiprocessing.synchronize import Event

import psycopg  # noqa: F401  # imported before processes are forked, as the next one
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401
from outbox.service import KEY
from outbox.shop import place
from sqlalchemy import Engine, create_engine

from indelible_client import Client
from sqlalchemy_outbox import drain, record


def sell(started: Event, database: str, first: int) -> None:
    """Place orders until killed: an order and two events in a transaction. Some are rolled back."""
    engine, chance, number = _engine(started, database), random.Random(first), first
    while True:
        with engine.connect() as connection:
            record(connection, "user_1", "order.placed", resource_id=f"{number}")
            place(connection, number)
            record(connection, "user_1", "order.confirmed", resource_id=f"{number}+")
            if chance.random() < 0.7:
                connection.commit()
        number += 1


def relay(started: Event, database: str, url: str) -> None:
    """Send events until killed."""
    engine = _engine(started, database)
    with Client(KEY, url, retry_for=0) as client:
        while True:
            drain(engine, client)
            time.sleep(0.01)


def _engine(started: Event, database: str) -> Engine:
    is_sqlite = database.startswith("sqlite")
    engine = create_engine(database, connect_args={"timeout": 60} if is_sqlite else {})
    engine.connect().close()
    started.set()
    return engine
