"""The outbox of the Python client against the real handlers: each event is chained once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from indelible_client import Client
from integration.export_pipeline import ExportPipeline
from integration.test_python_client import BASE_URL, Service
from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy_outbox import drain, outbox, record
from support.pipeline import Caller, Pipeline


@pytest.fixture
def service(pipeline: Pipeline, export_pipeline: ExportPipeline) -> Service:
    return Service(pipeline, export_pipeline)


@pytest.fixture
def client(service: Service, caller: Caller) -> Client:
    http = httpx.Client(transport=service)
    return Client(caller.key, BASE_URL, http=http, retry_for=0)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path}/shop.db")
    outbox.create(made)
    yield made
    made.dispose()


def place_orders(engine: Engine, *numbers: int) -> None:
    with engine.begin() as connection:
        for number in numbers:
            record(connection, "user_1", "order.placed", resource_id=number)


def chained(service: Service, client: Client) -> list[str | None]:
    service.pipeline.drain()
    return [each["resource"]["id"] for each in client.iterate_events(order="asc")]


def test_relays_that_were_killed_before_the_answer_came_chain_each_event_once(
    service: Service, client: Client, engine: Engine
) -> None:
    place_orders(engine, 1, 2)
    service.lost_answers = 2
    assert not drain(engine, client, timeout=0)
    place_orders(engine, 3)
    assert not drain(engine, client, timeout=0)
    assert drain(engine, client)
    assert chained(service, client) == ["1", "2", "3"]


def test_a_database_that_was_restored_chains_nothing_twice(
    service: Service, client: Client, engine: Engine
) -> None:
    place_orders(engine, 1, 2)
    with engine.connect() as connection:
        backup = [row._asdict() for row in connection.execute(select(outbox))]
    place_orders(engine, 3)
    assert drain(engine, client)
    with engine.begin() as connection:
        connection.execute(insert(outbox), backup)
    place_orders(engine, 4)
    assert drain(engine, client)
    assert chained(service, client) == ["1", "2", "3", "4"]
    with engine.connect() as connection:
        assert connection.execute(select(outbox)).all() == []
