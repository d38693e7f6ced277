"""An application: its table, and what it does in a transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, insert, select

from sqlalchemy_outbox import outbox, record

shop = MetaData()
orders = Table("orders", shop, Column("id", Integer, primary_key=True, autoincrement=False))


def place(connection: Connection, number: int) -> None:
    """Add a row to the application's own table."""
    connection.execute(insert(orders).values(id=number))


def place_order(engine: Engine, number: int) -> None:
    """Add an order and its event in one transaction."""
    with engine.begin() as connection:
        place(connection, number)
        record(connection, "user_1", "order.placed", resource_id=str(number))


def placed(engine: Engine) -> list[int]:
    """The numbers of the committed orders."""
    with engine.connect() as connection:
        return list(connection.scalars(select(orders.c.id).order_by(orders.c.id)))


def rows(engine: Engine) -> list[Any]:
    """The rows of the outbox, oldest first."""
    with engine.connect() as connection:
        return list(connection.execute(select(outbox).order_by(outbox.c.id)))
