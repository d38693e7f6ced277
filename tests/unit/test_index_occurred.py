"""Slices: a directory keeps when its events happened, and never leaves one out."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.filters import read_filters
from indelible.index.directory import BlockDirectory, decode_directory, encode_directory
from indelible.index.levels import GEOMETRY
from indelible.index.occurred import (
    ALWAYS,
    Slice,
    bits_within,
    decode_slices,
    encode_slices,
    hidden_by_slices,
    second_of,
    slices_of,
)
from indelible.index.starts import Starts
from indelible.times import EARLIEST, LATEST, SECOND, format_time
from support.builders import NOON, a_chain, a_queued_event, records_of

SPAN, SIZE = 16, 4
SECONDS = st.dictionaries(
    st.integers(0, SPAN - 1),
    st.sampled_from([ALWAYS.first, -1, 0, 7, 8, ALWAYS.last]) | st.integers(0, 20),
)
TIMES = st.integers(EARLIEST, LATEST) | st.integers(-2 * SECOND, 22 * SECOND)


@given(SECONDS, TIMES, TIMES)
def test_no_event_of_a_time_is_left_out(seconds: dict[int, int], start: int, end: int) -> None:
    """An offset without a second is a record whose time cannot be read."""
    slices = slices_of(seconds, SPAN, SIZE)
    found = bits_within(slices, SPAN, start // SECOND, end // SECOND)
    for offset in range(SPAN):
        second = seconds.get(offset)
        if second is None or start // SECOND <= second <= end // SECOND:
            assert start > end or found >> offset & 1
    assert hidden_by_slices(slices, seconds, SPAN) == 0


@given(st.integers(EARLIEST, LATEST), st.sampled_from(["", "000", "001", "999"]), TIMES)
def test_a_second_and_a_filter_agree(time: int, more_digits: str, bound: int) -> None:
    occurred_at = format_time(time).removesuffix("Z") + more_digits
    second = second_of(occurred_at[:26])
    assert second == time // SECOND
    [record] = records_of(a_chain(1, 1, [a_queued_event(occurred_at=f"{occurred_at}Z")]))
    assert read_filters({"occurred_from": format_time(bound)}).matches(record) == (time >= bound)
    assert read_filters({"occurred_to": format_time(bound)}).matches(record) == (time <= bound)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-11-23", "2026-11-23T12:00:00Z", "2026-11-23 12:00:00.000000"),
        *("2026-02-30T12:00:00.000000", "2026-11-23T24:00:01.000000", "0000-01-01T00:00:00.000000"),
        "٢٠٢٦-11-23T12:00:00.000000",
    ],
)
def test_a_text_that_is_no_time_has_no_second(text: str) -> None:
    assert second_of(text) is None


@given(SECONDS, st.integers(0, 999), st.integers(0, 2**SPAN - 1))
def test_slices_survive_encoding_and_decoding(
    seconds: dict[int, int], before: int, bits: int
) -> None:
    slices = slices_of(seconds, SPAN, SIZE)
    directory = BlockDirectory([], Starts(before, bits), slices)
    assert decode_directory(encode_directory(directory, SPAN), SPAN) == directory
    assert decode_slices(encode_slices(slices) + b"rest", SPAN) == (slices, b"rest")


@pytest.mark.parametrize(
    "slices",
    [
        *((Slice(8, 7),), (Slice(ALWAYS.first - 1, 0),), (Slice(0, ALWAYS.last + 1),)),
        (Slice(0, 1),) * 3,
        (Slice(0, 1),) * 2 * SPAN,
    ],
)
def test_slices_that_no_block_has_are_unreadable(slices: tuple[Slice, ...]) -> None:
    with pytest.raises(Unreadable):
        decode_slices(encode_slices(slices), SPAN)


@pytest.mark.parametrize("plain", [b"", b"\0", b"\0\1", b"\0\1" + bytes(15), b"\xff\xff" * 9])
def test_bytes_that_are_cut_off_are_unreadable(plain: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_slices(plain, SPAN)


@pytest.mark.parametrize(("late", "at_most"), [(0, 700), (8, 900), (32, 1_000)])
def test_a_directory_stays_about_a_kilobyte_with_late_events(late: int, at_most: int) -> None:
    """The segments begin at random places, and `late` of 32 slices have an event of last year."""
    random, span = Random(1), GEOMETRY.narrow.span
    begin = NOON // SECOND
    seconds = {offset: begin + offset // 50 for offset in range(span)}
    for number in range(late):
        seconds[number * 128 + random.randrange(128)] -= random.randrange(31_000_000)
    slices = slices_of(seconds, span, GEOMETRY.slice_records)
    starts = Starts(999, random.getrandbits(span))
    encoded = encode_directory(BlockDirectory([], starts, slices), span)
    assert len(encoded) < at_most
