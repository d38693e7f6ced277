"""The directory: it survives encoding, and bounds the segments that hold a time or a record."""

from __future__ import annotations

import zlib
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.index.columns import SIGNED_8, distances, write_column
from indelible.index.directory import (
    BlockDirectory,
    Directory,
    Landmark,
    Places,
    decode_directory,
    encode_directory,
)
from indelible.index.levels import GEOMETRY
from indelible.index.starts import NO_STARTS, Starts, starts_of
from support.builders import NOON, SECOND, WORKSPACE
from support.memory_index import MemoryIndex

SPAN = GEOMETRY.narrow.span
STEPS = st.lists(st.tuples(st.integers(1, 1_000), st.integers(1, 10**12)), max_size=50)


def landmarks_of(steps: list[tuple[int, int]]) -> list[Landmark]:
    return [
        Landmark(sequence, time)
        for sequence, time in accumulate(steps, lambda a, b: (a[0] + b[0], a[1] + b[1]))
    ]


def encoded(*landmarks: Landmark, starts: Starts = NO_STARTS) -> bytes:
    return encode_directory(BlockDirectory([*landmarks], starts), SPAN)


def without_starts(landmarks: list[Landmark]) -> bytes:
    """The directory as it was before it had starts."""
    columns = ([each.sequence for each in landmarks], [each.time for each in landmarks])
    return zlib.compress(b"".join(write_column(SIGNED_8, distances(each)) for each in columns))


@given(STEPS, st.integers(0, 999), st.integers(0, 2**SPAN - 1))
def test_a_directory_survives_encoding_and_decoding(
    steps: list[tuple[int, int]], before: int, bits: int
) -> None:
    directory = BlockDirectory(landmarks_of(steps), Starts(before, bits))
    assert decode_directory(encode_directory(directory, SPAN), SPAN) == directory


@given(STEPS)
def test_a_directory_from_before_there_were_starts_has_its_landmarks(
    steps: list[tuple[int, int]],
) -> None:
    landmarks = landmarks_of(steps)
    assert decode_directory(without_starts(landmarks), SPAN) == BlockDirectory(landmarks)


@pytest.mark.parametrize(("every", "at_most"), [(1, 420), (2, 420), (100, 480), (137, 480)])
def test_the_directory_of_a_block_is_a_few_hundred_bytes(every: int, at_most: int) -> None:
    begun = [*range(1, SPAN + 1, every)]
    places = [each for each in begun if each % 137 < every][:30]
    landmarks = [Landmark(at, NOON + at * SECOND + at * at) for at in places]
    starts = starts_of(begun, GEOMETRY.narrow, 0, 1_000)
    assert len(encoded(*landmarks, starts=starts)) < at_most


def test_the_largest_directory_takes_one_write_unit() -> None:
    """Segments that begin at random places do not compress."""
    random = Random(1)
    landmarks = [Landmark(1 + 128 * n, NOON + n * random.getrandbits(32)) for n in range(32)]
    largest = encoded(*landmarks, starts=Starts(999, random.getrandbits(SPAN)))
    assert len(largest) < 1_024 - 100


@given(st.integers(0, 3), st.sets(st.integers(1, 4 * SPAN), max_size=40), st.data())
def test_a_record_is_in_the_last_segment_that_begins_at_it_or_before(
    block: int, begun: set[int], data: st.DataObject
) -> None:
    begin = GEOMETRY.narrow.first_sequence(block)
    sequence = data.draw(st.integers(begin, begin + SPAN - 1))
    offset = starts_of(begun, GEOMETRY.narrow, block, 1_000).of_offset(sequence - begin)
    known = [each for each in begun if begin - 1_000 < each <= sequence]
    assert (None if offset is None else begin + offset) == max(known, default=None)


@pytest.mark.parametrize(
    "stored",
    [
        *(b"", b"garbage", zlib.compress(bytes(17)), zlib.compress(bytes(16))),
        *(zlib.compress(b"\x01" + bytes(size)) for size in (0, 1, SPAN // 8 + 1, SPAN // 8 + 3)),
        zlib.compress(b"\x02" + bytes(SPAN // 8 + 2)),
        encoded(Landmark(-7, NOON)),
        encoded(Landmark(10**16, NOON)),
        encoded(Landmark(1, -NOON)),
        without_starts([Landmark(1, -NOON)]),
        zlib.compress(b"\x7f" * 32),
    ],
)
def test_bytes_that_are_not_a_directory_are_unreadable(stored: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_directory(stored, SPAN)


@given(STEPS, st.permutations(range(50)), st.integers(0, 10**13))
def test_a_time_lies_between_the_landmarks_around_it(
    steps: list[tuple[int, int]], order: list[int], time: int
) -> None:
    """Whatever the order in which they were learned."""
    landmarks = landmarks_of(steps)
    places = Places()
    for rank in order:
        if rank < len(landmarks):
            places.learn(landmarks[rank])
    low, high = places.around(time)
    assert low == 1 or (low, True) in {(each.sequence, each.time <= time) for each in landmarks}
    assert high is None or (high, True) in {(e.sequence, e.time > time) for e in landmarks}
    if len(landmarks) > 0:
        assert len(places) > 0


def test_landmarks_close_to_another_are_not_kept() -> None:
    places = Places()
    for sequence in range(1, 10 * GEOMETRY.apart):
        places.learn(Landmark(sequence, NOON + sequence))
    assert len(places) == 10
    assert places.around(NOON) == (1, 1)
    assert places.around(NOON + GEOMETRY.apart) == (1, GEOMETRY.apart + 1)


def test_a_landmark_that_contradicts_the_others_is_not_kept() -> None:
    places = Places()
    places.learn(Landmark(1_000, NOON))
    places.learn(Landmark(2_000, NOON - 1))
    places.learn(Landmark(500, NOON + 1))
    assert len(places) == 1


def test_only_new_directories_are_loaded() -> None:
    index = MemoryIndex()
    index.put_directory(WORKSPACE, 0, without_starts([Landmark(1, NOON)]))
    index.put_directory(WORKSPACE, 1, b"garbage")
    places = Places()
    places.load(index, WORKSPACE)
    assert (len(places), places.blocks) == (1, 2)
    index.put_directory(WORKSPACE, 2, encoded(Landmark(9_000, NOON + 1)))
    places.load(index, WORKSPACE)
    assert (len(places), places.blocks) == (2, 3)


def test_the_least_recently_used_chains_are_forgotten() -> None:
    known = Directory(remembered=10)
    for name in ("a", "b", "c", "a", "d"):
        places = known.of(name)
        for number in range(len(places), 4):
            places.learn(Landmark(1 + number * GEOMETRY.apart, NOON + number))
    assert list(known.chains) == ["c", "a", "d"]
