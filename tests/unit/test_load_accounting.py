"""Which events the load run calls lost, duplicate, out of order or of unknown outcome."""

from __future__ import annotations

import json
from typing import Any

from support.builders import an_event

from load.accounting import Account
from load.audit import Audit, Findings


def an_account(*requests: int, keyed: bool = True) -> Account:
    """An account of requests with this many events, none answered yet."""
    account, number = Account(), 0
    for size in requests:
        numbers = range(number + 1, number + size + 1)
        account.enter([an_event(idempotency_key=f"k{n}") if keyed else an_event() for n in numbers])
        number += size
    return account


def receipts(*ids: str, status: str = "queued") -> list[dict[str, Any]]:
    return [{"id": each, "status": status} for each in ids]


def a_record(number: int, event_id: str | None = None, **fields: object) -> bytes:
    """The record of an event of `an_account`."""
    event = an_event(idempotency_key=f"k{number}") | {"version": number}
    by_service = {
        "format": 1, "workspace_id": "ws", "sequence": 7, "salt": "00",
        "created_at": "2026-11-24T00:00:00.000000Z", "received_at": "2026-11-24T00:00:00.000000Z",
        "id": event_id or f"id-{number}",
    }  # fmt: skip
    return json.dumps({**event, **by_service, **fields}).encode()


def audit(account: Account, *records: bytes, in_order: bool = True) -> Findings:
    reader = Audit(account, in_order=in_order)
    for record in records:
        reader.see(record)
    return reader.close()


def wrong(findings: Findings) -> dict[str, int]:
    return {name: count for name, count in findings.wrong.items() if count}


def test_an_event_chained_as_its_response_promised_is_right() -> None:
    account = an_account(2, 1)
    account.answer([1, 2], receipts("id-1", "id-2"))
    account.answer([3], receipts("id-3"))

    found = audit(account, *map(a_record, (1, 2, 3)))

    assert (found.chained, wrong(found)) == (3, {})


def test_an_accepted_event_that_is_not_chained_is_lost() -> None:
    account = an_account(2)
    account.answer([1, 2], receipts("id-1", "id-2"))

    found = audit(account, a_record(1))

    assert wrong(found) == {"lost": 1}
    assert found.examples == ["event 2, id-2, is not in the chain"]


def test_an_event_chained_again_counts_twice_even_under_another_id() -> None:
    account = an_account(1)
    account.answer([1], receipts("id-1"))

    assert wrong(audit(account, a_record(1), a_record(1))) == {"twice": 1}
    assert wrong(audit(account, a_record(1), a_record(1, "id-9"))) == {"twice": 1}


def test_a_receipt_names_the_record() -> None:
    account = an_account(1)
    account.answer([1], receipts("id-1"))

    assert wrong(audit(account, a_record(1, "id-9"))) == {"misnamed": 1}


def test_a_record_holds_what_was_sent() -> None:
    account = an_account(1)
    account.answer([1], receipts("id-1"))

    assert wrong(audit(account, a_record(1, action="document.deleted"))) == {"changed": 1}
    assert wrong(audit(account, a_record(1, tenant_id="added"))) == {"changed": 1}


def test_a_record_that_no_client_sent_is_foreign() -> None:
    account = an_account(1)
    account.answer([1], receipts("id-1"))

    assert wrong(audit(account, a_record(1), a_record(2))) == {"foreign": 1}
    assert wrong(audit(account, a_record(1), a_record(0))) == {"foreign": 1}


def test_an_event_that_was_only_refused_must_not_be_chained() -> None:
    assert wrong(audit(an_account(1), a_record(1))) == {"foreign": 1}
    assert wrong(audit(an_account(1))) == {}


def test_events_are_chained_in_the_order_sent() -> None:
    account = an_account(1, 2)
    account.answer([1], receipts("id-1"))
    account.answer([2, 3], receipts("id-2", "id-3"))

    assert wrong(audit(account, *map(a_record, (2, 3, 1)))) == {"out_of_place": 1}


def test_after_a_redrive_only_the_events_of_a_request_keep_their_order() -> None:
    account = an_account(1, 2)
    account.answer([1], receipts("id-1"))
    account.answer([2, 3], receipts("id-2", "id-3"))

    assert wrong(audit(account, *map(a_record, (2, 3, 1)), in_order=False)) == {}
    assert wrong(audit(account, *map(a_record, (3, 2, 1)), in_order=False)) == {"out_of_place": 1}


def test_the_outcome_of_an_event_whose_response_was_lost_is_unknown() -> None:
    account = an_account(2, keyed=False)
    account.lose([1, 2])

    found = audit(account, json.dumps(an_event(version=1, id="id-1", sequence=1)).encode())

    assert wrong(found) == {}
    assert (found.unknown_fate, found.unknown_fate_chained) == (2, 1)


def test_an_event_whose_response_was_lost_is_chained_at_most_once() -> None:
    account = an_account(1)
    account.lose([1])

    assert wrong(audit(account, a_record(1), a_record(1, "id-9"))) == {"twice": 1}


def test_a_repeated_event_is_a_duplicate_under_the_first_id() -> None:
    account = an_account(1)
    account.lose([1])

    assert account.answer([1], receipts("id-1", status="duplicate")) == ["id-1"]
    assert account.answer([1], receipts("id-1", status="duplicate")) == []
    assert account.contradictions == []
    assert wrong(audit(account, a_record(1))) == {}


def test_contradictory_responses_are_wrong() -> None:
    first_duplicate, other_id, queued_again = an_account(1), an_account(1), an_account(1)
    first_duplicate.answer([1], receipts("id-1", status="duplicate"))
    other_id.answer([1], receipts("id-1"))
    other_id.answer([1], receipts("id-9", status="duplicate"))
    queued_again.answer([1], receipts("id-1"))
    queued_again.answer([1], receipts("id-1"))

    for account in (first_duplicate, other_id, queued_again):
        assert wrong(audit(account, a_record(1))) == {"contradictions": 1}


def test_a_batch_under_its_key_is_answered_queued_again() -> None:
    account = an_account(1)

    assert account.answer([1], receipts("id-1"), "a") == ["id-1"]
    assert account.answer([1], receipts("id-1"), "a") == []
    assert account.contradictions == []


def test_queued_again_is_wrong_under_another_key_and_with_another_id() -> None:
    other_key, other_id, duplicate = an_account(1), an_account(1), an_account(1)
    for account in (other_key, other_id, duplicate):
        account.answer([1], receipts("id-1"), "a")
    other_key.answer([1], receipts("id-1"), "b")
    other_id.answer([1], receipts("id-9"), "a")
    duplicate.answer([1], receipts("id-1", status="duplicate"), "a")

    assert other_key.contradictions == ["event 1, id-1, then {'id': 'id-1', 'status': 'queued'}"]
    assert len(other_id.contradictions) == len(duplicate.contradictions) == 1


def test_an_event_twice_in_a_batch_is_queued_and_a_duplicate_however_often_it_is_sent() -> None:
    account, batch = an_account(1), [*receipts("id-1"), *receipts("id-1", status="duplicate")]
    account.answer([1, 1], batch, "a")
    account.answer([1, 1], batch, "a")
    assert account.contradictions == []

    account.answer([1, 1], receipts("id-1", "id-1"), "a")
    assert len(account.contradictions) == 1


def test_after_a_lost_response_the_batch_that_queued_an_event_may_answer_last() -> None:
    account = an_account(1)
    account.lose([1])
    account.answer([1], receipts("id-1", status="duplicate"), "later")
    account.answer([1], receipts("id-1"), "first")
    account.answer([1], receipts("id-1", status="duplicate"), "later")
    assert account.contradictions == []

    account.answer([1], receipts("id-1"), "later")
    assert len(account.contradictions) == 1


def test_a_failed_event_must_be_sent_again() -> None:
    account = an_account(2)

    answers = [*receipts("id-1"), *receipts("id-2", status="failed")]

    assert account.answer([1, 2], answers, "a") == ["id-1"]
    assert account.without_id([1, 2]) == 1
    assert account.answer([1, 2], receipts("id-1", "id-2"), "a") == ["id-2"]
    assert account.without_id([1, 2]) == 0
    assert account.contradictions == []


def test_findings_of_many_workspaces_add_up() -> None:
    total = Findings(chained=2, lost=1, examples=["a"])
    total.add(Findings(chained=3, lost=2, breaks=1, examples=["b"]))

    assert (total.chained, total.lost, total.breaks) == (5, 3, 1)
    assert total.examples == ["a", "b"]
