"""The application's own table."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, insert, select

shop = MetaData()
orders = Table("orders", shop, Column("id", Integer, primary_key=True, autoincrement=False))


def place(connection: Connection, number: int) -> None:
    """Do what an application does in its transaction."""
    connection.execute(insert(orders).values(id=number))


def placed(engine: Engine) -> list[int]:
    """The numbers of the committed orders."""
    with engine.connect() as connection:
        return list(connection.scalars(select(orders.c.id).order_by(orders.c.id)))
