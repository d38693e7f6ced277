"""GET /v1/events in ascending order, and what happens when the 3 seconds of a request are over."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from indelible.aws.clients import prompt_dynamodb_client
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table
from indelible.errors import Unavailable
from indelible.reading.budget import SECONDS
from integration.test_query_list import EVENTS, ids_of, the_last_page
from support.aws_faults import counting
from support.builders import an_event
from support.pipeline import Answer, Caller, Pipeline


@pytest.fixture
def ids(pipeline: Pipeline, caller: Caller) -> list[str]:
    """The ids of 60 events in segments of three, oldest first."""
    chained = [pipeline.post_and_chain(caller, *[an_event()] * 3) for _ in range(20)]
    return [each for some in chained for each in some]


def test_the_oldest_events_come_first_and_pages_follow_each_other(
    pipeline: Pipeline, caller: Caller, ids: list[str]
) -> None:
    first = pipeline.get(caller, EVENTS, order="asc")
    assert ids_of(first) == ids[:25]
    assert first.json["pagination"]["total"] == 60
    pipeline.post_and_chain(caller, an_event())
    cursor = first.json["pagination"]["next_cursor"]
    second = pipeline.get(caller, EVENTS, order="asc", cursor=cursor, limit=100)
    assert ids_of(second) == ids[25:]
    assert second.json["pagination"] == the_last_page(60)
    assert ids_of(pipeline.get(caller, EVENTS, order="desc", limit=60))[1:] == ids[:0:-1]


def test_times_and_filters_hold_in_ascending_order(pipeline: Pipeline, caller: Caller) -> None:
    posted = [
        pipeline.post_events(caller, an_event(actor_id=f"a{at // 10 % 2}"), at=at * 10**6).ids[0]
        for at in (10, 20, 30, 40, 50)
    ]
    pipeline.drain()
    bounds = {"from_": "1970-01-01T00:00:20Z", "to": "1970-01-01T00:00:50Z"}
    answer = pipeline.get(caller, EVENTS, order="asc", **bounds)
    assert ids_of(answer) == posted[1:]
    assert answer.json["pagination"]["total"] == 4
    answer = pipeline.get(caller, EVENTS, order="asc", actor_id="a0", limit=1, **bounds)
    assert ids_of(answer) == posted[1:2]
    assert answer.json["pagination"]["total"] == 2


def test_the_oldest_page_takes_three_calls_even_on_a_cold_start(
    pipeline: Pipeline, caller: Caller, ids: list[str]
) -> None:
    with counting(pipeline.query.table.client) as calls:
        first = pipeline.get(caller, EVENTS, order="asc")
    assert ids_of(first) == ids[:25]
    assert len(calls) <= 3
    with counting(pipeline.query.table.client) as calls:
        pipeline.get(caller, EVENTS, order="asc", cursor=first.json["pagination"]["next_cursor"])
    assert len(calls) <= 3


@pytest.mark.parametrize("order", ["ASC", "Desc", "", "ascending", " asc", "1", "asc,desc"])
def test_an_order_that_does_not_exist_is_refused_with_those_that_do(
    pipeline: Pipeline, caller: Caller, order: str
) -> None:
    answer = pipeline.get(caller, EVENTS, order=order)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert answer.json["message"] == "`order` must be asc (oldest first) or desc."


def test_an_order_given_twice_is_refused(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.send(
        None, caller=caller, function=pipeline.query, method="GET", path=EVENTS,
        query=[("order", "asc"), ("order", "asc")],
    )  # fmt: skip
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")


def test_a_cursor_of_one_order_is_refused_with_the_other(
    pipeline: Pipeline, caller: Caller, ids: list[str]
) -> None:
    for order, others in (("asc", ({}, {"order": "desc"})), ("desc", ({"order": "asc"},))):
        cursor = pipeline.get(caller, EVENTS, order=order).json["pagination"]["next_cursor"]
        for other in others:
            answer = pipeline.get(caller, EVENTS, cursor=cursor, **other)
            assert (answer.status, answer.json["error"]) == (422, "validation_failed")
            assert f"`order={order}`" in answer.json["message"]
        assert pipeline.get(caller, EVENTS, cursor=cursor, order=order, limit=1).status == 200
        forged = pipeline.get(caller, EVENTS, cursor=cursor[:-1], order=order)
        assert (forged.status, forged.json["error"]) == (400, "invalid_cursor")


def test_other_routes_have_no_order(pipeline: Pipeline, caller: Caller, ids: list[str]) -> None:
    for path in (f"{EVENTS}/{ids[0]}", "/v1/verify"):
        assert pipeline.get(caller, path, order="asc").status == 422


# ---- three seconds -------------------------------------------------------------------------------


def ask_slowly(
    pipeline: Pipeline,
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    query: dict[str, str] | None = None,
    seconds: float = SECONDS,
) -> Answer:
    """The answer when looking up the API key takes so many seconds."""
    clock, keys = SimpleNamespace(now=100.0), pipeline.query.keys

    def find(prefix: str) -> Any:
        clock.now += seconds
        return keys.find(prefix)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.query, "time", SimpleNamespace(monotonic=lambda: clock.now))
        patch.setattr(pipeline.query, "keys", SimpleNamespace(find=find))
        return pipeline.get(caller, path, **query or {})


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_list_that_ran_out_of_time_says_how_far_it_came(
    pipeline: Pipeline,
    caller: Caller,
    ids: list[str],
    order: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {"order": order, "search": "no such text"}
    shown = {each["id"]: each for each in pipeline.get(caller, EVENTS, limit=100).json["data"]}
    last_of_segment = ids[2] if order == "asc" else ids[-3]
    answer = ask_slowly(pipeline, caller, monkeypatch, EVENTS, asked)
    assert ids_of(answer) == []
    pagination = answer.json["pagination"]
    assert (pagination["has_more"], pagination["total"]) == (True, None)
    assert pagination["searched_to"] == shown[last_of_segment]["created_at"]
    rest = pipeline.get(caller, EVENTS, cursor=pagination["next_cursor"], **asked)
    assert rest.json["pagination"] == the_last_page(0)
    quick = ask_slowly(pipeline, caller, monkeypatch, EVENTS, asked, SECONDS - 0.1)
    assert quick.json["pagination"]["has_more"] is False


def test_an_event_that_is_not_found_in_time_is_asked_for_again(
    pipeline: Pipeline, caller: Caller, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{EVENTS}/{ids[7]}"
    answer = ask_slowly(pipeline, caller, monkeypatch, path)
    assert (answer.status, answer.json["error"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == ["1"]
    assert ask_slowly(pipeline, caller, monkeypatch, path, seconds=SECONDS - 0.1).status == 200


def test_times_that_are_not_found_in_time_are_asked_for_again(
    pipeline: Pipeline, caller: Caller, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (EVENTS, "/v1/verify"):
        since = {"from_": "2000-01-01T00:00:00Z"}
        answer = ask_slowly(pipeline, caller, monkeypatch, path, since)
        assert (answer.status, answer.json["error"]) == (503, "unavailable")


def test_verifying_stops_in_time_and_hands_out_a_cursor(
    pipeline: Pipeline, caller: Caller, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    part = ask_slowly(pipeline, caller, monkeypatch, "/v1/verify").json["data"]
    assert (part["valid"], part["events_checked"], part["head"]["sequence"]) == (True, 3, 3)
    rest = pipeline.get(caller, "/v1/verify", cursor=part["next_cursor"]).json["data"]
    assert (rest["events_checked"], rest["head"]["sequence"], rest["next_cursor"]) == (57, 60, None)


@pytest.fixture
def silent_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket of an endpoint of DynamoDB to which clients connect, and that never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server.setblocking(False)
        yield server


def test_a_call_that_is_not_answered_is_tried_twice(silent_endpoint: socket.socket) -> None:
    ledger = DynamoDBLedger(Table(prompt_dynamodb_client(), "indelible"))
    with pytest.raises(Unavailable, match="did not answer"):
        ledger.newest("ws_1")
    for _ in range(2):
        silent_endpoint.accept()[0].close()
    with pytest.raises(BlockingIOError):
        silent_endpoint.accept()


def test_two_tries_end_before_clients_give_up(pipeline: Pipeline) -> None:
    """They wait for five seconds. The last call of a request begins within the first three."""
    for client in (pipeline.query.table.client, prompt_dynamodb_client()):
        config: Any = client.meta.config
        assert config.retries["total_max_attempts"] * config.read_timeout <= 5.0 - SECONDS
