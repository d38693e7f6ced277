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
from unit.ingest_driver import RECEIVED_AT, IngestDriver, submission

INVALID = {"actor_id": ""}


def test_a_request_over_the_quota_claims_and_queues_nothing() -> None:
    ingest = IngestDriver(limits=Limits(events_per_month=3))
    ingest.submit(an_event(), an_event())
    with pytest.raises(QuotaExceeded):
        ingest.submit(an_event(), an_event(idempotency_key="k"))
    assert (ingest.used, len(ingest.messages), ingest.claims.stored) == (2, 1, {})
    ingest.submit(an_event())
    assert ingest.used == 3


def test_only_new_events_need_quota() -> None:
    ingest = IngestDriver(limits=Limits(events_per_month=1))
    keyed = an_event(idempotency_key="k")
    assert ingest.submit(keyed, INVALID, keyed)[0].status is Status.QUEUED
    assert ingest.submit(keyed, INVALID)[0].status is Status.DUPLICATE
    assert ingest.used == 1


def test_every_request_counts_against_the_rate() -> None:
    ingest = IngestDriver(limits=Limits(requests_per_minute=2))
    ingest.submit(an_event(idempotency_key="k"))
    ingest.submit(an_event(idempotency_key="k"))
    with pytest.raises(RateLimited):
        ingest.submit(an_event())
    assert len(ingest.messages) == 2


@pytest.mark.parametrize("limit", ["requests", "bytes", "backlog"])
def test_a_request_over_a_limit_claims_and_queues_nothing(limit: str) -> None:
    size = len('{"actor_id":"user_2hG9kLm","action":"document.created"}')
    ingest = IngestDriver(limits=Limits(requests_per_minute=2, bytes_per_minute=size * 2 + 40))
    ingest.submit(an_event())
    if limit == "requests":
        ingest.submit(an_event())
    if limit == "backlog":
        ingest.usage.refuse(submission().workspace_id, RECEIVED_AT)
    sent, used = len(ingest.messages), ingest.used
    with pytest.raises(Backlogged if limit == "backlog" else RateLimited):
        ingest.submit(
            an_event(idempotency_key="k", resource="large enough" if limit == "bytes" else None)
        )
    assert (len(ingest.messages), ingest.used, ingest.claims.stored) == (sent, used, {})


def test_a_request_counts_the_bytes_of_the_events_it_sends() -> None:
    ingest = IngestDriver()
    keyed = an_event(idempotency_key="k")
    ingest.submit(keyed, INVALID, keyed, {**keyed, "version": 2}, an_event())
    sent = [msgspec.json.encode(each) for each in (keyed, an_event())]
    assert ingest.usage.bytes.total() == len(b"".join(sent))


def test_repeats_of_requests_older_than_five_minutes_have_their_own_limit() -> None:
    """Younger repeats are found in the writer's memory; older ones cost it reads."""
    ingest = IngestDriver(limits=Limits(repeats_per_minute=3))
    keyed = [an_event(idempotency_key=f"k{n}") for n in range(4)]
    ingest.submit(*keyed)
    assert len(ingest.submit(*keyed, at=RECEIVED_AT + 5 * MINUTE)) == 4
    assert ingest.usage.repeats.total() == 0
    later = RECEIVED_AT + 5 * MINUTE + 1_000
    with pytest.raises(RateLimited, match="repeat"):
        ingest.submit(*keyed, at=later)
    conflict = {**keyed[3], "version": 2}
    receipts = ingest.submit(
        *keyed[:3], keyed[0], conflict, an_event(idempotency_key="new"), at=later
    )
    assert [each.status for each in receipts] == [*["duplicate"] * 4, "invalid", "queued"]
    assert ingest.usage.repeats.total() == 3
    with pytest.raises(RateLimited, match="repeat"):
        ingest.submit(keyed[3], at=later)
    assert ingest.submit(an_event(), at=later)[0].status is Status.QUEUED


def test_a_quota_that_cannot_be_given_back_changes_no_answer() -> None:
    ingest = IngestDriver()
    ingest.queue.faults.plan("send", "before")
    ingest.usage.faults.plan("give_back", "before")
    with pytest.raises(Unavailable):
        ingest.submit(an_event())
    assert ingest.used == 1
