"""The code in docs/clients/outbox.md does what the page says. Django's part is in `django_shop`."""

from __future__ import annotations

import json
import time as real_time
from typing import Any

import pytest
from outbox.page import blocks
from outbox.service import KEY, Service, served
from outbox.shop import rows, shop
from sqlalchemy import Engine, text

from sqlalchemy_outbox import metadata, outbox, record

APPLICATION, RELAY, *_ = blocks("python")
BACKLOG, REFUSED = blocks("sql")


class Stopped(Exception):
    """The relay was stopped between two rounds."""


def run(code: str) -> None:
    made: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(code, "outbox.md", "exec", dont_inherit=True), made)
    finally:
        made["engine"].dispose()


def test_the_application_records_and_the_relay_sends(
    engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tables in (metadata, shop):
        tables.drop_all(engine)  # the page makes its own
    monkeypatch.setenv("DATABASE_URL", database)
    run(APPLICATION)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM orders")).all() == [(7,)]
    assert len(rows(engine)) == 1

    def stop(seconds: float) -> None:
        raise Stopped

    monkeypatch.setattr(real_time, "sleep", stop)
    service = Service()
    with served(service) as url:
        monkeypatch.setenv("INDELIBLE_URL", url)
        monkeypatch.setenv("INDELIBLE_API_KEY", KEY)
        with pytest.raises(Stopped):
            run(RELAY)
    (sent,) = service.chain
    assert (sent["action"], sent["resource"], sent["resource_id"]) == ("order.placed", "order", 7)
    assert rows(engine) == []


def test_an_operator_sees_what_waits_and_what_was_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        for number in range(3):
            record(connection, "user_1", "order.placed", resource_id=number)
        connection.execute(outbox.update().where(outbox.c.id == 1).values(refused="[]"))
        count, since = connection.execute(text(BACKLOG)).one()
        assert count == 2
        assert str(since).startswith("20")
        ((id_, errors, event),) = connection.execute(text(REFUSED)).all()
        assert (id_, errors, json.loads(event)["resource_id"]) == (1, "[]", 0)
