"""Requests with an idempotency key of their own: one claim makes all of their events repeatable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.accounts.limits import Limits
from indelible.errors import FromNewerVersion, QuotaExceeded, RateLimited, Unavailable
from indelible.ingest.plan import RequestConflict
from indelible.ingest.ports import Claim, Key, RequestKey
from indelible.ingest.receipt import EventsRefused, Receipt, Status
from indelible.ingest.submit import MAX_ERRORS
from indelible.writing.delivery import chain_messages
from support.builders import DAY, SECOND, WORKSPACE, an_event, as_delivered, tries
from support.invariants import assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.writers import writer_on
from unit.ingest_driver import RECEIVED_AT, IngestDriver
from unit.keyed_events import KEYED, OTHER, WINNER, conflict_with

THREE = [an_event(resource_id=f"doc_{number}") for number in range(3)]
LATER = RECEIVED_AT + DAY


def sent(ingest: IngestDriver) -> list[tuple[str, int, object]]:
    """What was sent for each event, in order."""
    return [(each.id, each.received_at, each.fields) for each in ingest.events]


def test_the_same_request_again_has_the_same_receipts_and_is_sent_again_unchanged() -> None:
    ingest = IngestDriver()
    first = ingest.submit(*THREE, key="h")
    assert [each.status for each in first] == ["queued"] * 3
    assert len({each.id for each in first}) == 3
    assert ingest.submit(*THREE, key="h", at=LATER) == first
    assert sent(ingest)[:3] == sent(ingest)[3:]
    assert {at for _, at, _ in sent(ingest)} == {RECEIVED_AT}
    assert ingest.used == 3


def test_a_hundred_events_are_safe_to_repeat_for_one_claim() -> None:
    ingest = IngestDriver()
    ingest.submit(*[an_event()] * 100, key="h")
    assert [*ingest.claims.stored] == [(WORKSPACE, RequestKey("h"))]
    assert ingest.calls == ["find", "reserve", "take", "send"]
    ingest.calls.clear()
    ingest.submit(*[an_event()] * 100, key="h")
    assert ingest.calls == ["find", "reserve", "send"]


def test_another_body_under_the_key_is_refused_before_any_reservation() -> None:
    ingest = IngestDriver()
    ingest.submit(*THREE, key="h")
    ingest.calls.clear()
    for other in (THREE[:2], [*THREE, an_event()], THREE[::-1]):
        with pytest.raises(RequestConflict, match="another body"):
            ingest.submit(*other, key="h", at=LATER)
    assert ingest.calls == ["find"] * 3
    assert (len(ingest.events), ingest.used) == (3, 3)


def test_a_request_without_the_key_is_another_one() -> None:
    ingest = IngestDriver()
    keyed, plain, other = (ingest.submit(*THREE, key=key) for key in ("h", None, "i"))
    assert len({each.id for each in [*keyed, *plain, *other]}) == 9


def test_a_request_and_an_event_with_the_same_key_do_not_meet() -> None:
    ingest = IngestDriver()
    [event] = ingest.submit(KEYED)
    first = ingest.submit(*THREE, key="k")
    again = ingest.submit(KEYED, an_event(), key="l")
    assert [each.status for each in first] == ["queued"] * 3
    assert again[0] == Receipt(event.id, Status.DUPLICATE)


def test_workspaces_do_not_share_the_keys_of_requests() -> None:
    ingest = IngestDriver()
    ingest.claims.stored["ws_other", RequestKey("h")] = WINNER
    receipts = ingest.submit(*THREE, key="h")
    assert [each.status for each in receipts] == ["queued"] * 3


def test_events_with_keys_of_their_own_have_the_same_receipts_again() -> None:
    """Their claims that this request made are `queued`, and those of others are `duplicate`."""
    ingest = IngestDriver()
    ingest.submit(an_event(idempotency_key="old"))
    events = [an_event(), an_event(idempotency_key="new"), an_event(idempotency_key="old")]
    events += [events[1], an_event(idempotency_key="new", action="a.b"), {}, KEYED, OTHER]
    first = ingest.submit(*events, key="h", at=RECEIVED_AT + SECOND)
    assert [each.status for each in first] == [
        "queued",
        "queued",
        "duplicate",
        "duplicate",
        "invalid",
        "invalid",
        "queued",
        "invalid",
    ]
    assert first[-1] == conflict_with(first[-2].id)
    before = sent(ingest)
    assert ingest.submit(*events, key="h", at=LATER) == first
    assert sent(ingest)[len(before) :] == before[1:]
    assert ingest.used == 4


def test_an_event_claimed_by_such_a_request_is_a_duplicate_in_another() -> None:
    ingest = IngestDriver()
    first, _ = ingest.submit(KEYED, an_event(), key="h")
    [alone] = ingest.submit(KEYED)
    other, _ = ingest.submit(KEYED, an_event(), key="i")
    assert {alone, other} == {Receipt(first.id, Status.DUPLICATE)}


def test_a_request_of_which_nothing_is_valid_claims_nothing() -> None:
    ingest = IngestDriver()
    with pytest.raises(EventsRefused):
        ingest.submit({}, key="h")
    assert ingest.claims.stored == {}
    assert [each.status for each in ingest.submit(an_event(), key="h")] == ["queued"]


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


def test_a_repeat_is_charged_for_its_bytes_and_repeats_but_for_no_event() -> None:
    ingest = IngestDriver(Limits(events_per_month=3, repeats_per_minute=5))
    first = ingest.submit(*THREE, key="h")
    with pytest.raises(QuotaExceeded):
        ingest.submit(an_event(), key="i")
    assert ingest.submit(*THREE, key="h", at=LATER) == first
    with pytest.raises(RateLimited, match="repeat 5 events"):
        ingest.submit(*THREE, key="h", at=LATER)


def test_a_claim_with_a_digest_of_a_newer_version_is_not_compared_and_nothing_is_sent() -> None:
    """Its body may be another one, whose events have these ids."""
    ingest = IngestDriver()
    ingest.claims.stored[WORKSPACE, RequestKey("h")] = Claim(
        WINNER.id, WINNER.received_at, b"\x02" + bytes(32)
    )
    with pytest.raises(FromNewerVersion):
        ingest.submit(*THREE, key="h")
    assert (ingest.messages, ingest.used) == ([], 0)


def test_a_request_reports_so_few_errors_that_lambda_can_answer() -> None:
    bad = {f"field_{number}": 1 for number in range(30)}
    receipts = IngestDriver().submit(*[bad] * 1_000, an_event())
    counts = [len(each.errors) for each in receipts[:-1]]
    assert counts[:100] == [21] * 100
    assert counts[100:] == [1] * 900
    assert sum(counts) == MAX_ERRORS + 900


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
