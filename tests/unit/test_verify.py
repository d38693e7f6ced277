"""Verifying accepts every chain that the writer makes and finds every change to one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from builders import (
    NOON,
    WORKSPACE,
    a_chain,
    a_queued_event,
    a_segment,
    deflate,
    event_id,
    records_of,
    rewritten,
)
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain import EMPTY
from indelible.record import build
from indelible.segment import Segment, event_hashes, read_records
from indelible.verify import Break, BreakType, verify

CHAIN = a_chain(9, 3)
SWAPPED_LEVEL = 0xDA
"""The second byte of a zlib stream that says another level was used; it changes no content."""


def breaks_of(chain: list[Segment], workspace_id: str = WORKSPACE) -> list[Break]:
    return [each for step in verify(workspace_id, chain) for each in step.breaks]


def types_of(chain: list[Segment], workspace_id: str = WORKSPACE) -> list[tuple[str, int]]:
    return [(each.type.value, each.sequence) for each in breaks_of(chain, workspace_id)]


def with_middle(**changes: Any) -> list[Segment]:
    return [CHAIN[0], replace(CHAIN[1], **changes), CHAIN[2]]


@given(st.lists(st.tuples(st.integers(0, 2 * NOON), st.text()), max_size=30), st.integers(1, 8))
def test_whatever_was_chained_verifies_however_it_was_packed(
    events: list[tuple[int, str]], per_segment: int
) -> None:
    queued = [a_queued_event(n, at, user_agent=text) for n, (at, text) in enumerate(events)]
    chain = a_chain(0, per_segment, queued) if queued else []
    steps = list(verify(WORKSPACE, chain))
    assert [step.breaks for step in steps] == [()] * len(chain)
    assert sum(step.events for step in steps) == len(queued)
    assert [step.head for step in steps] == [segment.head for segment in chain]


@given(st.binary(max_size=30), st.data())
def test_any_change_of_any_byte_of_the_records_is_found(text: bytes, data: st.DataObject) -> None:
    events = [a_queued_event(n, user_agent=text.hex()) for n in range(4)]
    chain = a_chain(0, 2, events)
    number = data.draw(st.integers(0, 1))
    plain = bytearray(b"\n".join(read_records(chain[number])))
    plain[data.draw(st.integers(0, len(plain) - 1))] ^= data.draw(st.integers(1, 255))
    chain[number] = replace(chain[number], records=deflate([bytes(plain)]))
    assert breaks_of(chain)


def test_a_change_of_each_single_byte_of_the_records_is_found_where_it_is() -> None:
    records = read_records(CHAIN[1])
    for number, record in enumerate(records):
        for position in range(len(record)):
            changed = bytearray(record)
            changed[position] ^= 1
            others = [*records[:number], bytes(changed), *records[number + 1 :]]
            found = types_of(with_middle(records=deflate(others)))
            assert found
            if changed[position] != ord("\n"):
                assert 4 + number in {sequence for _, sequence in found}
                assert {sequence for _, sequence in found} <= {4 + number, 5 + number, 6}


@pytest.mark.parametrize("name", ["leaf_hashes", "event_hash", "previous_event_hash"])
def test_a_change_of_each_single_byte_of_the_hashes_is_found(name: str) -> None:
    stored: bytes = getattr(CHAIN[1], name)
    for position in range(len(stored)):
        for flip in (1, 128, 255):
            changed = bytearray(stored)
            changed[position] ^= flip
            assert breaks_of(with_middle(**{name: bytes(changed)}))


def compressed_changes() -> Iterator[bytes]:
    stored = CHAIN[1].records
    for position in range(len(stored)):
        for flip in (1, 4, 64, 255, stored[position] ^ SWAPPED_LEVEL):
            changed = bytearray(stored)
            changed[position] ^= flip
            yield bytes(changed)


def test_a_change_of_the_compressed_bytes_is_found_unless_the_records_are_the_same() -> None:
    same = found = 0
    for changed in compressed_changes():
        try:
            unchanged = zlib.decompress(changed) == zlib.decompress(CHAIN[1].records)
        except zlib.error:
            unchanged = False
        assert bool(breaks_of(with_middle(records=changed))) is not unchanged
        same, found = same + unchanged, found + (not unchanged)
    assert same >= 1
    assert found > 1_000


def test_a_changed_record_is_a_hash_mismatch_of_that_event() -> None:
    first, second, third = read_records(CHAIN[1])
    changed = second.replace(b"document.created", b"document.deleted")
    [found] = breaks_of(with_middle(records=deflate([first, changed, third])))
    assert (found.type, found.sequence, found.event_id) == (
        BreakType.HASH_MISMATCH,
        5,
        event_id(5),
    )
    assert found.expected == CHAIN[1].leaf_hashes[32:64].hex()
    assert found.actual not in (None, found.expected)


def test_a_changed_leaf_hash_breaks_its_record_and_the_link() -> None:
    leaves = CHAIN[1].leaf_hashes
    changed = leaves[:32] + bytes(32) + leaves[64:]
    found = [("hash_mismatch", 5), ("chain_break", 6)]
    assert types_of(with_middle(leaf_hashes=changed)) == found


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


def test_a_deleted_segment_is_a_gap_where_it_was() -> None:
    [gap, link] = breaks_of([CHAIN[0], CHAIN[2]])
    assert gap == Break(BreakType.SEQUENCE_GAP, 7, None, "4", "7")
    assert (link.type, link.sequence) == (BreakType.CHAIN_BREAK, 7)
    assert (link.expected, link.actual) == (
        CHAIN[0].event_hash.hex(),
        CHAIN[1].event_hash.hex(),
    )
    assert types_of(CHAIN[1:]) == [("sequence_gap", 4), ("chain_break", 4)]


def test_swapped_segments_are_found() -> None:
    assert breaks_of([CHAIN[1], CHAIN[0], CHAIN[2]])
    assert breaks_of([CHAIN[0], CHAIN[0], CHAIN[1], CHAIN[2]])


@pytest.mark.parametrize("name", ["removed", "inserted", "swapped", "repeated"])
def test_a_record_moved_within_a_segment_is_found_with_and_without_new_hashes(name: str) -> None:
    first, second, third = read_records(CHAIN[1])
    moved = {
        "removed": [first, third],
        "inserted": [first, second, second.replace(b'"sequence":5', b'"sequence":6'), third],
        "swapped": [second, first, third],
        "repeated": [first, second, second],
    }[name]
    assert breaks_of(with_middle(records=deflate(moved)))
    assert breaks_of(with_middle(records=deflate(moved), count=len(moved)))
    found = breaks_of([CHAIN[0], rewritten(CHAIN[1], moved), CHAIN[2]])
    assert {each.type for each in found} >= {BreakType.SEQUENCE_GAP, BreakType.CHAIN_BREAK}
    last = breaks_of([*CHAIN[:1], rewritten(CHAIN[1], moved)])
    assert {each.type for each in last} >= {BreakType.SEQUENCE_GAP}


def test_a_segment_rewritten_with_its_own_hashes_breaks_at_the_next() -> None:
    forged = [each.replace(b"created", b"deleted") for each in read_records(CHAIN[1])]
    assert read_records(CHAIN[1])[0].count(b"created_at") == 1
    forged = [each.replace(b"deleted_at", b"created_at") for each in forged]
    chain = [CHAIN[0], rewritten(CHAIN[1], forged), CHAIN[2]]
    assert types_of(chain) == [("chain_break", 7)]


def test_a_rewritten_end_gives_another_head() -> None:
    forged = [each.replace(b"document", b"contract") for each in read_records(CHAIN[2])]
    chain = [*CHAIN[:2], rewritten(CHAIN[2], forged)]
    [*_, last] = verify(WORKSPACE, chain)
    assert last.breaks == ()
    assert last.head.sequence == CHAIN[2].head.sequence
    assert last.head.event_hash != CHAIN[2].head.event_hash


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
        {"records": zlib.compress(b"")},
        {"records": CHAIN[1].records + b"x"},
        {"records": zlib.compress(bytes(9_000_000))},
        {"count": 2},
        {"leaf_hashes": CHAIN[1].leaf_hashes + b"x"},
        {"leaf_hashes": b""},
    ],
)
def test_a_segment_that_cannot_be_read_is_told_and_the_rest_is_checked(
    changes: dict[str, Any],
) -> None:
    chain = with_middle(**changes)
    first, second, third = read_records(chain[2])
    chain[2] = replace(chain[2], records=deflate([first, second.replace(b"user", b"uxer"), third]))
    found = types_of(chain)
    assert found[0] == ("unreadable", 4)
    assert found[-1] == ("hash_mismatch", 8)


def test_a_record_that_cannot_be_read_is_told_and_the_rest_is_checked() -> None:
    first, _, third = read_records(CHAIN[1])
    chain = with_middle(records=deflate([first, b"{}", third.replace(b"user", b"uxer")]))
    assert types_of(chain) == [("unreadable", 5), ("hash_mismatch", 6)]


@pytest.mark.parametrize(
    "times",
    [
        (("12:00:01", "12:00:01"), ("12:00:01", "12:00:00")),
        (("12:00:00", "12:00:01"), ("12:00:02", "12:00:01")),
    ],
    ids=["not later than the one before", "before received_at"],
)
def test_a_record_out_of_its_time_is_told(times: tuple[tuple[str, str], ...]) -> None:
    records = [
        build(a_queued_event(n, NOON), WORKSPACE, n, NOON, bytes(16))
        .replace(b'"created_at":"2026-11-23T12:00:00', b'"created_at":"2026-11-23T' + at.encode())
        .replace(b'"received_at":"2026-11-23T12:00:00', b'"received_at":"2026-11-23T' + r.encode())
        for n, (r, at) in enumerate(times, start=1)
    ]
    found = breaks_of([a_segment(records)])
    assert ("time_order", 2) in [(each.type.value, each.sequence) for each in found]


@pytest.mark.parametrize("text", [b"2026-11-23T12:00:04Z", b"2026-11-23T12:00:04.0000000Z", b"x"])
def test_a_created_at_written_in_another_way_is_told(text: bytes) -> None:
    records = read_records(CHAIN[1])
    records[0] = records[0].replace(b"2026-11-23T12:00:04.000000Z", text, 1)
    found = breaks_of([CHAIN[0], rewritten(CHAIN[1], records)])
    assert found[0].type is BreakType.TIME_ORDER
    assert found[0].sequence == 4


@pytest.mark.parametrize("change", [-1, 1, 10**9])
def test_a_changed_last_created_at_is_found(change: int) -> None:
    last = CHAIN[1].last_created_at + change
    assert ("time_order", 6) in types_of(with_middle(last_created_at=last))


@pytest.mark.parametrize("change", [-3, -1, 1, 3])
def test_a_changed_first_sequence_is_found(change: int) -> None:
    assert types_of(with_middle(first_sequence=4 + change))[0] == ("sequence_gap", 4 + change)


def test_verifying_goes_on_from_a_head_that_was_kept() -> None:
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


def test_nothing_is_no_break() -> None:
    assert list(verify(WORKSPACE, [])) == []
    assert EMPTY.event_hash not in event_hashes(CHAIN[0])
    assert len(records_of(CHAIN)) == 9
