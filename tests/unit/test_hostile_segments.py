"""Segments forged by somebody with write access to the table: no reader breaks.

Each reader returns a result or raises an error of ours. It takes no more memory than a segment may
hold.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from indelible import zstd
from indelible.chain.segment import Segment
from indelible.errors import IndelibleError
from indelible.exporting.csv_rows import write_rows
from indelible.filters import Filters, read_filters
from indelible.index.extend import extend
from indelible.reading.find_event import find_event
from indelible.reading.listing import list_events
from indelible.reading.verification import verify_range
from indelible.times import LATEST, parse_time
from indelible.verifying.segments import verify
from indelible.writing.delivery import chain_messages
from support.builders import (
    NOON,
    WORKSPACE,
    a_chain,
    a_delivered,
    a_queued_event,
    at_second,
    event_id,
    records_of,
    rewritten,
    tries,
)
from support.export_lines import breaks_of, lines_of, packed
from support.memory_index import MemoryIndex
from support.memory_ledger import MemoryLedger
from support.reading import plenty, reader_of
from support.small_index import SMALL
from support.writers import writer_on

SOUND = a_chain(30, 3)
PLACE = 5
EARLIEST = parse_time("0001-01-01T00:00:00.000000Z")
FIRST, SECOND, THIRD = records_of([SOUND[PLACE]])
MOST_MEMORY = 256 * 1024 * 1024
"""A quarter of a function's memory. A segment may hold 8 MiB decompressed, all empty records."""


def with_metadata(value: bytes) -> bytes:
    """The record with another value under `metadata`, which a reader need not examine."""
    return SECOND.replace(b'"id":', b'"metadata":%b,"id":' % value, 1)


RECORDS = {
    "nested": b"[" * 10_000 + b"]" * 10_000,
    "nested objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "unclosed": b'{"id":' * 10_000,
    "nested metadata": with_metadata(b"[" * 10_000 + b"]" * 10_000),
    "nested metadata objects": with_metadata(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "not UTF-8": with_metadata(b'"\xff"'),
    "a surrogate": with_metadata(b'"\\ud800"'),
    "a long integer": with_metadata(b"1" + b"0" * 5_000),
    "an infinite number": with_metadata(b"1e400"),
    "names twice": SECOND.replace(b'"id":', b'"id":"x","id":', 1),
    "many names": with_metadata(b"{" + b",".join(b'"%d":0' % n for n in range(200_000)) + b"}"),
    "no object": b"7",
    "nothing": b"",
    "a number as id": SECOND.replace(event_id(17, at_second(17)).encode(), b"\x00"),
    "no such time": SECOND.replace(b"2026-", b"9999-"),
    "a distant sequence": SECOND.replace(b'"sequence":17', b'"sequence":1%b' % (b"0" * 30)),
    "targets that are none": SECOND.replace(b'"id":', b'"targets":[[]],"id":', 1),
}
SEGMENTS = {
    "a bomb": {"records": zstd.compress(bytes(100_000_000))},
    "a bomb of lines": {"records": zstd.compress(b"\n" * 8_000_000), "count": 8_000_001},
    "a bomb of short lines": {"records": zstd.compress(b"{}\n" * 2_700_000)},
    "no zstd": {"records": b"\x78\x9c"},
    "half a prefix": {"leaf_prefixes": SOUND[PLACE].leaf_prefixes[:10]},
    "no prefixes": {"leaf_prefixes": b""},
    "a million records": {"count": 1_000_000},
    "no records": {"count": 0},
    "the first and the last of times": {"first_created_at": EARLIEST, "last_created_at": LATEST},
    "half a link": {"previous_event_hash": b"x", "event_hash": b""},
}
SLOW = {"a bomb of lines", "a bomb of short lines"}
"""Segments whose millions of records take seconds to read while memory is traced."""


@cache
def hostile() -> dict[str, Segment]:
    """The sixth segment of the chain, forged in each of these ways."""
    whole = SOUND[PLACE]
    return {
        **{name: rewritten(whole, [FIRST, each, THIRD]) for name, each in RECORDS.items()},
        **{name: replace(whole, **changes) for name, changes in SEGMENTS.items()},  # type: ignore[arg-type]
    }


def verify_all(chained: list[Segment]) -> None:
    for _ in verify(WORKSPACE, chained):
        pass


def verify_by_time(chained: list[Segment]) -> None:
    verify_range(reader_of(chained), WORKSPACE, (NOON, NOON * 2), 1_000, None, plenty())


def list_all(chained: list[Segment]) -> None:
    list_events(reader_of(chained), WORKSPACE, Filters(), 100, None, plenty())


def list_some(chained: list[Segment]) -> None:
    filters = read_filters({"search": "nobody", "actor_id": "user_1"})
    list_events(reader_of(chained), WORKSPACE, filters, 100, None, plenty())


def look_up(chained: list[Segment]) -> None:
    for number in (16, 17, 18, 30):
        find_event(reader_of(chained), WORKSPACE, event_id(number, at_second(number)))


def export_rows(chained: list[Segment]) -> None:
    write_rows(chained[PLACE], 1, 30, None)


def export_lines(chained: list[Segment]) -> None:
    """Whatever is exported can be read again."""
    breaks_of(packed(lines_of(chained)))
    breaks_of(packed(lines_of(chained, read_filters({"actor_id": "nobody"}))))


def index_it(chained: list[Segment]) -> None:
    ledger = MemoryLedger()
    ledger.load(chained)
    for _ in extend(ledger, MemoryIndex(geometry=SMALL), WORKSPACE, 30, lambda: True):
        pass


def go_on_writing(chained: list[Segment]) -> None:
    """The writer looks up old events, and the hostile segment is at the end."""
    for end in (len(chained), PLACE + 1):
        for old in (a_queued_event(17, at_second(17)), a_queued_event(99, NOON)):
            ledger = MemoryLedger()
            ledger.load(chained[:end])
            chain_messages(writer_on(ledger), WORKSPACE, [a_delivered("m", old)], tries(0))


READERS: list[Callable[[list[Segment]], None]] = [
    verify_all,
    verify_by_time,
    list_all,
    list_some,
    look_up,
    export_rows,
    export_lines,
    index_it,
    go_on_writing,
]


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_every_reader_reads_the_sound_chain(read: Callable[[list[Segment]], None]) -> None:
    read(SOUND)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in hostile()],
)
@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_no_reader_crashes_on_a_hostile_segment(
    read: Callable[[list[Segment]], None], name: str
) -> None:
    chained = [*SOUND[:PLACE], hostile()[name], *SOUND[PLACE + 1 :]]
    tracemalloc.start()
    try:
        read(chained)
    except IndelibleError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < MOST_MEMORY
