"""Order, several relays, and databases that forget."""

from __future__ import annotations

import threading

from outbox.service import CLAIMS, FAILS, LIMITED, LOST_AFTER, LOST_BEFORE, WHOLE, Service
from outbox.shop import place_order, rows
from sqlalchemy import Engine, create_engine, delete, insert, select

from indelible_client import Client
from sqlalchemy_outbox import drain, outbox, record


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


def test_no_transaction_is_open_while_the_relay_waits_for_the_service(engine: Engine) -> None:
    service = Service()
    service.while_sending = lambda: checked_out.append(engine.pool.checkedout())  # type: ignore[attr-defined]
    checked_out: list[int] = []
    place_order(engine, 1)
    assert drain(engine, service.client())
    assert checked_out == [0]
