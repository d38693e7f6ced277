"""What a run of the recorder enters in its account, and how it says who is slower."""

from __future__ import annotations

import json
from random import Random

import httpx
import pytest
from indelible_client import Client
from support.builders import an_event

from load.recorder import Measured, keeps_up, verdict
from load.recorder_wire import RecorderWire
from load.traffic import Lane

QUEUED = [{"id": "id-1", "status": "queued"}, {"id": "id-2", "status": "queued"}]


def send_again_after(first: httpx.Response | httpx.TransportError) -> RecorderWire:
    """A wire on which a batch of two was answered so, and then queued under the same key."""
    answers = [first, httpx.Response(202, json={"events": QUEUED})]

    def answer(_: httpx.Request) -> httpx.Response:
        each = answers.pop(0)
        if isinstance(each, httpx.TransportError):
            raise each
        return each

    account = Lane("ws_1", "imk_1", Random(1)).account
    events = [an_event(metadata={"text": "long enough to be compressed " * 30}) for _ in range(2)]
    account.enter(events)
    lines = "\n".join(map(json.dumps, events))
    wire = RecorderWire(httpx.MockTransport(answer), account)
    with httpx.Client(transport=wire) as http:
        client = Client("imk_1", "http://127.0.0.1", http=http, sleep=lambda _: None)
        client.track_lines(lines, idempotency_key="key-of-batch")
    return wire


@pytest.mark.parametrize(
    ("first", "counted", "unsure"),
    [
        (httpx.ReadTimeout("late"), "ReadTimeout", True),
        (httpx.Response(503), "503", True),
        (httpx.Response(429), "429", False),
        (httpx.ConnectError("refused"), "ConnectError", False),
    ],
)
def test_it_is_known_whether_events_may_be_queued_after_an_attempt(
    first: httpx.Response | httpx.TransportError, counted: str, unsure: bool
) -> None:
    wire = send_again_after(first)

    assert wire.answers == {counted: 1, "202": 1}
    assert [(each.id, each.unsure) for each in wire.account.sent] == [
        ("id-1", unsure),
        ("id-2", unsure),
    ]
    assert (wire.requests, wire.accepted) == (2, 2)
    assert wire.account.contradictions == []


def test_an_event_that_failed_at_first_is_accepted_once() -> None:
    failed = {"id": None, "status": "failed"}
    wire = send_again_after(httpx.Response(202, json={"events": [QUEUED[0], failed]}))

    assert wire.accepted == 2
    assert [each.unsure for each in wire.account.sent] == [False, True]
    assert wire.account.contradictions == []


def test_a_recorder_that_keeps_less_than_a_second_of_events_keeps_up() -> None:
    assert keeps_up(Measured(recorded=50_000, seconds=10, kept_at_end=5_000), rate=5_000)
    assert not keeps_up(Measured(recorded=50_000, seconds=10, kept_at_end=5_001), rate=5_000)


def test_the_stack_is_slower_if_the_recorder_mostly_waits_for_answers() -> None:
    waiting = Measured(seconds=10, kept_at_end=20_000, answer_seconds=9.6)
    busy = Measured(seconds=10, kept_at_end=20_000, answer_seconds=4.0)

    assert verdict(waiting, 5_000).startswith("The stack is slower:")
    assert "96% of the time" in verdict(waiting, 5_000)
    assert verdict(busy, 5_000).startswith("The recorder is slower:")
