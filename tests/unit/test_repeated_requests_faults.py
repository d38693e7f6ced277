"""Requests with a key of their own under faults: whatever is lost, raced for or repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unavailable
from indelible.ingest.plan import RequestConflict
from indelible.ingest.ports import Key, RequestKey
from indelible.ingest.receipt import Receipt, Status
from indelible.writing.delivery import chain_messages
from support.builders import SECOND, WORKSPACE, an_event, as_delivered, tries
from support.invariants import assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.writers import writer_on
from unit.ingest_driver import RECEIVED_AT, IngestDriver
from unit.keyed_events import KEYED
from unit.test_repeated_requests import LATER, THREE, sent


def lose_race(ingest: IngestDriver, *winner: object) -> list[Receipt]:
    """Let the same or another request come between the look-up and the claim. Its receipts."""
    receipts: list[Receipt] = []

    def overtake(method: str) -> None:
        if method == "take":
            ingest.claims.faults.interrupt = None
            receipts.extend(ingest.submit(*winner, key="h", at=RECEIVED_AT + SECOND))

    ingest.claims.faults.interrupt = overtake
    return receipts


def test_of_two_equal_requests_at_once_both_have_the_ids_of_the_winner() -> None:
    ingest = IngestDriver()
    winner = lose_race(ingest, *THREE, KEYED)
    loser = ingest.submit(*THREE, KEYED, key="h")
    assert loser == winner
    assert [each.status for each in loser] == ["queued"] * 4
    assert sent(ingest)[:4] == sent(ingest)[4:]
    assert ingest.used == 4


def test_of_two_different_requests_at_once_the_loser_is_refused_and_not_charged() -> None:
    ingest = IngestDriver()
    lose_race(ingest, *THREE)
    with pytest.raises(RequestConflict):
        ingest.submit(an_event(), an_event(), key="h")
    assert (ingest.used, len(ingest.events)) == (3, 3)
    assert ingest.calls[-1] == "give_back"


def test_a_key_that_the_loser_claimed_is_a_duplicate_for_both() -> None:
    """Whose event it is does not depend on who repeats the request."""
    ingest = IngestDriver()
    ours = an_event(idempotency_key="ours")
    ingest.claims.failing = {RequestKey("h"): "refused"}
    with pytest.raises(Unavailable):
        ingest.submit(ours, an_event(), key="h")
    ingest.claims.failing = {}
    receipts = [ingest.submit(ours, an_event(), key="h", at=LATER) for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert [each.status for each in receipts[0]] == ["duplicate", "queued"]
    assert ingest.used == 2


@pytest.mark.parametrize(("way", "charged"), [("refused", 0), ("request lost", 3)])
def test_a_request_whose_key_cannot_be_claimed_sends_nothing(way: str, charged: int) -> None:
    """Charged is what may be claimed: if it is, a repeat finds the claim and is not charged."""
    ingest = IngestDriver()
    ingest.claims.failing = {RequestKey("h"): way}
    with pytest.raises(Unavailable, match=way):
        ingest.submit(*THREE, key="h")
    assert (ingest.messages, ingest.used) == ([], charged)


def test_a_claim_whose_reply_was_lost_is_charged_once_however_often_it_is_repeated() -> None:
    ingest = IngestDriver()
    ingest.claims.failing = {RequestKey("h"): "reply lost"}
    with pytest.raises(Unavailable):
        ingest.submit(*THREE, key="h")
    ingest.claims.failing = {}
    first, second = (ingest.submit(*THREE, key="h", at=LATER) for _ in range(2))
    assert first == second
    assert {at for _, at, _ in sent(ingest)} == {RECEIVED_AT}
    assert ingest.used == 3


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_request_stopped_between_claim_and_send_is_repaired_by_a_repeat(fault: str) -> None:
    ingest = IngestDriver()
    ingest.queue.faults.plan("send", fault)
    with pytest.raises(Unavailable):
        ingest.submit(*THREE, key="h")
    receipts = ingest.submit(*THREE, key="h", at=LATER)
    assert {(each.id, each.received_at) for each in ingest.events} == {
        (each.id, RECEIVED_AT) for each in receipts
    }
    assert ingest.used == 3


def test_events_that_failed_are_sent_under_the_same_ids_when_the_request_is_repeated() -> None:
    ingest = IngestDriver()
    events = ingest.large_events(10)
    ingest.queue.faults.plan("send", None, "before")
    first = ingest.submit(*events, key="h")
    assert {each.status for each in first} == {"queued", "failed"}
    again = ingest.submit(*events, key="h", at=LATER)
    assert [each.id for each in again] == [each.id for each in first]
    assert {each.status for each in again} == {"queued"}
    assert ingest.used == 10


def test_an_event_whose_own_key_could_not_be_claimed_is_queued_by_the_repeat() -> None:
    ingest = IngestDriver()
    ingest.claims.failing = {"k": "refused"}
    first = ingest.submit(an_event(), KEYED, key="h")
    assert [each.status for each in first] == ["queued", "failed"]
    ingest.claims.failing = {}
    again = ingest.submit(an_event(), KEYED, key="h", at=LATER)
    assert again[0] == first[0]
    assert again[1].status is Status.QUEUED
    assert ingest.used == 2


def test_a_repeat_at_the_same_time_is_not_charged_for_the_keys_that_it_claims_first() -> None:
    """Both make the same claims, because the ids follow from the claim of the request."""
    ingest = IngestDriver()
    ingest.claims.failing = {"k": "refused"}
    assert ingest.submit(KEYED, an_event(), key="h")[1].status is Status.QUEUED

    def overtake(method: str) -> None:
        if method == "take":
            ingest.claims.faults.interrupt = None
            assert ingest.submit(KEYED, an_event(), key="h")[0].status is Status.QUEUED

    ingest.claims.failing = {}
    ingest.claims.faults.interrupt = overtake
    assert ingest.submit(KEYED, an_event(), key="h")[0].status is Status.QUEUED
    assert ingest.used == 2


FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["find", "reserve", "take", "send", "give_back"]),
        st.sampled_from(["before", "after"]),
    ),
    max_size=3,
)
WAYS = st.sampled_from(["refused", "request lost", "reply lost"])
FAILING = st.dictionaries(st.sampled_from([RequestKey("h"), "a", "b"]), WAYS, max_size=2)
EVENTS = st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=4)


@given(EVENTS, st.lists(st.tuples(FAULTS, FAILING), max_size=5), st.data())
def test_a_request_is_chained_once_with_one_set_of_receipts_however_it_fails_and_repeats(
    keys: list[str | None],
    storms: list[tuple[list[tuple[str, str]], dict[Key, str]]],
    data: st.DataObject,
) -> None:
    ingest, ledger = IngestDriver(), MemoryLedger()
    writer = writer_on(ledger)
    events = [an_event(resource_id=f"doc_{i}") for i in range(len(keys))]
    events = [
        an_event(idempotency_key=key) if key else event
        for key, event in zip(keys, events, strict=True)
    ]
    answers: list[list[Receipt]] = []
    for number, (faults, failing) in enumerate([*storms, ([], {}), ([], {})]):
        ingest.claims.failing = failing
        for service in (ingest.claims, ingest.usage, ingest.queue):
            service.faults.planned.clear()
        for method, fault in faults:
            ingest.plan(method, fault)
        at = RECEIVED_AT + data.draw(st.sampled_from([0, SECOND, -SECOND])) * number
        try:
            answers.append(ingest.submit(*events, key="h", at=at))
        except Unavailable:
            continue
    for _, body in data.draw(st.permutations(ingest.queue.sent)):
        chain_messages(writer, WORKSPACE, [as_delivered("m", body)], tries(0))
    assert answers[-1] == answers[-2]
    for receipts in answers:
        for early, late in zip(receipts, answers[-1], strict=True):
            assert early.id in (late.id, None)
            assert early.status in (late.status, Status.FAILED)
    assert_sound(ledger.chain(WORKSPACE))
    assert set(chained_ids(ledger.chain(WORKSPACE))) == {each.id for each in answers[-1]}
    assert len(chained_ids(ledger.chain(WORKSPACE))) == len({each.id for each in answers[-1]})
