"""An export file verifies, and whatever is done to it is found and named."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.hashes import EMPTY
from indelible.errors import Unreadable
from indelible.export_file.blocks import MAX_LINE_BYTES
from indelible.export_file.manifest import read_manifest
from indelible.export_file.reader import ExportReader
from indelible.exporting.range import make_manifest
from indelible.filters import Filters, read_filters
from indelible.verifying.file import MOST_BREAKS_IN_FILE, verify_file
from support.builders import NOON, SECOND, WORKSPACE, a_chain, deflate, records_of, rewritten
from support.export_lines import breaks_of, kinds, lines_of, packed, record_in, without_record
from support.memory import MemoryLedger

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
    told = [record_in(each) for each in gzip.decompress(file).splitlines(keepends=True)[1:]]
    assert told == [each for each in records_of(chain) if filters.matches(each)]


@pytest.mark.parametrize(
    "changed", [b"", b"2026-11-23T12:00:04.9Z", b"2026-11-22T24:00:00.000000Z"]
)
def test_a_received_at_that_is_no_time_is_found(changed: bytes) -> None:
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


def test_the_manifest_reads_back_as_it_was_written() -> None:
    ledger = MemoryLedger()
    ledger.load(CHAIN)
    asked = {"actor_id": "user_1", "from": "2026-11-23T12:00:03.000000Z"}
    manifest = make_manifest(ledger, WORKSPACE, read_filters(asked), NOON)
    assert manifest.first_sequence == 3
    assert read_manifest(manifest.as_line()) == manifest


def test_a_changed_record_is_named() -> None:
    lines = lines_of(CHAIN)
    lines[5] = lines[5].replace(b"user_", b"usex_")
    assert kinds(packed(lines)) == [("hash_mismatch", 5)]


@pytest.mark.parametrize("byte", [b"\xff", b"\xed\xa0\x80", b"\xc0"])
def test_bytes_that_are_not_utf_8_are_carried_and_named(byte: bytes) -> None:
    records = records_of([CHAIN[1]])
    changed = [records[0], records[1].replace(b"document", byte), records[2]]
    broken = replace(CHAIN[1], records=deflate(changed))
    lines = lines_of([CHAIN[0], broken, *CHAIN[2:]])
    assert base64.b64decode(json.loads(lines[5])["record_base64"]) == changed[1]
    assert kinds(packed(lines)) == [("unreadable", 5), ("hash_mismatch", 5)]


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda lines: [*lines[:5], *lines[6:]], [("sequence_gap", 5), ("chain_break", 6)]),
        (lambda lines: [*lines[:6], lines[5], *lines[6:]], [("sequence_gap", 6)]),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], [("sequence_gap", 5)]),
        (lambda lines: [*lines[:4], *lines[7:]], [("sequence_gap", 4), ("chain_break", 9)]),
        (lambda lines: lines[:-1], [("sequence_gap", 11)]),
        (lambda lines: [*lines, lines[-1]], [("sequence_gap", 13)]),
        (lambda lines: [*lines[:5], b"nonsense\n", *lines[6:]], [("unreadable", 5)]),
        (lambda lines: [*lines[:5], b"[" * 9_999 + b"\n", *lines[6:]], [("unreadable", 5)]),
        (lambda lines: [*lines, b"x" * (MAX_LINE_BYTES + 1)], [("unreadable", 13)]),
    ],
    ids=["removed", "inserted", "swapped", "segment", "end", "more", "nonsense", "deep", "long"],
)
def test_lines_that_were_moved_or_made_up_are_found(
    tamper: Callable[[list[bytes]], list[bytes]], expected: list[tuple[str, int]]
) -> None:
    found = kinds(packed(tamper(lines_of(CHAIN))))
    assert [each for each in expected if each not in found] == []


def test_a_segment_rewritten_with_hashes_that_fit_is_found() -> None:
    records = [each.replace(b"document", b"documemt") for each in records_of([CHAIN[1]])]
    chain = [CHAIN[0], rewritten(CHAIN[1], records), *CHAIN[2:]]
    assert kinds(packed(lines_of(chain))) == [("chain_break", 9)]


def test_a_segment_that_cannot_be_read_is_named_and_the_others_verify() -> None:
    chain = [CHAIN[0], replace(CHAIN[1], records=b"no zlib"), *CHAIN[2:]]
    assert kinds(packed(lines_of(chain))) == [("unreadable", 4)]


def test_a_record_may_be_left_out_only_where_a_filter_asks_for_it() -> None:
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
def test_a_line_that_cannot_be_one_is_named_and_the_next_segment_verifies(line: object) -> None:
    lines = lines_of(CHAIN)
    lines[5] = json.dumps(line).encode() + b"\n"
    lines[8] = lines[8].replace(b"user_", b"usex_")
    found = kinds(packed(lines))
    assert found == [("unreadable", 5), ("chain_break", 6), ("hash_mismatch", 8)]


def test_a_changed_sequence_is_one_record_and_no_gap_after_it() -> None:
    lines = lines_of(CHAIN)
    lines[5] = lines[5].replace(b'"sequence":5', b'"sequence":7')
    assert kinds(packed(lines)) == [("hash_mismatch", 5), ("sequence_gap", 5)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"from": "2026-11-23T12:00:03.000000Z"}, [("time_order", 1), ("time_order", 2)]),
        ({"to": "2026-11-23T12:00:10.000000Z"}, [("time_order", 11), ("time_order", 12)]),
        ({"previous_event_hash": 64 * "1"}, [("chain_break", 1), ("chain_break", 3)]),
        ({"head": {"sequence": 12, "event_hash": 64 * "1"}}, [("chain_break", 12)]),
        ({"head": {"sequence": 13, "event_hash": 64 * "1"}, "records": 13}, [("sequence_gap", 12)]),
        ({"damage_after_head": "no segment"}, [("unreadable", 13)]),
    ],
)
def test_a_manifest_that_says_something_else_is_found(
    changes: dict[str, object], expected: list[tuple[str, int]]
) -> None:
    manifest, *lines = lines_of(CHAIN)
    edited = json.dumps({**json.loads(manifest), **changes}).encode() + b"\n"
    assert kinds(packed([edited, *lines])) == expected


def test_a_file_that_begins_later_needs_the_link_before_it() -> None:
    """Else one without records would verify wherever it says to be."""
    manifest = json.loads(lines_of([])[0])
    manifest |= {"first_sequence": 4, "head": {"sequence": 3, "event_hash": None}}
    manifest["from"] = "2026-11-23T12:00:04.000000Z"
    assert kinds(packed([json.dumps(manifest).encode() + b"\n"])) == [("chain_break", 4)]


def test_a_beginning_that_was_cut_off_is_found_unless_a_time_was_asked_for() -> None:
    part = lines_of(CHAIN, Filters({}, NOON + 7 * SECOND))
    assert kinds(packed(part)) == []
    manifest = json.dumps({**json.loads(part[0]), "from": None}).encode() + b"\n"
    assert kinds(packed([manifest, *part[1:]])) == [("sequence_gap", 7)]


@pytest.mark.parametrize("text", [64 * "0", 64 * "A", " ".join(32 * ["aa"]), 62 * "a"])
@pytest.mark.parametrize("at_head", [False, True])
def test_a_hash_in_the_manifest_has_one_way_to_be_written(text: str, at_head: bool) -> None:
    """So that every verifier reads the same one, or none."""
    manifest, *lines = lines_of(CHAIN)
    changes = {"head": {"sequence": 12, "event_hash": text}}
    edited = {**json.loads(manifest), **(changes if at_head else {"previous_event_hash": text})}
    with pytest.raises(Unreadable, match="not the manifest"):
        breaks_of(packed([json.dumps(edited).encode() + b"\n", *lines]))


@pytest.mark.parametrize(
    "changes",
    [
        {"records": 13},
        {"first_sequence": 0, "records": 13},
        {"from": ""},
        {"from": "0"},
        {"to": "9"},
        {"to": "2026-11-23T12:00:12Z"},
        {"filters": {"from": "2026-11-23T12:00:01.000000Z"}},
        {"filters": {"to": "2026-11-23T12:00:12.000000Z"}},
    ],
)
def test_a_manifest_that_contradicts_itself_is_none(changes: dict[str, object]) -> None:
    """What it says is shown to whoever verifies, so it has to be what an export can say."""
    manifest, *lines = lines_of(CHAIN)
    edited = json.dumps({**json.loads(manifest), **changes}).encode() + b"\n"
    with pytest.raises(Unreadable, match="contradicts itself"):
        breaks_of(packed([edited, *lines]))


def test_a_file_that_cannot_be_read_from_its_disk_is_not_called_broken() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        ExportReader(Failing())


def test_what_decompresses_without_end_is_refused_early() -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024))
    tracemalloc.start()
    try:
        found = kinds(packed(lines_of(CHAIN)) + bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == [("unreadable", 13)]
    assert peak < 8 * MAX_LINE_BYTES


@given(st.data())
def test_a_file_that_was_cut_off_anywhere_is_found(data: st.DataObject) -> None:
    file = packed(lines_of(CHAIN))
    cut = data.draw(st.integers(0, len(file) - 1))
    with suppress(Unreadable):
        assert breaks_of(file[:cut])


@given(st.data())
def test_a_file_with_any_byte_changed_is_found_or_the_same(data: st.DataObject) -> None:
    file = bytearray(packed(lines_of(CHAIN)))
    place = data.draw(st.integers(10, len(file) - 1))
    file[place] ^= data.draw(st.integers(1, 255))
    with suppress(Unreadable):
        assert breaks_of(bytes(file))


@given(st.binary(max_size=300))
def test_what_is_no_export_is_refused_and_never_a_crash(content: bytes) -> None:
    for file in (content, gzip.compress(content), packed([lines_of(CHAIN)[0]]) + content):
        with suppress(Unreadable):
            assert breaks_of(file)


def test_a_file_in_several_gzip_members_verifies() -> None:
    lines = lines_of(CHAIN)
    assert breaks_of(b"".join(packed([each]) for each in lines)) == []


def test_a_file_of_nothing_but_breaks_is_not_read_to_its_end() -> None:
    """10 KB decompressed to ten million lines took 40 s, and a megabyte an hour."""
    manifest = lines_of(CHAIN)[0]
    found = breaks_of(packed([manifest, b"\n" * (3 * MOST_BREAKS_IN_FILE)]))
    assert found[-1].actual == "too much is broken; the rest was not read"
    assert MOST_BREAKS_IN_FILE < len(found) < 2.5 * MOST_BREAKS_IN_FILE
