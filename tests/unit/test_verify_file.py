"""An export file verifies, and every change to it is found and named."""

from __future__ import annotations

import base64
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.hashes import EMPTY
from indelible.export_file.blocks import MAX_LINE_BYTES
from indelible.export_file.reader import ExportReader
from indelible.filters import Filters, read_filters
from indelible.verifying.export_file import verify_file
from support.builders import NOON, SECOND, a_chain, as_stored, records_of, rewritten
from support.export_lines import breaks_of, kinds, lines_of, packed, record_in, without_record

CHAIN = a_chain(12, 3)


@given(count=st.integers(0, 30), per_segment=st.integers(1, 7))
def test_a_whole_chain_verifies_up_to_its_head(count: int, per_segment: int) -> None:
    chain = a_chain(count, per_segment) if count else []
    reader = ExportReader(io.BytesIO(packed(lines_of(chain))))
    steps = [*verify_file(reader)]
    assert [each for step in steps for each in step.breaks] == []
    assert sum(step.events for step in steps) == count == reader.manifest.records
    head = chain[-1].head if chain else EMPTY
    assert (reader.manifest.head.sequence, reader.manifest.head.event_hash) == (
        head.sequence,
        head.event_hash,
    )


@given(start=st.integers(-1, 13), length=st.integers(0, 13), per_segment=st.integers(1, 5))
def test_a_range_of_times_is_cut_to_the_record(start: int, length: int, per_segment: int) -> None:
    filters = Filters({}, max(0, NOON + start * SECOND), NOON + (start + length) * SECOND)
    chain = a_chain(12, per_segment)
    file = packed(lines_of(chain, filters))
    assert breaks_of(file) == []
    in_file = [record_in(each) for each in gzip.decompress(file).splitlines(keepends=True)[1:]]
    assert in_file == [each for each in records_of(chain) if filters.matches(each)]


@pytest.mark.parametrize(
    "changed", [b"", b"2026-11-23T12:00:04.9Z", b"2026-11-22T24:00:00.000000Z"]
)
def test_a_received_at_that_is_not_a_time_is_found(changed: bytes) -> None:
    received_at = b'"received_at":"%b"'
    records = records_of([CHAIN[1]])
    records[1] = records[1].replace(
        received_at % b"2026-11-23T12:00:05.000000Z", received_at % changed
    )
    chain = [CHAIN[0], rewritten(CHAIN[1], records)]
    assert kinds(packed(lines_of(chain))) == [("time_order", 5)]


def test_records_that_filters_leave_out_still_verify() -> None:
    lines = lines_of(CHAIN, read_filters({"actor_id": "nobody"}))
    assert all("record" not in json.loads(each) for each in lines[1:])
    assert breaks_of(packed(lines)) == []
    lines[5] = lines[4]
    assert kinds(packed(lines)) == [("chain_break", 6)]


def test_a_changed_record_is_named() -> None:
    lines = lines_of(CHAIN)
    lines[5] = lines[5].replace(b"user_", b"usex_")
    assert kinds(packed(lines)) == [("hash_mismatch", 5)]


@pytest.mark.parametrize("byte", [b"\xff", b"\xed\xa0\x80", b"\xc0"])
def test_bytes_that_are_not_utf_8_are_kept_and_named(byte: bytes) -> None:
    records = records_of([CHAIN[1]])
    changed = [records[0], records[1].replace(b"document", byte), records[2]]
    broken = replace(CHAIN[1], records=as_stored(changed))
    lines = lines_of([CHAIN[0], broken, *CHAIN[2:]])
    assert base64.b64decode(json.loads(lines[5])["record_base64"]) == changed[1]
    found = [("unreadable", 5), ("hash_mismatch", 5), ("chain_break", 6)]
    assert kinds(packed(lines)) == found


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda lines: [*lines[:5], *lines[6:]], [("sequence_gap", 5), ("chain_break", 6)]),
        (
            lambda lines: [*lines[:6], lines[5], *lines[6:]],
            [("sequence_gap", 6), ("time_order", 5), ("chain_break", 6)],
        ),
        (
            lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]],
            [
                ("sequence_gap", 5),
                ("chain_break", 6),
                ("sequence_gap", 7),
                ("time_order", 5),
                ("sequence_gap", 6),
                ("chain_break", 9),
            ],
        ),
        (lambda lines: [*lines[:4], *lines[7:]], [("sequence_gap", 4), ("chain_break", 9)]),
        (lambda lines: lines[:-1], [("sequence_gap", 11)]),
        (
            lambda lines: [*lines, lines[-1]],
            [("sequence_gap", 13), ("time_order", 12), ("chain_break", 12)],
        ),
        (
            lambda lines: [*lines[:5], b"nonsense\n", *lines[6:]],
            [("unreadable", 5), ("chain_break", 6)],
        ),
        (
            lambda lines: [*lines[:5], b"[" * 9_999 + b"\n", *lines[6:]],
            [("unreadable", 5), ("chain_break", 6)],
        ),
        (lambda lines: [*lines, b"x" * (MAX_LINE_BYTES + 1)], [("unreadable", 13)]),
    ],
    ids=["removed", "inserted", "swapped", "segment", "end", "more", "nonsense", "deep", "long"],
)
def test_lines_that_were_moved_or_made_up_are_found(
    tamper: Callable[[list[bytes]], list[bytes]], expected: list[tuple[str, int]]
) -> None:
    assert kinds(packed(tamper(lines_of(CHAIN)))) == expected


def test_a_segment_rewritten_with_matching_hashes_is_found() -> None:
    records = [each.replace(b"document", b"documemt") for each in records_of([CHAIN[1]])]
    chain = [CHAIN[0], rewritten(CHAIN[1], records), *CHAIN[2:]]
    assert kinds(packed(lines_of(chain))) == [("chain_break", 9)]


def test_an_unreadable_segment_is_named_and_the_others_verify() -> None:
    chain = [CHAIN[0], replace(CHAIN[1], records=b"no zstd"), *CHAIN[2:]]
    assert kinds(packed(lines_of(chain))) == [("unreadable", 4)]


def test_a_record_may_be_left_out_only_where_a_filter_says_so() -> None:
    lines = lines_of(CHAIN)
    assert kinds(packed([*lines[:5], without_record(lines[5]), *lines[6:]])) == [("unreadable", 5)]
    bare = [lines[0], *map(without_record, lines[1:])]
    assert kinds(packed(bare)) == [("unreadable", n) for n in range(1, 13)]


@pytest.mark.parametrize(
    "line",
    [
        {"leaf_hash": 5},
        {"leaf_hash": "no hex"},
        {"leaf_hash": 64 * "0", "record": ""},
        {"leaf_hash": 64 * "0", "record": {}, "more": 1},
        {"unreadable": "why", "more": 1},
        {"unreadable": "why", "sequence": 2**60},
        {"unreadable": "why", "leaf_hash": "no hex"},
        {"unreadable": "why", "record_base64": "?"},
        [],
        None,
    ],
)
def test_a_malformed_line_is_named_and_the_next_segment_verifies(line: object) -> None:
    lines = lines_of(CHAIN)
    lines[5] = json.dumps(line).encode() + b"\n"
    lines[8] = lines[8].replace(b"user_", b"usex_")
    found = kinds(packed(lines))
    assert found == [("unreadable", 5), ("chain_break", 6), ("hash_mismatch", 8)]


def test_a_changed_sequence_is_one_break_without_a_gap_after_it() -> None:
    lines = lines_of(CHAIN)
    lines[5] = lines[5].replace(b'"sequence":5', b'"sequence":7')
    assert kinds(packed(lines)) == [("hash_mismatch", 5), ("sequence_gap", 5)]
