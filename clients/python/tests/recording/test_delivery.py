"""A batch is sent until its answer is final: nothing lost, nothing doubled, whatever breaks."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Union

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_server import BUSY, FAILS, KEY, LOST_AFTER, LOST_BEFORE, URL, WHOLE, ModelServer

from indelible_client import (
    Backlogged,
    BrokenConnection,
    Client,
    Forbidden,
    IdempotencyConflict,
    IndelibleError,
    Invalid,
    NotIndelible,
    PartlyQueued,
    RateLimited,
    Timeout,
    Unauthenticated,
)
from indelible_client.recording.batches import Batch
from indelible_client.recording.buffer import Buffer
from indelible_client.recording.delivery import Delivery
from indelible_client.recording.encode import encode_event
from indelible_client.types import BatchReceipts, FieldError, Receipt

Answer = Union["list[Receipt]", IndelibleError]


class Script:
    """Answers one after another, and remembers what was sent."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[bytes, str]] = []

    def track_lines(self, lines: bytes, *, idempotency_key: str) -> BatchReceipts:
        self.sent.append((lines, idempotency_key))
        answer = self.answers.pop(0)
        if isinstance(answer, IndelibleError):
            raise answer
        return {"events": answer}


class Waits:
    """Remembers the seconds, and does not wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return False


ERRORS: list[FieldError] = [{"field": "action", "message": "is not allowed"}]
QUEUED: Receipt = {"id": "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17", "status": "queued"}
FAILED: Receipt = {"id": None, "status": "failed"}
INVALID: Receipt = {"id": None, "status": "invalid", "errors": ERRORS}
TWO = Batch("k1", (encode_event("u1", "a", {}), encode_event("u2", "b", {})))


def _invalid(receipts: list[Receipt], message: str = "no") -> Invalid:
    return Invalid(message, 422, {"events": receipts}, code="validation_failed")


def _deliver(
    *answers: Answer, batch: Batch = TWO
) -> tuple[Script, list[float], list[Any], list[Any]]:
    script, waits = Script(*answers), Waits()
    refused: list[Any] = []
    held: list[Any] = []
    delivery = Delivery(
        script, waits, lambda: 1.0, lambda e, errors: refused.append((e, errors)), held.append
    )
    assert delivery.deliver(batch)
    assert not script.answers
    return script, waits.seconds, refused, held


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(1, 120), min_size=1, max_size=4),
    st.lists(st.sampled_from([LOST_BEFORE, LOST_AFTER, FAILS, BUSY, WHOLE]), max_size=30),
)
def test_every_event_is_chained_once_in_order(rounds: list[int], faults: list[str]) -> None:
    server = ModelServer(lambda: faults.pop(0) if faults else WHOLE)
    client = Client(KEY, URL, retry_for=0, http=httpx.Client(transport=server))
    delivery = Delivery(client, Waits(), lambda: 0.5, None, None)
    buffer = Buffer(10**9)
    recorded: list[str] = []
    for count in rounds:
        for _ in range(count):
            recorded.append(f"u{len(recorded)}")
            buffer.put(encode_event(recorded[-1], "a", {}))
        while (batch := buffer.open_batch()) is not None:
            assert delivery.deliver(batch)
            buffer.remove(batch)
    assert server.actors() == recorded
    assert server.conflicts == 0
    assert buffer.count() == 0


def test_a_failed_event_is_sent_again_with_the_same_bytes_and_key() -> None:
    script, _, refused, _ = _deliver([QUEUED, FAILED], [QUEUED, QUEUED])
    assert script.sent == [(TWO.lines, "k1")] * 2
    assert not refused


def test_an_invalid_event_is_handed_over_once_though_another_failed_first() -> None:
    _, _, refused, _ = _deliver([INVALID, FAILED], [INVALID, QUEUED])
    assert refused == [({"actor_id": "u1", "action": "a"}, ERRORS)]


def test_all_events_of_a_refused_request_are_handed_over() -> None:
    _, _, refused, _ = _deliver(_invalid([INVALID, INVALID]))
    assert [event["actor_id"] for event, _ in refused] == ["u1", "u2"]


def test_a_conflict_of_the_key_is_reported_and_not_repeated() -> None:
    _, waits, refused, _ = _deliver(
        IdempotencyConflict("another body", 422, code="idempotency_conflict")
    )
    assert not waits
    assert refused[0][1][0]["message"] == "idempotency_conflict: another body"


def test_the_wait_doubles_up_to_a_minute_and_has_no_end() -> None:
    _, waits, _, _ = _deliver(*[Timeout("No answer in time.")] * 12, [QUEUED, QUEUED])
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60.0, 60.0, 60.0]


def test_an_outage_is_reported_once_and_its_end_too() -> None:
    _, _, _, held = _deliver(*[Timeout("No answer in time.")] * 30, [QUEUED, QUEUED])
    assert [type(error) for error in held] == [Timeout, type(None)]


def test_a_hiccup_is_not_reported() -> None:
    _, _, _, held = _deliver(*[BrokenConnection("It broke.")] * 5, [QUEUED, QUEUED])
    assert held == []


@pytest.mark.parametrize(
    "error", [Timeout("No answer in time."), RateLimited("busy", 429, retry_after=60.0)]
)
def test_ten_seconds_are_an_outage_however_few_attempts_they_are(error: IndelibleError) -> None:
    _, _, _, held = _deliver(error, [QUEUED, QUEUED])
    assert held == [error, None]


def test_retry_after_is_a_lower_bound_of_at_most_an_hour() -> None:
    _, waits, _, _ = _deliver(
        RateLimited("busy", 429, retry_after=30.0),
        Backlogged("busy", 429, retry_after=1e9),
        [QUEUED, QUEUED],
    )
    assert waits == [30.2, 3600.4]


def test_a_revoked_key_holds_the_events_and_is_reported_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    revoked = Unauthenticated("The key is revoked.", 401, code="unauthenticated")
    script, waits, refused, held = _deliver(revoked, revoked, revoked, [QUEUED, QUEUED])
    assert script.sent == [(TWO.lines, "k1")] * 4
    assert waits == [60.0] * 3
    assert held == [revoked, None]
    assert not refused
    assert [r.levelname for r in caplog.records] == ["ERROR"]


def test_the_log_has_no_content_of_an_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Batch("k", (encode_event("patient-7", "a", {"metadata": {"iban": "DE89"}}),))
    _deliver(_invalid([INVALID], "DE89 is no"), batch=secret)
    assert "1 events of 1 were refused" in caplog.text
    assert "DE89" not in caplog.text
    assert "patient-7" not in caplog.text


@pytest.mark.parametrize("kind", [ValueError, SystemExit, asyncio.CancelledError])
def test_a_callback_that_raises_does_not_stop_the_sending(
    kind: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def on_refused(event: object, errors: object) -> None:
        raise kind(f"cannot store {event}")

    delivery = Delivery(Script([INVALID, INVALID]), Waits(), lambda: 1.0, on_refused, None)
    assert delivery.deliver(TWO)
    assert f"a callback of the recorder raised {kind.__name__}" in caplog.text
    assert "u1" not in caplog.text


def test_a_log_handler_that_raises_does_not_stop_the_sending() -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise ConnectionError("the log service is down as well")

    log, broken = logging.getLogger("indelible_client"), Broken()
    log.addHandler(broken)
    try:
        _, _, refused, held = _deliver(Forbidden("no scope", 403), [INVALID, INVALID])
    finally:
        log.removeHandler(broken)
    assert [type(error) for error in held] == [Forbidden, type(None)]
    assert len(refused) == 2


@pytest.mark.parametrize("answer", [_invalid([]), Forbidden("no scope", 403), [QUEUED]])
def test_an_answer_without_a_receipt_for_each_event_keeps_them(answer: Answer) -> None:
    script, waits, refused, held = _deliver(answer, [QUEUED, QUEUED])
    assert script.sent == [(TWO.lines, "k1")] * 2
    assert waits == [60.0]
    assert len(held) == 2
    assert not refused


def test_too_few_receipts_are_no_answer_of_this_api() -> None:
    _, _, _, held = _deliver([QUEUED], [QUEUED, QUEUED])
    assert isinstance(held[0], NotIndelible)
    assert str(held[0]) == "The answer has 1 receipts for 2 events."


def test_a_receipt_of_an_unknown_status_repeats_the_batch_soon() -> None:
    later: Receipt = {"id": None, "status": "later"}
    script, waits, _, _ = _deliver([QUEUED, later], PartlyQueued("some", 202), [QUEUED, QUEUED])
    assert script.sent == [(TWO.lines, "k1")] * 3
    assert waits == [0.2, 0.4]


def test_a_stopped_delivery_leaves_the_batch_unanswered() -> None:
    delivery = Delivery(Script(Timeout("x")), lambda _: True, lambda: 1.0, None, None)
    assert not delivery.deliver(TWO)
