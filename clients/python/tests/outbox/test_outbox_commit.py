"""An event is in the chain if and only if the transaction committed, as it was recorded."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from outbox.service import LOST_AFTER, Service
from outbox.shop import place, place_order, placed, rows
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from indelible_client import InvalidEvent, TransactionMisuse
from indelible_client import outbox as event_module
from sqlalchemy_outbox import drain, outbox, record


def test_a_committed_event_is_sent_once(engine: Engine) -> None:
    service = Service()
    place_order(engine, 1)
    assert drain(engine, service.client())
    assert drain(engine, service.client())
    assert service.chained() == ["1"]
    assert len(service.requests) == 1
    assert rows(engine) == []


def test_an_event_of_a_transaction_that_is_rolled_back_is_never_sent(engine: Engine) -> None:
    service = Service()
    with engine.connect() as connection:
        place(connection, 1)
        record(connection, "user_1", "order.placed", resource_id="1")
        connection.rollback()
        record(connection, "user_1", "order.placed", resource_id="2")  # and never committed
    assert drain(engine, service.client())
    assert (service.requests, placed(engine), rows(engine)) == ([], [], [])


def test_an_event_is_not_sent_before_the_commit(engine: Engine) -> None:
    service = Service()
    with Session(engine) as session:
        record(session, "user_1", "order.placed", resource_id="1")
        assert drain(engine, service.client())
        assert service.requests == []
        session.commit()
    assert drain(engine, service.client())
    assert service.chained() == ["1"]


def test_a_savepoint_that_is_rolled_back_takes_its_events_with_it(engine: Engine) -> None:
    service = Service()
    with Session(engine) as session, session.begin():
        record(session, "user_1", "order.placed", resource_id="1")
        with session.begin_nested() as savepoint:
            record(session, "user_1", "order.placed", resource_id="2")
            savepoint.rollback()
        with session.begin_nested():
            record(session, "user_1", "order.placed", resource_id="3")
    assert drain(engine, service.client())
    assert service.chained() == ["1", "3"]


def test_a_scoped_session_will_do(engine: Engine) -> None:
    service, session = Service(), scoped_session(sessionmaker(engine))
    record(session, "user_1", "order.placed", resource_id="1")
    session.commit()
    session.remove()
    assert drain(engine, service.client())
    assert service.chained() == ["1"]


def test_a_connection_in_autocommit_mode_is_refused(engine: Engine, database: str) -> None:
    always = create_engine(database, isolation_level="AUTOCOMMIT")
    for each in (always, engine.execution_options(isolation_level="AUTOCOMMIT")):
        with each.connect() as connection, pytest.raises(TransactionMisuse):
            record(connection, "user_1", "order.placed")
        with Session(each) as session, pytest.raises(TransactionMisuse):
            record(session, "user_1", "order.placed")
    always.dispose()
    assert rows(engine) == []


def test_a_driver_in_autocommit_mode_whose_transactions_a_listener_begins_will_do(
    tmp_path: Path,
) -> None:
    """SQLAlchemy's documentation has these listeners for savepoints in SQLite."""
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db")

    @event.listens_for(engine, "connect")
    def leave_transactions_alone(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    outbox.create(engine)
    with engine.connect() as connection:
        record(connection, "user_1", "order.placed", resource_id="1")
        connection.rollback()
        record(connection, "user_1", "order.placed", resource_id="2")
        connection.commit()
    service = Service()
    assert drain(engine, service.client())
    assert service.chained() == ["2"]
    engine.dispose()


# What is recorded.


def test_an_event_is_sent_as_it_was_recorded(engine: Engine) -> None:
    service, at = Service(), datetime(2026, 9, 14, 7, 31, 52, 4117, tzinfo=timezone.utc)
    fields: dict[str, Any] = {"actor_name": "Zoë 🦊", "metadata": {"a": "\0", "b": 2**63}}
    with engine.begin() as connection:
        record(connection, 7, "order.placed", occurred_at=at, idempotency_key="order-1", **fields)
    assert drain(engine, service.client())
    assert service.chain == [
        {
            "actor_id": 7,
            "action": "order.placed",
            "occurred_at": "2026-09-14T07:31:52.004117+00:00",
            "idempotency_key": "order-1",
            **fields,
        }
    ]


def test_each_event_has_the_time_of_its_record_and_a_key_of_its_own(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, first = Service(LOST_AFTER), datetime(2026, 9, 14, 7, 31, 52, tzinfo=timezone.utc)
    times = iter([first, first - timedelta(hours=1)])  # the clock is set back
    clock = SimpleNamespace(now=lambda zone: next(times).astimezone(zone))
    monkeypatch.setattr(event_module, "datetime", clock)
    place_order(engine, 1)
    place_order(engine, 2)
    assert not drain(engine, service.client(), timeout=0)
    assert drain(engine, service.client())
    assert [(each["resource_id"], each["occurred_at"]) for each in service.chain] == [
        ("1", "2026-09-14T07:31:52.000000+00:00"),
        ("2", "2026-09-14T06:31:52.000000+00:00"),
    ]
    assert service.requests[0] == service.requests[1]
    assert len({each["idempotency_key"] for each in service.chain}) == 2


def test_an_invalid_event_is_refused_where_it_is_recorded(engine: Engine) -> None:
    with engine.begin() as connection:
        with pytest.raises(InvalidEvent) as refused:
            record(connection, "user_1", "order.placed", metadata={"at": object()})
        assert refused.value.field == "metadata.at"
        place(connection, 1)  # the transaction goes on
    assert (placed(engine), rows(engine)) == ([1], [])
