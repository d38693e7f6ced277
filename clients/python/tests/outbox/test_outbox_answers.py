"""Whatever is answered: an event is kept until its answer is final, and is chained once."""

from __future__ import annotations

import json
import logging

import pytest
from outbox.service import CLAIMS, FAILS, LIMITED, LOST_AFTER, LOST_BEFORE, REVOKED, Service
from outbox.shop import place_order, rows
from sqlalchemy import Engine
from support_client import Time

from sqlalchemy_outbox import drain, outbox, record


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


@pytest.mark.parametrize(
    "changed", [b'{\n "actor_id": "u",\n "action": "a"\n}', b'{"actor_id', b""]
)
def test_a_row_that_was_spoiled_by_hand_is_refused_and_holds_up_nothing(
    engine: Engine, changed: bytes
) -> None:
    service = Service()
    place_order(engine, 1)
    with engine.begin() as connection:
        connection.execute(outbox.update().values(event=changed))
    place_order(engine, 2)
    assert drain(engine, service.client(), timeout=5)
    assert service.chained() == ["2"]
    with engine.connect() as connection:
        row = connection.execute(outbox.select()).one()
    assert row.event == changed
    assert "without line breaks" in row.refused
