"""Idempotency keys: one event per key, however often and concurrently it is submitted."""

from __future__ import annotations

import pytest
from indelible.ingest.receipt import EventsRefused, IdempotencyConflict, Receipt, Status
from support.builders import DAY, WORKSPACE, an_event
from unit.ingest_driver import RECEIVED_AT, IngestDriver
from unit.keyed_events import KEYED, OTHER, WINNER, conflict_with


def test_a_repeated_key_gets_the_first_id_and_its_event_is_sent_again_unchanged() -> None:
    ingest = IngestDriver()
    [first] = ingest.submit(KEYED)
    [second] = ingest.submit(KEYED, at=RECEIVED_AT + DAY)
    assert (first.status, second.status) == (Status.QUEUED, Status.DUPLICATE)
    assert first.id == second.id
    assert [(event.id, event.received_at) for event in ingest.events] == [
        (first.id, RECEIVED_AT)
    ] * 2
    assert ingest.used == 1


def test_a_key_twice_in_one_batch_is_one_event() -> None:
    ingest = IngestDriver()
    receipts = ingest.submit(an_event(), KEYED, an_event(), KEYED, KEYED)
    assert [r.status for r in receipts] == ["queued", "queued", "queued", "duplicate", "duplicate"]
    assert receipts[1].id == receipts[3].id == receipts[4].id
    assert len(ingest.events) == ingest.used == 3
    assert len({event.id for event in ingest.events}) == 3


def test_a_retry_may_stamp_a_new_time() -> None:
    ingest = IngestDriver()
    [first] = ingest.submit(KEYED)
    [second] = ingest.submit({**KEYED, "occurred_at": "2026-11-24T12:00:00Z"}, at=RECEIVED_AT + DAY)
    assert (second.id, second.status) == (first.id, Status.DUPLICATE)


def test_different_content_under_a_known_key_is_refused_before_any_reservation() -> None:
    """The repeat was chained in place of the first, when the message of the first came late."""
    ingest = IngestDriver()
    [first] = ingest.submit(KEYED)
    ingest.calls.clear()
    with pytest.raises(IdempotencyConflict, match=str(first.id)) as refused:
        ingest.submit(OTHER)
    assert refused.value.receipts == [conflict_with(first.id)]
    assert ingest.calls == ["find"]
    assert [event.fields for event in ingest.events] == [KEYED]


def test_a_conflict_stops_no_other_event_and_costs_nothing() -> None:
    ingest = IngestDriver()
    [first] = ingest.submit(KEYED)
    ingest.queue.sent.clear()
    receipts = ingest.submit(an_event(), OTHER, KEYED)
    assert [r.status for r in receipts] == ["queued", "invalid", "duplicate"]
    assert receipts[1] == conflict_with(first.id)
    assert [event.fields for event in ingest.events] == [an_event(), KEYED]
    assert ingest.used == 2


def test_different_content_under_a_key_of_the_same_batch_is_refused() -> None:
    ingest = IngestDriver()
    queued, other, again = ingest.submit(KEYED, OTHER, KEYED)
    assert (queued.status, again) == (Status.QUEUED, Receipt(queued.id, Status.DUPLICATE))
    assert other == conflict_with(queued.id)
    assert [event.fields for event in ingest.events] == [KEYED]
    assert ingest.used == 1


def test_a_conflict_beside_an_invalid_event_is_a_failed_validation() -> None:
    ingest = IngestDriver()
    ingest.submit(KEYED)
    with pytest.raises(EventsRefused, match="No event of the request is valid") as refused:
        ingest.submit(OTHER, {})
    assert not isinstance(refused.value, IdempotencyConflict)
    assert [r.status for r in refused.value.receipts] == ["invalid", "invalid"]
    assert ingest.used == 1


@pytest.mark.parametrize("stored", [None, b"\x02" + bytes(32)])
def test_a_claim_without_a_digest_accepts_any_content_but_one_per_request(
    stored: bytes | None,
) -> None:
    """An older claim has no digest; a newer one may have a digest of another version."""
    ingest = IngestDriver()
    ingest.claims.stored[WORKSPACE, "k"] = WINNER._replace(content_sha256=stored)
    for content in (KEYED, OTHER):
        assert ingest.submit(content) == [Receipt(WINNER.id, Status.DUPLICATE)]
    first, second = ingest.submit(OTHER, KEYED)
    assert first == Receipt(WINNER.id, Status.DUPLICATE)
    assert second == conflict_with(WINNER.id)
    assert [event.fields for event in ingest.events] == [KEYED, OTHER, OTHER]
    assert ingest.used == 0


def test_workspaces_do_not_share_keys() -> None:
    ingest = IngestDriver()
    ingest.claims.stored["ws_other", "k"] = WINNER
    [receipt] = ingest.submit(KEYED)
    assert receipt.status is Status.QUEUED
    assert receipt.id != WINNER.id
