"""Building segments: times, hashes and salts of records, within the limits of an item."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible import zstd
from indelible.chain.hashes import EMPTY, Head, event_hash, leaf_hash
from indelible.chain.record import read_header, read_headers
from indelible.chain.segment import (
    MAX_COMPRESSED_BYTES,
    MAX_RECORDS,
    MAX_RECORDS_BYTES,
    event_hashes_of,
    read_records,
)
from indelible.times import parse_time
from indelible.writing.build_segment import build_segment
from indelible.writing.sizes import Sizes
from support.builders import (
    DAY,
    NOON,
    WORKSPACE,
    a_queued_event,
    counted_entropy,
)

HEAD = Head(41, bytes(range(32)), NOON)


def noise(size: int) -> str:
    """Text that does not compress."""
    return random.Random(size).randbytes(size // 2).hex()


def test_a_segment_continues_from_the_head() -> None:
    events = [a_queued_event(n, NOON + n) for n in range(3)]
    segment = build_segment(WORKSPACE, HEAD, events, counted_entropy())
    assert (segment.first_sequence, segment.count, segment.last_sequence) == (42, 3, 44)
    assert segment.previous_event_hash == HEAD.event_hash
    headers = [read_header(each) for each in read_records(segment)]
    assert [header.sequence for header in headers] == [42, 43, 44]
    assert [header.id for header in headers] == [event.id for event in events]
    assert {header.workspace_id for header in headers} == {WORKSPACE}


def test_the_hashes_match_the_records() -> None:
    events = [a_queued_event(n) for n in range(5)]
    segment = build_segment(WORKSPACE, HEAD, events, counted_entropy())
    leaves = [leaf_hash(each) for each in read_records(segment)]
    assert segment.leaf_prefixes == b"".join(leaf[:4] for leaf in leaves)
    link, links = HEAD.event_hash, []
    for leaf in leaves:
        link = event_hash(link, leaf)
        links.append(link)
    assert event_hashes_of(segment) == links
    assert segment.event_hash == link
    assert segment.head == Head(46, link, segment.last_created_at)


@given(
    st.integers(0, NOON + DAY),
    st.lists(st.integers(0, NOON + DAY), min_size=1, max_size=50),
)
def test_created_at_strictly_increases_and_is_never_before_received_at(
    head_at: int, received: list[int]
) -> None:
    head = Head(1, bytes(32), head_at)
    events = [a_queued_event(n, at) for n, at in enumerate(received)]
    segment = build_segment(WORKSPACE, head, events, counted_entropy())
    headers = [read_header(each) for each in read_records(segment)]
    times = [parse_time(header.created_at) for header in headers]
    assert [parse_time(header.received_at) for header in headers] == received
    expected, before = [], head_at
    for at in received:
        before = max(at, before + 1)
        expected.append(before)
    assert times == expected
    assert all(one < other for one, other in zip([head_at, *times], times, strict=False))
    assert (segment.first_created_at, segment.last_created_at) == (times[0], times[-1])


def test_the_events_of_a_batch_are_one_microsecond_apart() -> None:
    events = [a_queued_event(n, NOON) for n in range(3)]
    segment = build_segment(WORKSPACE, EMPTY, events, counted_entropy())
    created = [read_header(each).created_at for each in read_records(segment)]
    assert [parse_time(each) - NOON for each in created] == [0, 1, 2]


def test_every_record_has_a_salt_of_its_own() -> None:
    events = [a_queued_event(1)] * 20
    records = read_records(build_segment(WORKSPACE, EMPTY, events, counted_entropy()))
    salts = {json.loads(each)["salt"] for each in records}
    assert len(salts) == 20
    assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)


def test_a_segment_takes_at_most_1000_records() -> None:
    events = [a_queued_event(n) for n in range(MAX_RECORDS + 1)]
    segment = build_segment(WORKSPACE, EMPTY, events, counted_entropy())
    assert segment.count == MAX_RECORDS == 1_000
    last = read_header(read_records(segment)[-1])
    assert last.id == events[MAX_RECORDS - 1].id
    assert parse_time(last.created_at) == segment.last_created_at


def test_a_segment_takes_at_most_300_kilobytes_compressed() -> None:
    events = [a_queued_event(n, user_agent=noise(10_000 + n)) for n in range(100)]
    segment = build_segment(WORKSPACE, EMPTY, events, counted_entropy())
    assert 1 < segment.count < 100
    assert len(segment.records) <= MAX_COMPRESSED_BYTES == 300_000
    assert len(segment.leaf_prefixes) == 4 * segment.count
    last = read_header(read_records(segment)[-1])
    assert last.id == events[segment.count - 1].id
    assert parse_time(last.created_at) == segment.last_created_at


def test_a_segment_takes_at_most_8_megabytes_decompressed_however_well_they_compress() -> None:
    events = [a_queued_event(n, user_agent="a" * 100_000) for n in range(100)]
    segment = build_segment(WORKSPACE, EMPTY, events, counted_entropy())
    assert segment.count == 83
    assert len(b"\n".join(read_records(segment))) <= MAX_RECORDS_BYTES
    assert len(segment.records) < 50_000


def test_the_largest_event_makes_a_segment_of_its_own() -> None:
    events = [a_queued_event(n, user_agent=noise(400_000 + 2 * n)) for n in range(2)]
    assert build_segment(WORKSPACE, EMPTY, events, counted_entropy()).count == 1


def test_packing_compresses_every_byte_at_most_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten requests of 50 events of 9 KB took 13 s of CPU when all was compressed, then half."""
    compressed = list[int]()

    new_stream = zstd.Compressor

    class Counted:
        """A compressor that counts the bytes it compresses."""

        FLUSH_BLOCK = new_stream.FLUSH_BLOCK

        def __init__(self, **options: Any) -> None:
            self._stream = new_stream(**options)
            self.flush = self._stream.flush

        def compress(self, plain: bytes, *mode: Any) -> bytes:
            compressed.append(len(plain))
            return self._stream.compress(plain, *mode)

    monkeypatch.setattr(zstd, "Compressor", Counted)
    source = random.Random(1)
    events = [
        a_queued_event(n, NOON, metadata={"text": source.randbytes(4_500).hex()})
        for n in range(500)
    ]
    head, left = EMPTY, events
    plain = 0
    while left:
        segment = build_segment(WORKSPACE, head, left, counted_entropy())
        assert len(segment.records) <= MAX_COMPRESSED_BYTES
        plain += sum(len(each) + 1 for each in read_records(segment))
        head, left = segment.head, left[segment.count :]
    assert head.sequence == 500
    assert plain > 4_500_000
    assert plain <= sum(compressed) + 500 <= 1.3 * plain


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=60), st.integers(200, 20_000))
def test_a_segment_is_within_its_limit_or_one_record(sizes: list[int], limit: int) -> None:
    source = random.Random(len(sizes))
    events = [
        a_queued_event(n, NOON, user_agent=source.randbytes(size).hex())
        for n, size in enumerate(sizes)
    ]
    segment = build_segment(WORKSPACE, EMPTY, events, counted_entropy(), Sizes(segment_bytes=limit))
    assert len(segment.records) <= limit or segment.count == 1
    assert [header.sequence for header in read_headers(read_records(segment))] == [
        *range(1, segment.count + 1)
    ]


def test_a_segment_that_was_cut_is_one_plain_frame_like_any_other() -> None:
    """What did not fit was dropped, and an empty last block ends the frame (RFC 8878)."""
    events = [a_queued_event(n, NOON, user_agent=noise(10_000 + 2 * n)) for n in range(100)]
    segment = build_segment(WORKSPACE, EMPTY, events, counted_entropy())
    assert segment.count < 100
    assert segment.records.endswith(b"\x01\x00\x00")
    assert zstd.zstd.get_frame_info(segment.records).dictionary_id == 0
    assert segment.codec == "zstd"
    assert len(read_records(segment)) == segment.count


@given(st.integers(1, 400), st.integers(0, 3_000), st.sampled_from([4_000, 20_000, 300_000]))
def test_packing_goes_on_until_the_limit_is_near(events: int, size: int, limit: int) -> None:
    """At most one chunk, a quarter of the limit, is left out although it might have fitted."""
    source = random.Random(size)
    queued = [
        a_queued_event(n, NOON, user_agent=source.randbytes(size // 2).hex()) for n in range(events)
    ]
    segment = build_segment(WORKSPACE, EMPTY, queued, counted_entropy(), Sizes(segment_bytes=limit))
    assert segment.count == events or len(segment.records) + limit // 4 + size + 500 > limit
