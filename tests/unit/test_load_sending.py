"""What the load run enters in its account while the Python client sends and repeats requests."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest
from support.builders import an_event

from load.sending import Sending
from load.traffic import Lane, Request
from load.wire import Tally, Wire

Answer = httpx.Response | httpx.TransportError
QUEUED = {"id": "id-1", "status": "queued"}
FAILED = {"id": None, "status": "failed", "errors": [{"field": "", "message": "again"}]}


class Stack:
    """Answers requests with the given answers, in turn, and keeps what it received."""

    def __init__(self, *answers: Answer, going_on: Callable[[], bool] = lambda: True) -> None:
        self.answers = list(answers)
        self.received: list[tuple[str, str | None, bytes]] = []
        self.waits: list[float] = []
        self.busy: list[tuple[str, bool]] = []
        """Whether the only slot is taken, at each request and each wait."""
        self.accepted: list[str] = []
        self.tally = Tally()
        self.lane = Lane("ws_1", "imk_1", Random(1))
        self.slots = asyncio.Semaphore(1)
        wire = Wire(
            httpx.MockTransport(self.answer),
            self.slots,
            self.tally,
            self.lane.account,
            self.accepted.extend,
        )
        url = "http://127.0.0.1:4566/api/"
        self.sending = Sending(url, self.lane, wire, self.tally, going_on, self.sleep)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.busy.append(("request", self.slots.locked()))
        body = request.content
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.received.append((request.url.path, request.headers.get("Idempotency-Key"), body))
        answer = self.answers.pop(0)
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.busy.append(("wait", self.slots.locked()))

    def settle(self, *events: dict[str, Any]) -> None:
        request = Request(self.lane.account.enter(events), list(events), "key-of-request")
        asyncio.run(self.sending.settle(request))

    @property
    def sent(self) -> list[tuple[str | None, bool]]:
        return [(each.id, each.unsure) for each in self.lane.account.sent]


def receipts(*given: dict[str, Any]) -> httpx.Response:
    return httpx.Response(202, json={"events": list(given)})


def queued(number: int) -> dict[str, Any]:
    return {"id": f"id-{number}", "status": "queued"}


def test_a_lost_answer_is_followed_by_the_same_bytes_under_the_same_key() -> None:
    stack = Stack(httpx.ReadError("cut"), receipts(queued(1), queued(2)))
    stack.settle(an_event(), an_event())

    assert stack.received[0] == stack.received[1]
    assert stack.received[0][:2] == ("/api/v1/events/batch", "key-of-request")
    assert stack.sent == [("id-1", True), ("id-2", True)]
    assert stack.accepted == ["id-1", "id-2"]
    assert stack.tally.answers == {"lost (ReadError)": 1, "202": 1}
    assert stack.lane.account.contradictions == []


def test_a_failed_event_is_repeated_with_its_batch_and_each_answer_is_entered() -> None:
    stack = Stack(receipts(queued(1), FAILED), receipts(queued(1), queued(2)))
    stack.settle(an_event(), an_event())

    assert stack.received[0] == stack.received[1]
    assert stack.sent == [("id-1", False), ("id-2", True)]
    assert stack.lane.account.contradictions == []


def test_an_event_that_a_repeated_batch_answers_differently_is_a_contradiction() -> None:
    stack = Stack(receipts(queued(1), FAILED), receipts(queued(9), queued(2)))
    stack.settle(an_event(), an_event())

    assert stack.lane.account.contradictions == [f"event 1, id-1, then {queued(9)}"]


def test_a_single_event_is_sent_under_its_own_key() -> None:
    duplicate = httpx.Response(202, json={"id": "id-1", "status": "duplicate"})
    stack = Stack(httpx.ReadTimeout("late"), duplicate)
    stack.settle(an_event(idempotency_key="k1"))

    assert [each[:2] for each in stack.received] == [("/api/v1/events", None)] * 2
    assert stack.sent == [("id-1", True)]
    assert stack.lane.account.contradictions == []


def test_a_single_event_without_a_key_is_chained_as_it_was_sent() -> None:
    """The endpoint for one event would give it the key of the request."""
    stack = Stack(receipts(queued(1)))
    stack.settle(an_event())

    [(path, key, body)] = stack.received
    assert (path, key) == ("/api/v1/events/batch", "key-of-request")
    assert json.loads(body) == {"events": [an_event(version=1)]}


def test_a_request_holds_a_slot_and_a_client_that_waits_to_send_again_does_not() -> None:
    stack = Stack(httpx.Response(503), receipts(queued(1)))
    stack.settle(an_event())

    assert stack.busy == [("request", True), ("wait", False), ("request", True)]


def test_after_a_refused_connection_and_a_429_it_is_known_that_nothing_was_queued() -> None:
    limited = {"error": "rate_limited", "message": "Wait."}
    stack = Stack(
        httpx.ConnectError("refused"),
        httpx.Response(429, json=limited, headers={"Retry-After": "60"}),
        receipts(queued(1)),
    )
    stack.settle(an_event())

    assert sum(stack.waits[1:]) >= 60
    assert stack.tally.answers == {"no connection": 1, "429": 1, "202": 1}
    assert stack.sent == [("id-1", False)]


def test_the_end_of_the_emulator_is_a_lost_answer() -> None:
    stack = Stack(httpx.Response(500), receipts(queued(1)))
    stack.settle(an_event())

    assert stack.tally.answers == {"500": 1, "202": 1}
    assert stack.tally.unexpected == []
    assert stack.sent == [("id-1", True)]


def test_an_error_of_the_service_is_unexpected() -> None:
    stack = Stack(httpx.Response(500, json={"error": "internal", "message": "A bug."}))
    stack.settle(an_event())

    assert stack.tally.unexpected == ["500 internal: A bug. []"]
    assert stack.sent == [(None, True)]


def test_a_refused_event_is_unexpected_and_its_errors_are_shown() -> None:
    invalid = {"id": None, "status": "invalid", "errors": [{"field": "action", "message": "bad"}]}
    error = {"error": "validation_failed", "message": "No.", "events": [invalid]}
    stack = Stack(httpx.Response(422, json=error))
    stack.settle(an_event())

    assert stack.tally.unexpected == [f"422 validation_failed: No. {[invalid]}"[:200]]


def test_once_the_run_is_over_no_client_waits_for_a_limit() -> None:
    limited = httpx.Response(429, headers={"Retry-After": "55"})
    stack = Stack(httpx.Response(503), limited, going_on=lambda: False)
    stack.settle(an_event(), an_event())

    assert len(stack.waits) == 1
    assert (stack.tally.given_up, stack.tally.cut_short) == (2, 2)
    assert stack.sent == [(None, True), (None, True)]


def test_a_client_that_waits_for_a_limit_ends_with_the_run() -> None:
    limited = httpx.Response(429, headers={"Retry-After": "55"})
    stack = Stack(limited, going_on=lambda: len(stack.waits) < 3)
    stack.settle(an_event())

    assert sum(stack.waits) == 3
    assert (stack.tally.given_up, stack.tally.cut_short) == (1, 1)


def test_an_event_that_got_its_id_is_not_given_up() -> None:
    limited = httpx.Response(429, headers={"Retry-After": "55"})
    stack = Stack(receipts(queued(1), FAILED), limited, going_on=lambda: False)
    stack.settle(an_event(), an_event())

    assert (stack.tally.given_up, stack.tally.cut_short) == (1, 1)
    assert stack.sent == [("id-1", False), (None, True)]


def test_patience_ends() -> None:
    stack = Stack(httpx.Response(429, headers={"Retry-After": "200"}))
    stack.settle(an_event())

    assert (stack.tally.given_up, stack.tally.cut_short, stack.waits) == (1, 0, [])
    assert stack.sent == [(None, False)]


def test_a_client_that_returns_other_receipts_than_it_got_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def invent(*_: object, **__: object) -> dict[str, Any]:
        return {"events": [QUEUED]}

    stack = Stack(receipts(QUEUED))
    stack.settle(an_event())
    monkeypatch.setattr("indelible_client.AsyncClient.track_batch", invent)
    stack.settle(an_event())

    assert stack.lane.account.contradictions == [f"the client returned {[QUEUED]}, and received []"]


def test_an_earlier_request_is_repeated_under_its_key_or_if_its_events_have_keys_another() -> None:
    lane = Lane("ws_1", "imk_1", Random(7))
    first: dict[int, Request] = {}
    under_its_key: list[Request] = []
    under_another: list[Request] = []
    for request in (lane.next_request() for _ in range(400)):
        earlier = first.get(request.numbers[0])
        if earlier is None:
            first[request.numbers[0]] = request
            continue
        assert request.events == earlier.events
        (under_its_key if request.key == earlier.key else under_another).append(request)

    assert under_another
    assert all(each.all_keyed for each in under_another)
    assert any(not each.all_keyed for each in under_its_key)
