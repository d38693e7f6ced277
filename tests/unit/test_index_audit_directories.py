"""Auditing directories: one that hides events is an error; one that only slows is not."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from indelible.index.compare import Kind
from indelible.index.directory import (
    BlockDirectory,
    Landmark,
    decode_directory,
    encode_directory,
)
from indelible.index.occurred import ALWAYS, Slice
from indelible.index.starts import NO_STARTS, Starts
from support.builders import NOON, SECOND, WORKSPACE
from support.small_index import SPAN
from unit.audited_index import (
    an_indexed_chain,
    differences,
    kinds,
    rebuild_index,
)


def a_directory(*landmarks: Landmark, starts: Starts = NO_STARTS) -> bytes:
    return encode_directory(BlockDirectory([*landmarks], starts), SPAN)


def test_a_missing_directory_is_slow_even_where_it_would_have_no_landmark() -> None:
    indexed = an_indexed_chain(3 * SPAN)
    for segment in indexed.chain:
        if SPAN < segment.first_sequence <= 2 * SPAN:
            del indexed.ledger.chains[WORKSPACE][segment.first_sequence]
    rebuild_index(indexed)
    del indexed.index.written[WORKSPACE, 1]
    assert kinds(indexed) == [("slow", "directory", 1)]


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (b"garbage", Kind.SLOW),
        (None, Kind.SLOW),
        (a_directory(), Kind.SLOW),
        (zlib.compress(b""), Kind.SLOW),
        (a_directory(Landmark(50, NOON + 49 * SECOND)), Kind.SLOW),
        (a_directory(Landmark(50, NOON)), Kind.MISLEADS),
        (a_directory(Landmark(49, NOON + 48 * SECOND)), Kind.MISLEADS),
        (a_directory(starts=Starts(6, 0)), Kind.SLOW),
        (a_directory(starts=Starts(0, 0b10)), Kind.SLOW),
        (a_directory(starts=Starts(5, 0)), Kind.MISLEADS),
        (a_directory(starts=Starts(6, 0b110)), Kind.MISLEADS),
    ],
)
def test_a_wrong_directory_misleads_or_is_only_slow(stored: bytes | None, kind: Kind) -> None:
    indexed = an_indexed_chain(6 * SPAN)
    assert 50 in {each.first_sequence for each in indexed.chain}
    indexed.index.written.pop((WORKSPACE, 3))
    if stored is not None:
        indexed.index.put_directory(WORKSPACE, 3, stored)
    assert kinds(indexed) == [(kind.value, "directory", 3)]
    rebuild_index(indexed)
    assert differences(indexed) == []


def with_slices(*slices: Slice) -> bytes:
    expected = an_indexed_chain(6 * SPAN).index.written[WORKSPACE, 3]
    return encode_directory(decode_directory(expected, SPAN)._replace(occurred=slices), SPAN)


BEGIN = (NOON // SECOND) + 3 * SPAN
"""The second of the first event of block 3. Each event is a second later than the one before."""


@pytest.mark.parametrize(
    ("slices", "hidden"),
    [
        ([Slice(BEGIN, BEGIN + 3)] * 4, 12),
        ([Slice(BEGIN, BEGIN + SPAN - 2)], 1),
        ([Slice(BEGIN + 1, BEGIN + SPAN)], 1),
        ([Slice(BEGIN, BEGIN + SPAN - 1)], 0),
        ([Slice(ALWAYS.first, BEGIN + SPAN)] * 4, 0),
        ([ALWAYS] * 4, 0),
        ([ALWAYS] * SPAN, 0),
        ([], 0),
    ],
)
def test_a_directory_that_hides_events_by_when_they_happened_is_named(
    slices: list[Slice], hidden: int
) -> None:
    indexed = an_indexed_chain(6 * SPAN)
    indexed.index.written[WORKSPACE, 3] = with_slices(*slices)
    [difference] = differences(indexed)
    assert (difference.what, difference.block, difference.records) == ("directory", 3, hidden)
    assert difference.kind == (Kind.HIDES if hidden else Kind.SLOW)
    rebuild_index(indexed)
    assert differences(indexed) == []


def test_an_event_whose_time_cannot_be_read_must_be_in_a_slice_of_any_time() -> None:
    indexed = an_indexed_chain(6 * SPAN)
    garbled = replace(indexed.chain[8], records=b"garbage")
    assert garbled.first_sequence > 3 * SPAN
    assert garbled.last_sequence <= 4 * SPAN
    indexed.ledger.load([garbled])
    hides = [each for each in differences(indexed) if each.what == "directory"]
    assert [(each.kind, each.block, each.records) for each in hides] == [(Kind.HIDES, 3, 7)]
    rebuild_index(indexed)
    assert differences(indexed) == []
