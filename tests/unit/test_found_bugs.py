"""What the tests found in the core: each fails until its bug is fixed, and stays to keep it so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_body,
    a_chain,
    a_delivered,
    a_queued_event,
    an_event,
    counted_entropy,
    event_id,
)
from desk import Office
from indelible.delivery import Delivered, Outcome, Writer, chain
from indelible.errors import IndelibleError, MalformedBody
from indelible.event import ValidEvent, validate
from indelible.request import batch_of, read_body
from indelible.tail import find_chained, read_tail
from indelible.times import LATEST
from indelible.verify import verify
from invariants import assert_sound
from memory import MemoryLedger, MemoryQueue


def deliver(ledger: MemoryLedger, *delivered: Delivered) -> Outcome:
    writer = Writer(ledger, MemoryQueue(), counted_entropy())
    return chain(writer, WORKSPACE, delivered, lambda: False)


def a_message_of(fields: bytes, received_at: int = NOON) -> Delivered:
    """A message that ingest would never send, around the JSON of one event's fields."""
    plain = b'{"format":1,"workspace_id":"ws_test","correlation_id":"c","events":[{"id":"%s",'
    event = b'"received_at":%d,"fields":%s}]}'
    return Delivered("m", a_body(plain % event_id(1).encode() + event % (received_at, fields)))


def test_an_accepted_request_that_grows_when_written_again_can_be_read_by_the_writer() -> None:
    # 1e15 is four bytes as submitted and eighteen as written again. A body of 3.4 MB becomes a
    # message of 12.7 MB plain and 150 KB compressed, which the writer refuses to decompress.
    numbers = "[" + ",".join(["1e15"] * 3_350) + "]"
    metadata, target = f'{{"k":{numbers}}}', f'{{"type":"t","metadata":{{"k":{numbers}}}}}'
    event = f'{{"actor_id":"a","action":"b","metadata":{metadata},"targets":[{target}]}}'
    body = '{"events":[' + ",".join([event] * 100) + "]}"
    office = Office()
    receipts = office.submit(*batch_of(read_body(body, {}, is_base64=False)))
    assert {receipt.status for receipt in receipts} == {"queued"}
    delivered = [Delivered(str(n), body) for n, (_, body) in enumerate(office.queue.sent)]
    ledger = MemoryLedger()
    outcome = deliver(ledger, *delivered)
    assert (outcome.quarantined, outcome.chained) == ([], 100)


def test_a_changed_first_created_at_is_found() -> None:
    # The writer trusts it (`Tail.since`): lowered, it lets an event be chained twice.
    segments = a_chain(6, 3)
    changed = replace(segments[1], first_created_at=segments[1].first_created_at - SECOND)
    assert any(step.breaks for step in verify(WORKSPACE, [segments[0], changed]))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_that_decodes_but_does_not_encode_is_put_aside(opening: str) -> None:
    # RecursionError from `record.build`, which lies deeper in the stack than `message.decode`,
    # escapes the handler: all workspaces of the delivery fail with it.
    closing = "]" if opening == "[" else "}"
    for depth in range(850, 1_000):
        nested = f'{{"metadata":{opening * depth}1{closing * depth}}}'
        outcome = deliver(MemoryLedger(), a_message_of(nested.encode()))
        assert outcome.chained + len(outcome.quarantined) == 1


def test_a_received_at_at_the_end_of_time_does_not_stop_its_workspace() -> None:
    # OverflowError from `format_time` in the year 10000, for every event that follows.
    ledger = MemoryLedger()
    deliver(ledger, a_message_of(b'{"action":"x"}', LATEST))
    outcome = deliver(ledger, a_delivered("next", a_queued_event(2, NOON)))
    assert (outcome.failed, outcome.chained) == ([], 1)
    assert_sound(ledger.chain(WORKSPACE))


def test_no_segment_is_written_that_cannot_be_read_again() -> None:
    # One event of nearly 8 MiB: its record is over the reader's limit, and the chain unreadable.
    ledger = MemoryLedger()
    deliver(ledger, a_message_of(b'{"user_agent":"%s"}' % (b"a" * (8 * 1024 * 1024 - 200))))
    outcome = deliver(ledger, a_delivered("next", a_queued_event(2)))
    assert (outcome.failed, outcome.chained) == ([], 1)
    assert not any(step.breaks for step in verify(WORKSPACE, ledger.chain(WORKSPACE)))


def test_a_body_that_is_not_ascii_is_not_base64() -> None:
    # b64decode raises ValueError, not binascii.Error, for text beyond ASCII.
    with pytest.raises(MalformedBody, match="base64"):
        read_body("é", {}, is_base64=True)


def test_an_integer_of_5000_digits_makes_one_event_invalid_and_not_the_whole_request() -> None:
    # Python refuses to read it ("use sys.set_int_max_str_digits()"); the client is told just that.
    body = '{"events":[{"version":1' + "0" * 5_000 + "}," + json.dumps(an_event()) + "]}"
    first, second = batch_of(read_body(body, {}, is_base64=False))
    assert isinstance(validate(first), tuple)
    assert isinstance(validate(second), ValidEvent)


@pytest.mark.parametrize("offset", ["+02:75", "+0260", "-00:99"])
def test_an_offset_of_60_minutes_or_more_is_refused_and_not_carried_over(offset: str) -> None:
    assert isinstance(validate(an_event(occurred_at=f"2026-11-23T20:23:08{offset}")), tuple)


def test_a_tampered_last_created_at_does_not_make_the_look_up_endless() -> None:
    segments = a_chain(12, 1)
    segments[6] = replace(segments[6], last_created_at=NOON)
    ledger = MemoryLedger()
    ledger.load(segments)
    tail = read_tail(ledger, WORKSPACE)

    def bound(method: str) -> None:
        assert len(ledger.faults.calls) < 1_000, "an endless look-up"

    ledger.faults.interrupt = bound
    try:
        find_chained(ledger, WORKSPACE, tail, [a_queued_event(99, NOON + 5 * SECOND)])
    except IndelibleError as error:
        assert "chain" in str(error)  # noqa: PT017 (an error is as good as an answer)


def test_the_bodies_above_are_messages_but_for_their_flaw() -> None:
    outcome = deliver(MemoryLedger(), a_message_of(b'{"action":"x"}'))
    assert (outcome.chained, outcome.quarantined) == (1, [])
