"""Idempotency under faults: a key stands for one event, whatever is lost, raced for or repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unavailable
from indelible.ingest.content import digest_content
from indelible.ingest.ports import Claim, Key
from indelible.ingest.receipt import IdempotencyConflict, Receipt, Status
from indelible.ingest.submit import submit
from indelible.writing.delivery import chain_messages
from support.builders import DAY, SECOND, WORKSPACE, an_event, as_delivered, tries
from support.invariants import assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.writers import writer_on
from unit.ingest_driver import RECEIVED_AT, IngestDriver, submission
from unit.keyed_events import KEYED, OTHER, WINNER, conflict_with

OTHERS_WINNER = WINNER._replace(content_sha256=digest_content(OTHER))


def lose_race(ingest: IngestDriver, *keys: str, winner: Claim = WINNER) -> None:
    """Let another request claim these keys between our look-up and our claim."""

    def overtake(method: str) -> None:
        if method == "take":
            for key in keys:
                ingest.claims.stored.setdefault((WORKSPACE, key), winner)

    ingest.claims.faults.interrupt = overtake


def test_a_race_lost_to_different_content_is_refused_and_not_charged() -> None:
    ingest = IngestDriver()
    lose_race(ingest, "k", winner=OTHERS_WINNER)
    with pytest.raises(IdempotencyConflict) as refused:
        ingest.submit(KEYED)
    assert refused.value.receipts == [conflict_with(WINNER.id)]
    assert ingest.calls == ["find", "reserve", "take", "give_back"]
    assert (ingest.used, ingest.messages) == (0, [])


def test_a_race_lost_to_different_content_stops_no_other_event() -> None:
    """Also the event that gave way to ours in the batch and has the winner's content."""
    ingest = IngestDriver()
    lose_race(ingest, "k", winner=OTHERS_WINNER)
    unkeyed, ours, theirs = ingest.submit(an_event(), KEYED, OTHER)
    assert (unkeyed.status, ours) == (Status.QUEUED, conflict_with(WINNER.id))
    assert theirs == Receipt(WINNER.id, Status.DUPLICATE)
    assert [(event.id, event.fields) for event in ingest.events] == [
        (unkeyed.id, an_event()),
        (WINNER.id, OTHER),
    ]
    assert ingest.used == 1


def test_the_loser_of_a_race_for_a_key_is_a_duplicate_of_the_winner() -> None:
    ingest = IngestDriver()
    lose_race(ingest, "k")
    ours, theirs = ingest.submit(an_event(), KEYED)
    assert (ours.status, theirs.status) == (Status.QUEUED, Status.DUPLICATE)
    assert theirs.id == WINNER.id
    assert [(event.id, event.received_at) for event in ingest.events] == [
        (ours.id, RECEIVED_AT),
        (WINNER.id, WINNER.received_at),
    ]
    assert ingest.calls == ["find", "reserve", "take", "send", "give_back"]
    assert ingest.used == 1


def test_a_lost_race_makes_both_copies_in_the_batch_duplicates_of_the_winner() -> None:
    ingest = IngestDriver()
    lose_race(ingest, "k")
    receipts = ingest.submit(KEYED, KEYED)
    assert {(receipt.id, receipt.status) for receipt in receipts} == {(WINNER.id, Status.DUPLICATE)}
    assert (ingest.used, len(ingest.events)) == (0, 1)


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=8), st.sets(st.sampled_from("abc")))
def test_only_queued_events_are_charged_whichever_request_wins_a_key(
    keys: list[str], stolen: set[str]
) -> None:
    ingest = IngestDriver()
    lose_race(ingest, *stolen)
    receipts = ingest.submit(*(an_event(idempotency_key=key) for key in keys))
    assert ingest.used == sum(receipt.status is Status.QUEUED for receipt in receipts)
    assert ingest.used == len(set(keys) - stolen)


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_request_stopped_between_claim_and_send_is_repaired_by_a_repeat(fault: str) -> None:
    ingest = IngestDriver()
    ingest.queue.faults.plan("send", fault)
    with pytest.raises(Unavailable):
        ingest.submit(KEYED)
    [claim] = ingest.claims.stored.values()
    [receipt] = ingest.submit(KEYED, at=RECEIVED_AT + DAY)
    assert (receipt.id, receipt.status) == (claim.id, Status.DUPLICATE)
    assert {(event.id, event.received_at) for event in ingest.events} == {(claim.id, RECEIVED_AT)}
    assert ingest.used == 1


def test_a_crash_between_claim_and_send_is_repaired_too() -> None:
    class Crash(BaseException):
        pass

    def crash(method: str) -> None:
        raise Crash

    ingest = IngestDriver()
    ingest.queue.faults.interrupt = crash
    with pytest.raises(Crash):
        ingest.submit(KEYED)
    ingest.queue.faults.interrupt = None
    assert ingest.messages == []
    [receipt] = ingest.submit(KEYED, at=RECEIVED_AT + DAY)
    [event] = ingest.events
    assert (event.id, event.received_at) == (receipt.id, RECEIVED_AT)
    assert ingest.used == 1


def test_a_claim_stays_charged_when_it_could_not_be_sent_and_an_unkeyed_event_does_not() -> None:
    ingest = IngestDriver()
    ingest.queue.faults.plan("send", "before")
    with pytest.raises(Unavailable):
        ingest.submit(KEYED, an_event(), an_event())
    assert ingest.used == 1
    assert ingest.calls[-1] == "give_back"
    receipts = ingest.submit(KEYED, an_event(), an_event())
    assert [receipt.status for receipt in receipts] == ["duplicate", "queued", "queued"]
    assert ingest.used == 3


def test_a_duplicate_that_could_not_be_sent_fails_under_its_claimed_id() -> None:
    ingest = IngestDriver()
    events = ingest.large_events(9)
    ingest.submit(KEYED)
    claimed = ingest.events[0].id
    ingest.queue.faults.plan("send", None, "before")
    receipts = ingest.submit(*events, KEYED)
    assert (receipts[-1].id, receipts[-1].status) == (claimed, Status.FAILED)
    assert ingest.submit(KEYED)[0].status is Status.DUPLICATE


FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["find", "reserve", "take", "send", "give_back"]),
        st.sampled_from(["before", "after"]),
    ),
    max_size=3,
)
FAILING = st.dictionaries(
    st.sampled_from("abcd"), st.sampled_from(["refused", "request lost", "reply lost"]), max_size=2
)


KEYS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4)


@given(st.lists(st.tuples(KEYS, FAULTS, FAILING)))
def test_each_key_is_chained_once_under_one_id_however_requests_fail_and_repeat(
    requests: list[tuple[list[str], list[tuple[str, str]], dict[Key, str]]],
) -> None:
    ingest, ledger = IngestDriver(), MemoryLedger()
    writer = writer_on(ledger)
    ids: dict[str, set[str | None]] = {}
    delivered = 0
    for number, (keys, faults, failing) in enumerate([*requests, (list("abcd"), [], {})]):
        ingest.claims.failing = failing
        for service in (ingest.claims, ingest.usage, ingest.queue):
            service.faults.planned.clear()
        for method, fault in faults:
            ingest.plan(method, fault)
        events = [an_event(idempotency_key=key) for key in keys]
        try:
            receipts = submit(
                ingest.services, submission(*events, received_at=RECEIVED_AT + number * SECOND)
            )
        except Unavailable:
            continue
        for key, receipt in zip(keys, receipts, strict=True):
            if receipt.id is not None:  # which only a key that could not be claimed has not
                ids.setdefault(key, set()).add(receipt.id)
        fresh = ingest.queue.sent[delivered:]
        delivered += len(fresh) if number % 2 else 0  # every other time, delivered again later
        chain_messages(writer, WORKSPACE, [as_delivered("m", body) for _, body in fresh], tries(0))
    assert_sound(ledger.chain(WORKSPACE))
    assert ids.keys() == set("abcd")
    assert all(len(each) == 1 for each in ids.values())
    assert set(chained_ids(ledger.chain(WORKSPACE))) == {
        each for one in ids.values() for each in one
    }
    assert len(ledger.chain(WORKSPACE)) > 0
