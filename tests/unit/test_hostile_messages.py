"""Well-formed messages that could stop a writer: none stops it, and none is chained."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.fields import EVENT_FIELDS, LATEST_RECEIVED, MAX_DEPTH, MAX_EVENT_BYTES
from indelible.exporting import csv_rows
from indelible.filters import read_filters
from indelible.ingest.batch import batch_of
from indelible.ingest.event import ValidEvent, validate
from indelible.message import Accepted, encode
from indelible.reading.listing import list_events
from indelible.times import LATEST, MILLISECOND
from indelible.verifying.segments import verify
from indelible.writing.delivery import Outcome, chain_messages
from indelible.writing.portion import Delivered
from msgspec import Raw
from support.bodies import read_body
from support.builders import (
    DAY,
    MINUTE,
    NOON,
    WORKSPACE,
    a_body,
    a_delivered,
    a_queued_event,
    an_event,
    as_delivered,
    event_id,
    tries,
)
from support.invariants import assert_sound
from support.memory import MemoryQueue
from support.memory_ledger import MemoryLedger
from support.reading import plenty, reader_of
from support.writers import writer_on
from unit.ingest_driver import IngestDriver


def deliver(ledger: MemoryLedger, *delivered: Delivered) -> Outcome:
    writer = writer_on(ledger)
    return chain_messages(writer, WORKSPACE, delivered, tries(0))


def a_message_of(
    fields: bytes, received_at: int = NOON, sent_at: int = NOON, event: str | None = None
) -> Delivered:
    """A message that ingest would never send: one event with these extra fields."""
    fields = b'{"actor_id":"a","action":"x",' + fields[1:]
    plain = b'{"format":1,"workspace_id":"ws_test","correlation_id":"c","events":[{"id":"%s",'
    rest = b'"received_at":%d,"fields":%s}]}'
    name = event or event_id(1, received_at)
    return as_delivered("m", a_body(plain % name.encode() + rest % (received_at, fields)), sent_at)


FIELDS = b'{"actor_id":"a","action":"x"}'


def nested(levels: int, opening: str = "[") -> bytes:
    """An event nested to this many levels, counting the event itself."""
    closing = "]" if opening == "[" else "}"
    inner = f"{opening * (levels - 2)}1{closing * (levels - 2)}"
    return f'{{"metadata":{{"k":{inner}}}}}'.encode()


def assert_the_chain_goes_on(ledger: MemoryLedger) -> None:
    outcome = deliver(ledger, a_delivered("next", a_queued_event(2, NOON)))
    assert (outcome.failed, outcome.chained) == ([], 1)
    assert_sound(ledger.chain(WORKSPACE))
    assert not any(step.breaks for step in verify(WORKSPACE, ledger.chain(WORKSPACE)))


def test_the_messages_below_are_valid_except_for_their_flaw() -> None:
    outcome = deliver(MemoryLedger(), a_message_of(b'{"action":"x"}'))
    assert (outcome.chained, outcome.quarantined) == (1, [])


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_is_bounded_well_below_the_stack_limit(opening: str) -> None:
    assert deliver(MemoryLedger(), a_message_of(nested(MAX_DEPTH, opening))).chained == 1
    for levels in [MAX_DEPTH + 1, *range(850, 1_000), 100_000]:
        outcome = deliver(MemoryLedger(), a_message_of(nested(levels, opening)))
        assert (outcome.chained, outcome.quarantined) == (0, ["m"])


def test_a_time_near_the_end_of_the_calendar_leaves_room_for_later_ones() -> None:
    ledger = MemoryLedger()
    latest = a_message_of(b'{"action":"x"}', LATEST_RECEIVED, LATEST_RECEIVED)
    assert deliver(ledger, latest).chained == 1
    assert_the_chain_goes_on(ledger)
    for received_at in (LATEST_RECEIVED + 1, LATEST, 10**30):
        message = a_message_of(b'{"action":"x"}', received_at, received_at, event_id(1))
        assert deliver(MemoryLedger(), message).quarantined == ["m"]


def test_a_message_dated_ahead_is_set_aside_and_does_not_move_the_chains_time() -> None:
    """If chained, it would set the time of every later event of the workspace."""
    hour = 60 * MINUTE
    ledger, dead_letters = MemoryLedger(), MemoryQueue()
    writer = writer_on(ledger, dead_letters)
    for ahead in (hour + MILLISECOND, 1_000 * DAY):
        message = a_message_of(b'{"action":"x"}', NOON + ahead, NOON)
        assert chain_messages(writer, WORKSPACE, [message], tries(0)).quarantined == ["m"]
    assert [reason for *_, reason in dead_letters.quarantined] == [
        "dated ahead, until 2026-11-23T12:00:00.001000Z",
        "dated ahead, until 2029-08-19T11:00:00.000000Z",
    ]
    assert ledger.chain(WORKSPACE) == []
    assert deliver(ledger, a_message_of(b'{"action":"x"}', NOON + hour, NOON)).chained == 1


@pytest.mark.parametrize(
    "event",
    [
        event_id(1, NOON + 1_000),
        event_id(1)[:14] + "4" + event_id(1)[15:],
        event_id(1)[:19] + "c" + event_id(1)[20:],
    ],
)
def test_an_id_without_the_time_of_received_at_is_set_aside(event: str) -> None:
    """A reader that looks an event up by the time in its id would not find it."""
    outcome = deliver(MemoryLedger(), a_message_of(b'{"action":"x"}', NOON, event=event))
    assert outcome.quarantined == ["m"]


def test_a_correlation_id_is_at_most_128_characters() -> None:
    for length, chained in ((128, 1), (129, 0)):
        [(body, _)] = encode(WORKSPACE, "c" * length, [Accepted(event_id(1), NOON, Raw(FIELDS))])
        assert deliver(MemoryLedger(), as_delivered("m", body)).chained == chained


@pytest.mark.parametrize("size", [MAX_EVENT_BYTES, 8 * 1024 * 1024 - 200])
def test_no_record_is_written_that_fits_no_segment(size: int) -> None:
    ledger = MemoryLedger()
    outcome = deliver(ledger, a_message_of(b'{"user_agent":"%s"}' % (b"a" * size)))
    assert outcome.quarantined == ["m"]
    assert_the_chain_goes_on(ledger)


@pytest.mark.parametrize(
    "fields",
    [
        b'{"actor_id":5}',
        b'{"action":null}',
        b'{"actor_name":null}',
        b'{"metadata":[]}',
        b'{"targets":null}',
        b'{"targets":[1]}',
        b'{"targets":[{"id":"t"}]}',
        b'{"targets":[{"type":"t","metadata":1}]}',
        b'{"version":"1"}',
        b'{"version":1.0}',
    ],
)
def test_events_that_readers_cannot_read_are_never_chained(fields: bytes) -> None:
    """One such record would break every list, search and CSV file that reads it, forever."""
    ledger = MemoryLedger()
    assert deliver(ledger, a_message_of(fields)).quarantined == ["m"]
    assert_the_chain_goes_on(ledger)


@given(
    st.dictionaries(
        st.sampled_from(sorted(EVENT_FIELDS - {"actor_id", "action"})),
        st.none() | st.text(max_size=3) | st.integers(-9, 9) | st.lists(st.just({})),
        max_size=4,
    )
)
def test_every_chained_event_can_be_listed_searched_and_exported(fields: dict[str, object]) -> None:
    ledger = MemoryLedger()
    sent = json.dumps({"action": "x", **fields}).encode()
    chained = deliver(ledger, a_message_of(sent)).chained
    reader = reader_of(ledger.chain(WORKSPACE))
    for parameters in ({}, {"search": "x"}):
        page = list_events(reader, WORKSPACE, read_filters(parameters), 10, None, plenty())
        assert len(page.events) == chained
    for segment in ledger.chain(WORKSPACE):
        assert csv_rows.write_rows(segment, 1, 1, None).events == chained


def test_an_event_that_grows_when_encoded_again_still_fits() -> None:
    numbers = b"[" + b",".join([b"1e15"] * 26_000) + b"]"
    ledger = MemoryLedger()
    assert deliver(ledger, a_message_of(b'{"metadata":{"k":%s}}' % numbers)).chained == 1
    assert_the_chain_goes_on(ledger)


def test_integers_beyond_64_bits_are_chained_unchanged_or_set_aside() -> None:
    for digits in (20, 30, 400, 5_000):
        ledger = MemoryLedger()
        outcome = deliver(ledger, a_message_of(b'{"version":1%s}' % (b"0" * digits)))
        assert outcome.chained + len(outcome.quarantined) == 1
        assert_the_chain_goes_on(ledger)


def test_the_writer_reads_an_accepted_request_that_grows_when_encoded_again() -> None:
    # 1e15 is four bytes as submitted and eighteen when encoded again: a body of 3.4 MB becomes
    # 12.7 MB, which still compresses to 150 KB. A single message would exceed the writer's bound.
    numbers = "[" + ",".join(["1e15"] * 3_350) + "]"
    metadata, target = f'{{"k":{numbers}}}', f'{{"type":"t","metadata":{{"k":{numbers}}}}}'
    event = f'{{"actor_id":"a","action":"b","metadata":{metadata},"targets":[{target}]}}'
    body = '{"events":[' + ",".join([event] * 100) + "]}"
    ingest = IngestDriver()
    receipts = ingest.submit(*batch_of(read_body(body, {}, is_base64=False)))
    assert {receipt.status for receipt in receipts} == {"queued"}
    delivered = [as_delivered(str(n), body) for n, (_, body) in enumerate(ingest.queue.sent)]
    outcome = deliver(MemoryLedger(), *delivered)
    assert (outcome.quarantined, outcome.chained) == ([], 100)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(EVENT_FIELDS)), VALUES), VALUES)
def test_the_writer_can_chain_whatever_ingest_accepts(
    fields: dict[str, object], value: object
) -> None:
    for submitted in (an_event(**fields), an_event(metadata={"k": value})):
        if isinstance(validate(submitted), ValidEvent):
            ingest, ledger = IngestDriver(), MemoryLedger()
            ingest.submit(submitted)
            outcome = deliver(ledger, *(as_delivered("m", body) for _, body in ingest.queue.sent))
            assert (outcome.quarantined, outcome.chained) == ([], 1)


@pytest.mark.parametrize(
    "extreme",
    [
        {"user_agent": "a" * (MAX_EVENT_BYTES - len(json.dumps(an_event(user_agent=""))) + 5)},
        {"user_agent": "\x01" * (MAX_EVENT_BYTES // 6 - 20)},
        {"metadata": {str(n): n for n in range(50)}},
        {"version": 2**64 - 1},
        {"occurred_at": "0001-01-01T00:00:00Z"},
    ],
    ids=["size", "escapes", "keys", "integer", "time"],
)
def test_the_writer_can_chain_what_ingest_barely_accepts(extreme: dict[str, object]) -> None:
    ingest = IngestDriver()
    ingest.submit(an_event(**extreme))
    outcome = deliver(MemoryLedger(), *(as_delivered("m", body) for _, body in ingest.queue.sent))
    assert (outcome.quarantined, outcome.chained) == ([], 1)
