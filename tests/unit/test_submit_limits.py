"""Submitting at a limit: nothing is claimed or queued, and only what is sent is charged."""

from __future__ import annotations

import msgspec
import pytest
from indelible.accounts.limits import Limits
from indelible.errors import (
    Backlogged,
    QuotaExceeded,
    RateLimited,
    Unavailable,
)
from indelible.ingest.receipt import Status
from support.builders import MINUTE, an_event
from unit.ingest_driver import RECEIVED_AT, Office, submission

INVALID = {"actor_id": ""}


def test_over_the_quota_nothing_is_claimed_and_nothing_queued() -> None:
    office = Office(limits=Limits(events_per_month=3))
    office.submit(an_event(), an_event())
    with pytest.raises(QuotaExceeded):
        office.submit(an_event(), an_event(idempotency_key="k"))
    assert (office.used, len(office.messages), office.claims.stored) == (2, 1, {})
    office.submit(an_event())
    assert office.used == 3


def test_only_new_events_need_quota() -> None:
    office = Office(limits=Limits(events_per_month=1))
    keyed = an_event(idempotency_key="k")
    assert office.submit(keyed, INVALID, keyed)[0].status is Status.QUEUED
    assert office.submit(keyed, INVALID)[0].status is Status.DUPLICATE
    assert office.used == 1


def test_every_request_counts_against_the_rate() -> None:
    office = Office(limits=Limits(requests_per_minute=2))
    office.submit(an_event(idempotency_key="k"))
    office.submit(an_event(idempotency_key="k"))
    with pytest.raises(RateLimited):
        office.submit(an_event())
    assert len(office.messages) == 2


@pytest.mark.parametrize("limit", ["requests", "bytes", "backlog"])
def test_over_a_limit_nothing_is_claimed_and_nothing_queued(limit: str) -> None:
    size = len('{"actor_id":"user_2hG9kLm","action":"document.created"}')
    office = Office(limits=Limits(requests_per_minute=2, bytes_per_minute=size * 2 + 40))
    office.submit(an_event())
    if limit == "requests":
        office.submit(an_event())
    if limit == "backlog":
        office.usage.refuse(submission().workspace_id, RECEIVED_AT)
    sent, used = len(office.messages), office.used
    with pytest.raises(Backlogged if limit == "backlog" else RateLimited):
        office.submit(
            an_event(idempotency_key="k", resource="large enough" if limit == "bytes" else None)
        )
    assert (len(office.messages), office.used, office.claims.stored) == (sent, used, {})


def test_the_bytes_of_a_request_are_those_of_the_events_that_it_sends() -> None:
    office = Office()
    keyed = an_event(idempotency_key="k")
    office.submit(keyed, INVALID, keyed, {**keyed, "version": 2}, an_event())
    sent = [msgspec.json.encode(each) for each in (keyed, an_event())]
    assert office.usage.bytes.total() == len(b"".join(sent))


def test_repeats_of_more_than_five_minutes_ago_have_a_limit_of_their_own() -> None:
    """Younger ones are found in what the writer remembers; older ones cost it reads."""
    office = Office(limits=Limits(repeats_per_minute=3))
    keyed = [an_event(idempotency_key=f"k{n}") for n in range(4)]
    office.submit(*keyed)
    assert len(office.submit(*keyed, at=RECEIVED_AT + 5 * MINUTE)) == 4
    assert office.usage.repeats.total() == 0
    later = RECEIVED_AT + 5 * MINUTE + 1_000
    with pytest.raises(RateLimited, match="repeat"):
        office.submit(*keyed, at=later)
    conflict = {**keyed[3], "version": 2}
    receipts = office.submit(
        *keyed[:3], keyed[0], conflict, an_event(idempotency_key="new"), at=later
    )
    assert [each.status for each in receipts] == [*["duplicate"] * 4, "invalid", "queued"]
    assert office.usage.repeats.total() == 3
    with pytest.raises(RateLimited, match="repeat"):
        office.submit(keyed[3], at=later)
    assert office.submit(an_event(), at=later)[0].status is Status.QUEUED


def test_a_quota_that_cannot_be_given_back_changes_no_answer() -> None:
    office = Office()
    office.queue.faults.plan("send", "before")
    office.usage.faults.plan("give_back", "before")
    with pytest.raises(Unavailable):
        office.submit(an_event())
    assert office.used == 1
