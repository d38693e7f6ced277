"""A metered reader returns what its reader returns, and counts every byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from indelible.chain.ledger import Ledger
from indelible.chain.segment import Segment
from indelible.reading.metered import Meter, metered
from support.builders import WORKSPACE, a_chain
from support.memory_index import MemoryIndex
from support.reading import reader_of

CHAIN = a_chain(12, per_segment=3)


def all_of(found: Any) -> list[Segment]:
    return [found] if isinstance(found, Segment) else list(found)


@pytest.mark.parametrize(
    "read",
    [
        lambda ledger: ledger.newest(WORKSPACE),
        lambda ledger: ledger.at_or_before(WORKSPACE, 5),
        lambda ledger: ledger.ascending(WORKSPACE, 4),
        lambda ledger: ledger.ascending(WORKSPACE, 4, 7),
        lambda ledger: ledger.descending(WORKSPACE, 9, 2),
        lambda ledger: ledger.stored(WORKSPACE, 1),
        lambda ledger: ledger.segments_at(WORKSPACE, [10, 4]),
        lambda ledger: ledger.segments_of([(WORKSPACE, 10), (WORKSPACE, 4)]),
    ],
)
def test_every_way_to_read_a_chain_is_counted(read: Callable[[Ledger], Any]) -> None:
    reader, meter = reader_of(CHAIN), Meter()
    expected = all_of(read(reader.ledger))
    assert expected
    assert all_of(read(metered(reader, meter).ledger)) == expected
    assert meter.stored_bytes == sum(each.stored_bytes for each in expected)


def test_only_segments_that_are_consumed_are_counted() -> None:
    reader, meter = reader_of(CHAIN), Meter()
    segments = metered(reader, meter).ledger.ascending(WORKSPACE, 1)
    assert meter.stored_bytes == 0
    assert next(segments) == CHAIN[0]
    assert meter.stored_bytes == CHAIN[0].stored_bytes


def test_an_empty_chain_costs_nothing() -> None:
    meter = Meter()
    assert metered(reader_of([]), meter).ledger.newest(WORKSPACE) is None
    assert meter.stored_bytes == 0


def test_index_pages_are_counted() -> None:
    reader, meter = reader_of(CHAIN), Meter()
    assert isinstance(reader.index, MemoryIndex)
    reader.index.put_page(WORKSPACE, 0, 1, 2, b"12345")
    reader.index.put_directory(WORKSPACE, 0, b"123")
    index = metered(reader, meter).index
    assert list(index.pages(WORKSPACE, 0, 1, 0, 9)) == [(2, b"12345")]
    assert list(index.directories(WORKSPACE, 0)) == [(0, b"123")]
    assert list(index.directories_of(WORKSPACE, [1, 0])) == [(0, b"123")]
    assert index.newest_directory(WORKSPACE) == 0
    assert meter.stored_bytes == 11
