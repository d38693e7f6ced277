"""Submitting: the right calls in the right order, and a receipt for each event in order."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import (
    Unavailable,
    ValidationFailed,
)
from indelible.identifiers import is_uuid7
from indelible.ingest.receipt import EventsRefused, Status
from support.builders import an_event
from unit.ingest_driver import RECEIVED_AT, IngestDriver, submission

INVALID = {"actor_id": ""}


def test_events_without_keys_cost_one_reservation_and_one_message() -> None:
    ingest = IngestDriver()
    receipts = ingest.submit(an_event(), an_event(), an_event())
    assert ingest.calls == ["reserve", "send"]
    assert [receipt.status for receipt in receipts] == [Status.QUEUED] * 3
    assert ingest.used == 3


def test_keys_are_looked_up_then_reserved_then_claimed_then_sent() -> None:
    ingest = IngestDriver()
    ingest.submit(an_event(idempotency_key="k"), an_event())
    assert ingest.calls == ["find", "reserve", "take", "send"]


def test_known_keys_are_not_claimed_again() -> None:
    ingest = IngestDriver()
    ingest.submit(an_event(idempotency_key="k"))
    ingest.calls.clear()
    ingest.submit(an_event(idempotency_key="k"))
    assert ingest.calls == ["find", "reserve", "send"]


def test_the_queued_events_are_the_submitted_ones_with_the_ids_of_the_receipts() -> None:
    ingest = IngestDriver()
    submitted = [an_event(user_agent=str(n), actor_name=None) for n in range(5)]
    receipts = ingest.submit(*submitted)
    [message] = ingest.messages
    assert message.correlation_id == "request-1"
    assert [event.id for event in message.events] == [receipt.id for receipt in receipts]
    assert [event.fields for event in message.events] == [
        an_event(user_agent=str(n)) for n in range(5)
    ]
    assert {event.received_at for event in message.events} == {RECEIVED_AT}


def test_ids_are_uuids_of_the_time_of_receipt() -> None:
    ids = [receipt.id for receipt in IngestDriver().submit(*[an_event()] * 100)]
    assert len(set(ids)) == 100
    for each in ids:
        assert each is not None
        assert is_uuid7(each)
        assert int(re.sub("-", "", each)[:12], 16) == RECEIVED_AT // 1_000


@given(st.lists(st.sampled_from(["valid", "invalid", "keyed", "other"]), min_size=1, max_size=30))
def test_there_is_a_receipt_for_each_event_in_order(kinds: list[str]) -> None:
    events = {
        "valid": an_event(),
        "invalid": INVALID,
        "keyed": an_event(idempotency_key="k"),
        "other": an_event(idempotency_key="other"),
    }
    ingest = IngestDriver()
    if set(kinds) == {"invalid"}:
        with pytest.raises(ValidationFailed):
            ingest.submit(*[events[kind] for kind in kinds])
        return
    receipts = ingest.submit(*[events[kind] for kind in kinds])
    expected, keys = [], set[str]()
    for kind in kinds:
        again = kind in keys
        expected.append("invalid" if kind == "invalid" else "duplicate" if again else "queued")
        keys |= {kind} & {"keyed", "other"}
    assert [receipt.status for receipt in receipts] == expected
    queued = [receipt.id for receipt in receipts if receipt.status is Status.QUEUED]
    assert [event.id for event in ingest.events] == queued
    assert ingest.used == len(queued)


def test_an_invalid_event_stops_no_other_and_gets_its_errors() -> None:
    ingest = IngestDriver()
    receipts = ingest.submit(INVALID, an_event(), "x")
    assert [receipt.status for receipt in receipts] == ["invalid", "queued", "invalid"]
    assert receipts[0].id is None
    assert {error.field for error in receipts[0].errors} == {"actor_id", "action"}
    assert receipts[2].errors[0].message.startswith("must be a JSON object, for example {")
    assert ingest.used == 1


def test_when_all_events_are_invalid_no_service_is_called_and_each_gets_its_errors() -> None:
    ingest = IngestDriver()
    with pytest.raises(EventsRefused) as failure:
        ingest.submit(INVALID, None)
    assert ingest.calls == []
    assert [(r.id, r.status, bool(r.errors)) for r in failure.value.receipts] == [
        (None, Status.INVALID, True)
    ] * 2


def test_an_invalid_events_key_is_not_claimed() -> None:
    ingest = IngestDriver()
    first, second = ingest.submit(
        an_event(idempotency_key="k", version="1"), an_event(idempotency_key="k")
    )
    assert (first.status, second.status) == (Status.INVALID, Status.QUEUED)


def test_a_large_request_becomes_several_messages_in_order() -> None:
    ingest = IngestDriver()
    receipts = ingest.submit(*ingest.large_events(10))
    assert len(ingest.messages) > 1
    assert [event.id for event in ingest.events] == [receipt.id for receipt in receipts]


def test_a_part_that_cannot_be_sent_fails_alone_and_is_not_charged() -> None:
    ingest = IngestDriver()
    ingest.queue.faults.plan("send", None, "before")
    events = ingest.large_events(10)
    receipts = ingest.submit(*events)
    sent = len(ingest.events)
    assert 0 < sent < 10
    assert [r.status for r in receipts] == ["queued"] * sent + ["failed"] * (10 - sent)
    assert [receipt.id for receipt in receipts[:sent]] == [event.id for event in ingest.events]
    for receipt in receipts[sent:]:
        assert receipt.id is not None
        assert is_uuid7(receipt.id)
        assert "send this event again" in receipt.errors[0].message
    assert ingest.used == sent
    assert ingest.calls.count("send") == 2


def test_an_invalid_event_among_those_that_fail_stays_invalid() -> None:
    ingest = IngestDriver()
    ingest.queue.faults.plan("send", None, "before")
    events = ingest.large_events(10)
    receipts = ingest.submit(INVALID, *events, INVALID)
    assert [receipts[0].status, receipts[-2].status, receipts[-1].status] == [
        "invalid",
        "failed",
        "invalid",
    ]


def test_a_key_that_comes_twice_fails_twice_when_its_event_cannot_be_queued() -> None:
    ingest = IngestDriver()
    ingest.queue.faults.plan("send", None, "before")
    last = an_event(idempotency_key="k")
    receipts = ingest.submit(*ingest.large_events(10), last, last)
    assert [receipt.status for receipt in receipts[-2:]] == ["failed", "failed"]
    assert receipts[-2].id == receipts[-1].id


@pytest.mark.parametrize("method", ["find", "reserve", "take", "send"])
def test_when_nothing_was_queued_the_request_is_unavailable(method: str) -> None:
    ingest = IngestDriver()
    ingest.plan(method, "before")
    with pytest.raises(Unavailable):
        ingest.submit(an_event(idempotency_key="k"))
    assert ingest.messages == []
    assert ingest.used == (1 if method == "send" else 0)


def test_a_queued_message_names_its_workspace() -> None:
    ingest = IngestDriver()
    ingest.submit(an_event())
    assert ingest.queue.sent[0][0] == submission().workspace_id
    assert ingest.messages[0].workspace_id == submission().workspace_id
