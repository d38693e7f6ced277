"""An event is in the chain, once, if and only if the transaction committed."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from outbox.service import CLAIMS, FAILS, LIMITED, LOST_AFTER, LOST_BEFORE, REVOKED, WHOLE, Service
from outbox.shop import place, placed
from sqlalchemy import Engine, create_engine, delete, event, insert, select, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from support_client import Time

from indelible_client import Client, InvalidEvent
from indelible_client.outbox import relay
from indelible_client.outbox.event import TransactionMisuse
from indelible_client.outbox.sqlalchemy import drain, outbox, record


def place_order(engine: Engine, number: int) -> None:
    with engine.begin() as connection:
        place(connection, number)
        record(connection, "user_1", "order.placed", resource_id=str(number))


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(outbox).order_by(outbox.c.id)))


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The relay's clock, which only waiting moves."""
    made = Time()
    monkeypatch.setattr(relay, "time", SimpleNamespace(monotonic=made.clock, sleep=made.sleep))
    return made


# Recorded if and only if the transaction commits.


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
    tmp_path: Any,
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


def test_each_event_has_the_time_of_its_record_and_a_key_of_its_own(engine: Engine) -> None:
    service, before = Service(), datetime.now(timezone.utc)
    place_order(engine, 1)
    place_order(engine, 2)
    after = datetime.now(timezone.utc)
    assert drain(engine, service.client())
    times = [datetime.fromisoformat(each["occurred_at"]) for each in service.chain]
    assert before <= times[0] <= times[1] <= after
    keys = {each["idempotency_key"] for each in service.chain}
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)


def test_an_invalid_event_is_refused_where_it_is_recorded(engine: Engine) -> None:
    with engine.begin() as connection:
        with pytest.raises(InvalidEvent) as refused:
            record(connection, "user_1", "order.placed", metadata={"at": object()})
        assert refused.value.field == "metadata.at"
        place(connection, 1)  # the transaction goes on
    assert (placed(engine), rows(engine)) == ([1], [])


# Order.


def test_a_row_that_commits_after_a_larger_id_was_sent_is_sent_too(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    outbox.drop(engine, checkfirst=True)
    outbox.create(engine)
    service = Service()
    with engine.connect() as late, engine.connect() as early:
        record(late, "user_1", "order.placed", resource_id="1")
        record(early, "user_1", "order.placed", resource_id="2")
        early.commit()
        assert drain(engine, service.client())
        assert service.chained() == ["2"]
        record(early, "user_1", "order.placed", resource_id="3")
        early.commit()
        late.commit()
    assert drain(engine, service.client())
    assert service.chained() == ["2", "1", "3"]
    assert rows(engine) == []
    engine.dispose()


def test_events_are_sent_in_the_order_in_which_they_were_recorded(engine: Engine) -> None:
    service = Service(FAILS, LOST_AFTER, LIMITED, CLAIMS, LOST_BEFORE)
    with engine.begin() as connection:
        for number in range(120):
            record(connection, "user_1", "order.placed", resource_id=str(number))
    place_order(engine, 120)
    assert drain(engine, service.client())
    assert service.chained() == [str(number) for number in range(121)]


def test_large_events_go_in_requests_of_at_most_a_megabyte(engine: Engine) -> None:
    service = Service()
    with engine.begin() as connection:
        for number in range(25):
            blob = {"blob": str(number % 10) * 60_000}
            record(connection, "user_1", "a", resource_id=str(number), metadata=blob)
    assert drain(engine, service.client())
    assert service.chained() == [str(number) for number in range(25)]
    assert [len(each) for each in service.requests] == [16, 9]


# Exactly once, whatever is answered.


@pytest.mark.parametrize("fault", [LOST_BEFORE, LOST_AFTER, LIMITED, FAILS, CLAIMS, REVOKED])
def test_an_event_is_kept_until_its_answer_is_final(engine: Engine, fault: str) -> None:
    service = Service(fault, fault)
    place_order(engine, 1)
    place_order(engine, 2)
    assert not drain(engine, service.client(), timeout=0)
    assert len(rows(engine)) == 2
    place_order(engine, 3)
    assert not drain(engine, service.client(), timeout=0)  # another relay, with another request
    assert len(rows(engine)) == 3
    assert drain(engine, service.client())
    assert sorted(service.chained()) == ["1", "2", "3"]
    assert rows(engine) == []


def test_a_relay_without_a_limit_tries_until_the_answer_is_final(
    engine: Engine, time: Time
) -> None:
    service = Service(*[LIMITED, FAILS, CLAIMS] * 3, REVOKED, REVOKED, LOST_AFTER)
    place_order(engine, 1)
    assert drain(engine, service.client())
    assert service.chained() == ["1"]
    assert len(time.slept) == 12
    assert min(time.slept[9:11]) >= 30  # somebody has to change the key


def test_waits_end_with_the_time_that_is_given(engine: Engine, time: Time) -> None:
    service = Service(otherwise=lambda: REVOKED)
    place_order(engine, 1)
    assert not drain(engine, service.client(), timeout=5)
    assert time.slept == [5]


def test_the_time_that_is_given_also_ends_a_long_backlog(engine: Engine, time: Time) -> None:
    service = Service()
    service.while_sending = lambda: time.sleep(3)
    with engine.begin() as connection:
        for number in range(350):
            record(connection, "user_1", "order.placed", resource_id=str(number))
    assert not drain(engine, service.client(), timeout=5)
    assert [len(each) for each in service.requests] == [100, 100]
    assert len(rows(engine)) == 150


def test_a_refused_event_stays_with_its_errors_and_holds_nothing_up(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "indelible_client")
    service = Service(FAILS)
    place_order(engine, 1)
    with engine.begin() as connection:
        record(connection, "patient_7", "forbidden", resource_id="2")
    place_order(engine, 3)
    assert drain(engine, service.client())
    assert service.chained() == ["1", "3"]
    (left,) = rows(engine)
    assert json.loads(left.event)["resource_id"] == "2"
    assert json.loads(left.refused) == [{"field": "action", "message": "is not allowed"}]
    assert "1 events of 3 were refused" in caplog.text
    assert "patient_7" not in caplog.text
    requests = len(service.requests)
    assert drain(engine, service.client())
    assert len(service.requests) == requests


def test_a_request_whose_events_are_all_refused_is_not_sent_again(engine: Engine) -> None:
    service = Service()
    with engine.begin() as connection:
        record(connection, "user_1", "forbidden", resource_id="1")
        record(connection, "user_1", "forbidden", resource_id="2")
    assert drain(engine, service.client())
    assert [bool(row.refused) for row in rows(engine)] == [True, True]


def test_a_refused_event_is_sent_again_when_its_errors_are_cleared(engine: Engine) -> None:
    service = Service()
    with engine.begin() as connection:
        record(connection, "user_1", "order.placed", resource_id="1", idempotency_key="order-1")
        record(connection, "user_1", "order.placed", resource_id="2", idempotency_key="order-1")
    assert drain(engine, service.client())
    (left,) = rows(engine)
    assert json.loads(left.event)["resource_id"] == "2"
    assert "already used" in left.refused
    with engine.begin() as connection:
        repaired = left.event.replace(b'"order-1"', b'"order-2"')
        connection.execute(outbox.update().values(event=repaired, refused=None))
    assert drain(engine, service.client())
    assert service.chained() == ["1", "2"]


def test_one_event_recorded_twice_under_one_key_is_chained_once(engine: Engine) -> None:
    service = Service()
    for _ in range(2):
        with engine.begin() as connection:
            record(
                connection, "cron", "invoice.sent", idempotency_key="send-in_42", resource_id="1"
            )
    assert drain(engine, service.client())
    assert service.chained() == ["1"]
    assert rows(engine) == []


# Several relays, and databases that forget.


def test_a_relay_that_meets_another_deletes_only_what_it_sent(engine: Engine) -> None:
    service = Service()
    place_order(engine, 1)

    def meanwhile() -> None:
        service.while_sending = lambda: None
        assert drain(engine, service.client())  # another relay sends and deletes the row
        place_order(engine, 2)  # which, in SQLite, might get the id again

    service.while_sending = meanwhile
    assert drain(engine, service.client())
    assert service.chained() == ["1"]
    assert drain(engine, service.client())
    assert service.chained() == ["1", "2"]


def test_a_row_that_took_over_an_id_is_not_deleted(engine: Engine) -> None:
    """After a failover to a replica that lags, ids are used again."""
    service = Service()
    place_order(engine, 1)

    def fail_over() -> None:
        service.while_sending = lambda: None
        with engine.begin() as connection:
            used = connection.scalar(select(outbox.c.id))
            connection.execute(delete(outbox))
            record(connection, "user_1", "order.placed", resource_id="2")
            connection.execute(outbox.update().values(id=used))

    service.while_sending = fail_over
    assert drain(engine, service.client())
    assert drain(engine, service.client())
    assert service.chained() == ["1", "2"]


def test_a_database_restored_from_a_backup_sends_nothing_twice(engine: Engine) -> None:
    service = Service()
    for number in range(3):
        place_order(engine, number)
    backup = [row._asdict() for row in rows(engine)]
    place_order(engine, 3)
    assert drain(engine, service.client())
    with engine.begin() as connection:
        connection.execute(insert(outbox), backup)
    assert drain(engine, service.client())
    assert service.chained() == ["0", "1", "2", "3"]
    assert rows(engine) == []


def test_relays_side_by_side_send_each_event_once_and_in_order(engine: Engine) -> None:
    faults = iter([LOST_AFTER, WHOLE, CLAIMS, LIMITED, WHOLE] * 1000)
    service = Service(otherwise=lambda: next(faults))
    done = threading.Event()
    errors: list[BaseException] = []

    def relay_on(client: Client) -> None:
        try:
            while not done.is_set():
                drain(engine, client)
        except BaseException as error:  # noqa: BLE001  # the test raises it
            errors.append(error)

    relays = [threading.Thread(target=relay_on, args=(service.client(),)) for _ in range(3)]
    for each in relays:
        each.start()
    for number in range(150):
        place_order(engine, number)
    done.set()
    for each in relays:
        each.join()
    assert errors == []
    assert drain(engine, service.client())
    assert service.chained() == [str(number) for number in range(150)]


# Cost, and what an operator sees.


def test_no_transaction_is_open_while_the_relay_waits_for_the_service(engine: Engine) -> None:
    service = Service()
    service.while_sending = lambda: checked_out.append(engine.pool.checkedout())  # type: ignore[attr-defined]
    checked_out: list[int] = []
    place_order(engine, 1)
    assert drain(engine, service.client())
    assert checked_out == [0]


def test_an_operator_sees_how_many_events_wait_and_since_when(engine: Engine) -> None:
    place_order(engine, 1)
    place_order(engine, 2)
    backlog = text("SELECT count(*), min(recorded_at) FROM indelible_outbox WHERE refused IS NULL")
    with engine.connect() as connection:
        count, since = connection.execute(backlog).one()
    assert count == 2
    assert str(since).startswith("20")
