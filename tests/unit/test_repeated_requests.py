"""Requests with an idempotency key of their own: one claim makes all of their events repeatable."""

from __future__ import annotations

import pytest
from indelible.accounts.limits import Limits
from indelible.errors import FromNewerVersion, QuotaExceeded, RateLimited
from indelible.ingest.plan import RequestConflict
from indelible.ingest.ports import Claim, RequestKey
from indelible.ingest.receipt import EventsRefused, Receipt, Status
from indelible.ingest.submit import MAX_ERRORS
from support.builders import DAY, SECOND, WORKSPACE, an_event
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
