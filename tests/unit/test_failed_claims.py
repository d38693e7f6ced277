"""Claims that fail one by one: the other events are sent, and who is charged for what."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unavailable
from indelible.ingest.content import digest_content
from indelible.ingest.ports import Claim, Key
from indelible.ingest.receipt import Receipt, Status
from support.builders import WORKSPACE, an_event
from unit.ingest_driver import RECEIVED_AT, IngestDriver
from unit.keyed_events import KEYED, OTHER

WAYS = ("refused", "request lost", "reply lost")


def a_keyed_event(key: str) -> dict[str, object]:
    return an_event(idempotency_key=key)


@pytest.mark.parametrize("way", WAYS)
def test_an_event_whose_claim_failed_is_failed_and_the_others_are_sent(way: str) -> None:
    ingest = IngestDriver()
    ingest.claims.failing = {"b": way}
    receipts = ingest.submit(a_keyed_event("a"), a_keyed_event("b"), an_event(), {})
    assert [each.status for each in receipts] == ["queued", "failed", "queued", "invalid"]
    assert [event.id for event in ingest.events] == [receipts[0].id, receipts[2].id]
    assert receipts[1].errors[0].message == "could not be queued; send this event again"


@pytest.mark.parametrize("way", WAYS)
def test_a_failed_event_has_no_id_until_its_key_is_claimed(way: str) -> None:
    """Otherwise a client could keep the id of an event that will never exist."""
    ingest = IngestDriver()
    ingest.claims.failing = {"k": way}
    failed, _ = ingest.submit(KEYED, an_event())
    assert (failed.id, failed.status) == (None, Status.FAILED)
    ingest.claims.failing = {}
    [again] = ingest.submit(KEYED)
    claim = Claim(again.id or "", RECEIVED_AT, digest_content(KEYED))
    assert ingest.claims.stored[WORKSPACE, "k"] == claim
    assert ingest.events[-1].id == again.id


def test_only_a_claim_that_was_certainly_not_made_is_not_charged() -> None:
    charged = {}
    for way in WAYS:
        ingest = IngestDriver()
        ingest.claims.failing = {"k": way}
        ingest.submit(KEYED, an_event())
        charged[way] = ingest.used
    assert charged == {"refused": 1, "request lost": 2, "reply lost": 2}


def test_a_claim_whose_reply_was_lost_is_charged_once_however_often_it_is_repeated() -> None:
    ingest = IngestDriver()
    ingest.claims.failing = {"k": "reply lost"}
    ingest.submit(KEYED, an_event())
    assert [ingest.submit(KEYED)[0].status for _ in range(2)] == ["duplicate", "duplicate"]
    assert ingest.used == 2


@pytest.mark.parametrize("way", WAYS)
def test_every_event_with_a_key_that_could_not_be_claimed_fails(way: str) -> None:
    """Also one with other content: nobody knows which event has the key, if one has it."""
    ingest = IngestDriver()
    ingest.claims.failing = {"k": way}
    sent, *failed = ingest.submit(an_event(), KEYED, KEYED, OTHER)
    assert sent.status is Status.QUEUED
    assert {(each.id, each.status, each.conflicts_with) for each in failed} == {
        (None, Status.FAILED, None)
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("others", [[], [{}]], ids=["alone", "with an invalid one"])
def test_a_request_of_which_nothing_could_be_claimed_is_unavailable(
    way: str, others: list[object]
) -> None:
    ingest = IngestDriver()
    ingest.claims.failing = {"k": way}
    with pytest.raises(Unavailable, match=way):
        ingest.submit(KEYED, *others)
    assert ingest.messages == []
    assert ingest.used == (way != "refused")


def test_a_conflict_beside_a_failed_claim_is_not_the_answer_for_the_request() -> None:
    """Sent again, the request may have an event accepted."""
    ingest = IngestDriver()
    ingest.submit(KEYED)
    ingest.claims.failing = {"b": "refused"}
    with pytest.raises(Unavailable):
        ingest.submit(OTHER, a_keyed_event("b"))


def test_a_failed_claim_is_logged_with_its_reason_and_without_its_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ingest = IngestDriver()
    ingest.claims.failing = {"a-secret-key": "refused"}
    with caplog.at_level(logging.WARNING):
        ingest.submit(a_keyed_event("a-secret-key"), an_event())
    [record] = caplog.records
    assert (record.getMessage(), record.__dict__["keys"]) == ("keys not claimed", 1)
    assert record.__dict__["reasons"] == ["refused"]
    assert "a-secret-key" not in repr(record.__dict__)


@given(
    st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(WAYS)),
)
def test_charged_is_what_is_claimed_or_may_be_and_what_is_sent_without_a_key(
    keys: list[str | None], failing: dict[Key, str]
) -> None:
    ingest = IngestDriver()
    ingest.claims.failing = failing
    events = [an_event() if key is None else a_keyed_event(key) for key in keys]
    receipts: list[Receipt] = []
    try:
        receipts = ingest.submit(*events)
    except Unavailable:
        assert ingest.messages == []
    certainly_not = {key for key, way in failing.items() if way == "refused"}
    claimed = {key for key in keys if key is not None} - certainly_not
    assert ingest.used == len(claimed) + keys.count(None)
    statuses = (
        {key: each.status for key, each in zip(keys, receipts, strict=True)} if receipts else {}
    )
    assert all((status is Status.FAILED) == (key in failing) for key, status in statuses.items())
