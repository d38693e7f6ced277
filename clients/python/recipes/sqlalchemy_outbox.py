"""The outbox for SQLAlchemy: a table, `record` and `drain`. Copy this file into your project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session, scoped_session

from indelible_client import Client, TransactionMisuse
from indelible_client import outbox as relay
from indelible_client.outbox import Row, encode_once
from indelible_client.types import EventFields

if TYPE_CHECKING:
    from typing_extensions import Unpack

metadata = MetaData()

outbox = Table(
    "indelible_outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("event", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("refused", Text),
)
"""`refused` has the errors of an event that the service refused. Such a row is not sent again."""


def record(
    session: Union[Session, scoped_session[Any], Connection],
    actor_id: Union[str, int],
    action: str,
    **fields: Unpack[EventFields],
) -> None:
    """Add an event to the transaction of the session or connection.

    Raises InvalidEvent, or TransactionMisuse if each statement would be committed by itself.
    """
    event = encode_once(actor_id, action, dict(fields))
    connection = session if isinstance(session, Connection) else session.connection()
    if _commits_each_statement(connection):
        raise TransactionMisuse("The connection is in autocommit mode; use a transaction.")
    connection.execute(insert(outbox).values(event=event))


def drain(engine: Engine, client: Client, *, timeout: float | None = None) -> bool:
    """Send the events that are committed, and delete them. False if the time is up before.

    Pass a `Client` with `retry_for=0`. An error of the database is raised; call it again then.
    """
    return relay.drain(_Rows(engine), client, timeout)


class _Rows:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def oldest(self, limit: int) -> list[Row]:
        waiting = (
            select(outbox.c.id, outbox.c.event)
            .where(outbox.c.refused.is_(None))
            .order_by(outbox.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [Row(*found) for found in connection.execute(waiting)]

    def settle(self, accepted: Sequence[Row], refused: Mapping[Row, str]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(outbox).where(_still(accepted)))
            for row, errors in refused.items():
                connection.execute(update(outbox).where(_still([row])).values(refused=errors))


def _still(rows: Sequence[Row]) -> ColumnElement[bool]:
    """Whether a row is one of these."""
    return and_(
        outbox.c.id.in_([row.id for row in rows]), outbox.c.event.in_([row.event for row in rows])
    )


def _commits_each_statement(connection: Connection) -> bool:
    pooled = connection.connection
    driver: Any = pooled.driver_connection
    if connection.dialect.name == "sqlite" and driver.isolation_level is None:
        if not connection.in_transaction():
            connection.begin()  # as `execute` would; a listener may send BEGIN then
        return not driver.in_transaction
    return getattr(pooled.dbapi_connection, "autocommit", False) is True
