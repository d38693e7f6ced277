"""Verifying accepts every chain that the writer makes, and names each break by its type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible import zstd
from indelible.chain.hashes import EMPTY, Head, leaf_hash
from indelible.chain.record import build
from indelible.chain.segment import Segment, read_records
from indelible.times import parse_time
from indelible.verifying.breaks import BreakType
from indelible.verifying.segments import verify
from support.builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_chain,
    a_queued_event,
    a_segment,
    as_stored,
    at_second,
    event_id,
    rewritten,
)
from support.tampering import CHAIN, breaks_of, types_of, with_middle


@given(st.lists(st.tuples(st.integers(0, 2 * NOON), st.text()), max_size=30), st.integers(1, 8))
def test_a_chain_verifies_however_it_was_packed(
    events: list[tuple[int, str]], per_segment: int
) -> None:
    queued = [a_queued_event(n, at, user_agent=text) for n, (at, text) in enumerate(events)]
    chain = a_chain(0, per_segment, queued) if queued else []
    steps = list(verify(WORKSPACE, chain))
    assert [step.breaks for step in steps] == [()] * len(chain)
    assert sum(step.events for step in steps) == len(queued)
    assert [step.head for step in steps] == [segment.head for segment in chain]


def test_a_changed_record_is_a_hash_mismatch_of_that_event() -> None:
    first, second, third = read_records(CHAIN[1])
    changed = second.replace(b"document.created", b"document.deleted")
    [found] = breaks_of(with_middle(records=as_stored([first, changed, third])))
    assert (found.type, found.sequence, found.event_id) == (
        BreakType.HASH_MISMATCH,
        5,
        event_id(5, at_second(5)),
    )
    assert found.actual == leaf_hash(changed).hex()


def test_a_changed_event_hash_is_a_chain_break_there_and_at_the_next_segment() -> None:
    found = breaks_of(with_middle(event_hash=bytes(32)))
    assert [(each.type.value, each.sequence) for each in found] == [
        ("chain_break", 6),
        ("chain_break", 7),
    ]
    assert found[0].expected == bytes(32).hex()
    assert found[0].actual == CHAIN[1].event_hash.hex()


def test_a_changed_previous_event_hash_is_a_chain_break_at_both_ends() -> None:
    found = [("chain_break", 4), ("chain_break", 6)]
    assert types_of(with_middle(previous_event_hash=bytes(32))) == found


def test_a_chain_of_another_workspace_is_found_at_every_record() -> None:
    found = breaks_of(CHAIN, "ws_other")
    assert [(each.type, each.sequence) for each in found] == [
        (BreakType.SEQUENCE_GAP, n) for n in range(1, 10)
    ]
    assert (found[0].expected, found[0].actual) == ("ws_other 1", "ws_test 1")


@pytest.mark.parametrize(
    "changes",
    [
        {"records": b""},
        {"records": b"junk"},
        {"records": zstd.compress(b"")},
        {"records": CHAIN[1].records + b"x"},
        {"records": zstd.compress(bytes(9_000_000))},
        {"count": 2},
        {"leaf_prefixes": CHAIN[1].leaf_prefixes + b"x"},
        {"leaf_prefixes": b""},
    ],
)
def test_an_unreadable_segment_is_reported_and_the_rest_is_checked(
    changes: dict[str, Any],
) -> None:
    chain = with_middle(**changes)
    first, second, third = read_records(chain[2])
    changed = second.replace(b"user", b"uxer")
    chain[2] = replace(chain[2], records=as_stored([first, changed, third]))
    found = types_of(chain)
    assert found[0] == ("unreadable", 4)
    assert found[-1] == ("hash_mismatch", 8)


def test_an_unreadable_record_is_reported_and_the_rest_is_checked() -> None:
    first, _, third = read_records(CHAIN[1])
    chain = with_middle(records=as_stored([first, b"{}", third.replace(b"user", b"uxer")]))
    assert types_of(chain) == [("unreadable", 5), ("hash_mismatch", 6)]


@pytest.mark.parametrize(
    ("received_at", "created_at"),
    [("12:00:00", "12:00:01"), ("12:00:03", "12:00:02")],
    ids=["not later than the one before", "before received_at"],
)
def test_a_record_out_of_time_order_is_reported(received_at: str, created_at: str) -> None:
    first, second = (
        build(
            a_queued_event(n, parse_time(f"2026-11-23T{received}.000000Z")), WORKSPACE, n, at, b""
        )
        for n, received, at in [
            (1, "12:00:00", NOON + SECOND),
            (2, received_at, parse_time(f"2026-11-23T{created_at}.000000Z")),
        ]
    )
    last = parse_time(f"2026-11-23T{created_at}.000000Z")
    segment = a_segment([first, second], first_created_at=NOON + SECOND, last_created_at=last)
    [found] = breaks_of([segment])
    late = event_id(2, parse_time(f"2026-11-23T{received_at}.000000Z"))
    assert (found.type, found.sequence, found.event_id) == (BreakType.TIME_ORDER, 2, late)
    assert found.actual == f"2026-11-23T{created_at}.000000Z"


@pytest.mark.parametrize("text", [b"2026-11-23T12:00:04Z", b"2026-11-23T12:00:04.0000000Z", b"x"])
def test_a_created_at_in_another_spelling_is_reported(text: bytes) -> None:
    records = read_records(CHAIN[1])
    records[0] = records[0].replace(b"2026-11-23T12:00:04.000000Z", text, 1)
    found = breaks_of([CHAIN[0], rewritten(CHAIN[1], records)])
    assert found[0].type is BreakType.TIME_ORDER
    assert found[0].sequence == 4


@pytest.mark.parametrize("text", [b"", b"0", b"2026-11-23T12:00:04Z"])
def test_a_received_at_in_another_spelling_is_reported(text: bytes) -> None:
    """Otherwise any text that sorts first would count as not after `created_at`."""
    records = read_records(CHAIN[1])
    received_at = b'"received_at":"%b"'
    records[0] = records[0].replace(
        received_at % b"2026-11-23T12:00:04.000000Z", received_at % text
    )
    [found] = breaks_of([CHAIN[0], rewritten(CHAIN[1], records)])
    assert (found.type, found.sequence) == (BreakType.TIME_ORDER, 4)


@pytest.mark.parametrize(
    "text", [b"2026-02-28T23:59:60", b"2026-02-28T24:00:00", b"2026-02-29T00:00:00"]
)
def test_a_time_outside_the_calendar_is_reported(text: bytes) -> None:
    """The record is inside a segment, whose first and last created_at are read as times."""
    march = parse_time("2026-03-01T00:00:00.000000Z")
    [segment] = a_chain(0, 3, [a_queued_event(n, march + (n - 2) * SECOND) for n in range(3)])
    records = read_records(segment)
    records[1] = records[1].replace(b"2026-02-28T23:59:59", text)
    [found] = breaks_of([rewritten(segment, records)])
    assert (found.type, found.sequence) == (BreakType.TIME_ORDER, 2)


@pytest.mark.parametrize("change", [-1, 1, 10**9])
def test_a_changed_last_created_at_is_found(change: int) -> None:
    last = CHAIN[1].last_created_at + change
    assert ("time_order", 6) in types_of(with_middle(last_created_at=last))


@pytest.mark.parametrize("change", [-3, -1, 1, 3])
def test_a_changed_first_sequence_is_found(change: int) -> None:
    assert types_of(with_middle(first_sequence=4 + change))[0] == ("sequence_gap", 4 + change)


def test_verification_continues_from_a_kept_head() -> None:
    kept = CHAIN[0].head
    [*_, last] = verify(WORKSPACE, CHAIN[1:], start=kept)
    assert [step.breaks for step in verify(WORKSPACE, CHAIN[1:], start=kept)] == [(), ()]
    assert last.head == CHAIN[2].head
    other = replace(kept, event_hash=bytes(32))
    assert [b.type for step in verify(WORKSPACE, CHAIN[1:], other) for b in step.breaks] == [
        BreakType.CHAIN_BREAK
    ]


def test_segments_are_taken_one_at_a_time() -> None:
    taken: list[int] = []

    def segments() -> Iterator[Segment]:
        for segment in CHAIN:
            taken.append(segment.first_sequence)
            yield segment

    steps = verify(WORKSPACE, segments())
    assert taken == []
    next(steps)
    assert taken == [1]


@pytest.mark.parametrize("start", [EMPTY, CHAIN[0].head])
def test_an_empty_chain_has_no_break(start: Head) -> None:
    assert list(verify(WORKSPACE, [], start)) == []
