"""Every change of a byte, every record and segment moved, removed or rewritten is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible import zstd
from indelible.chain.segment import read_records
from indelible.errors import Unreadable
from indelible.verifying.breaks import Break, BreakType
from indelible.verifying.segments import verify
from support.builders import (
    SECOND,
    WORKSPACE,
    a_chain,
    a_queued_event,
    as_stored,
    rewritten,
)
from support.tampering import CHAIN, breaks_of, types_of, with_middle


@given(st.binary(max_size=30), st.data())
def test_any_change_of_any_byte_of_the_records_is_found(text: bytes, data: st.DataObject) -> None:
    events = [a_queued_event(n, user_agent=text.hex()) for n in range(4)]
    chain = a_chain(0, 2, events)
    number = data.draw(st.integers(0, 1))
    plain = bytearray(b"\n".join(read_records(chain[number])))
    plain[data.draw(st.integers(0, len(plain) - 1))] ^= data.draw(st.integers(1, 255))
    chain[number] = replace(chain[number], records=as_stored([bytes(plain)]))
    assert breaks_of(chain)


def test_a_change_of_each_single_byte_of_the_records_is_found_where_it_is() -> None:
    records = read_records(CHAIN[1])
    for number, record in enumerate(records):
        for position in range(len(record)):
            changed = bytearray(record)
            changed[position] ^= 1
            others = [*records[:number], bytes(changed), *records[number + 1 :]]
            found = types_of(with_middle(records=as_stored(others)))
            assert found
            if changed[position] != ord("\n"):
                assert 4 + number in {sequence for _, sequence in found}
                assert {sequence for _, sequence in found} <= {4 + number, 5 + number, 6}


@pytest.mark.parametrize("name", ["leaf_prefixes", "event_hash", "previous_event_hash"])
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
        for flip in (1, 4, 8, 64, 255):  # 8 in the sixth byte is another window, the same content
            changed = bytearray(stored)
            changed[position] ^= flip
            yield bytes(changed)


def test_a_change_of_the_compressed_bytes_is_found_unless_the_records_are_the_same() -> None:
    stored, same, found = CHAIN[1].records, 0, 0
    for changed in compressed_changes():
        try:
            unchanged = zstd.decompress(changed, 10_000) == zstd.decompress(stored, 10_000)
        except Unreadable:
            unchanged = False
        assert bool(breaks_of(with_middle(records=changed))) is not unchanged
        same, found = same + unchanged, found + (not unchanged)
    assert same >= 1
    assert found > 1_000


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
    assert breaks_of(with_middle(records=as_stored(moved)))
    assert breaks_of(with_middle(records=as_stored(moved), count=len(moved)))
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


def test_a_rewritten_end_changes_the_head() -> None:
    forged = [each.replace(b"document", b"contract") for each in read_records(CHAIN[2])]
    chain = [*CHAIN[:2], rewritten(CHAIN[2], forged)]
    [*_, last] = verify(WORKSPACE, chain)
    assert last.breaks == ()
    assert last.head.sequence == CHAIN[2].head.sequence
    assert last.head.event_hash != CHAIN[2].head.event_hash


@pytest.mark.parametrize("change", [-SECOND, -1, 1, SECOND])
def test_a_changed_first_created_at_is_found(change: int) -> None:
    # The writer's look-up relies on it: if lowered, an event could be chained twice.
    first = CHAIN[1].first_created_at + change
    assert types_of(with_middle(first_created_at=first)) == [("time_order", 4)]
