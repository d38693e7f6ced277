"""The directory: landmarks survive encoding and bound the segments that hold a time."""

from __future__ import annotations

import zlib
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.index.directory import (
    Directory,
    Landmark,
    Places,
    decode_landmarks,
    encode_landmarks,
)
from indelible.index.levels import GEOMETRY
from support.builders import NOON, SECOND, WORKSPACE
from support.memory_index import MemoryIndex

STEPS = st.lists(st.tuples(st.integers(1, 1_000), st.integers(1, 10**12)), max_size=50)


def landmarks_of(steps: list[tuple[int, int]]) -> list[Landmark]:
    return [
        Landmark(sequence, time)
        for sequence, time in accumulate(steps, lambda a, b: (a[0] + b[0], a[1] + b[1]))
    ]


@given(STEPS)
def test_landmarks_survive_encoding_and_decoding(steps: list[tuple[int, int]]) -> None:
    landmarks = landmarks_of(steps)
    assert decode_landmarks(encode_landmarks(landmarks)) == landmarks


def test_the_landmarks_of_a_block_are_a_few_hundred_bytes() -> None:
    landmarks = [Landmark(1 + 137 * n, NOON + 137 * n * SECOND + n * n) for n in range(30)]
    assert len(encode_landmarks(landmarks)) < 400


@pytest.mark.parametrize(
    "stored",
    [
        *(b"", b"garbage", zlib.compress(bytes(17)), zlib.compress(bytes(16))),
        encode_landmarks([Landmark(-7, NOON)]),
        encode_landmarks([Landmark(10**16, NOON)]),
        encode_landmarks([Landmark(1, -NOON)]),
        zlib.compress(b"\x7f" * 32),
    ],
)
def test_bytes_that_are_not_landmarks_are_unreadable(stored: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_landmarks(stored)


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
    index.put_directory(WORKSPACE, 0, encode_landmarks([Landmark(1, NOON)]))
    index.put_directory(WORKSPACE, 1, b"garbage")
    places = Places()
    places.load(index, WORKSPACE)
    assert (len(places), places.blocks) == (1, 2)
    index.put_directory(WORKSPACE, 2, encode_landmarks([Landmark(9_000, NOON + 1)]))
    places.load(index, WORKSPACE)
    assert (len(places), places.blocks) == (2, 3)


def test_the_least_recently_used_chains_are_forgotten() -> None:
    known = Directory(remembered=10)
    for name in ("a", "b", "c", "a", "d"):
        places = known.of(name)
        for number in range(len(places), 4):
            places.learn(Landmark(1 + number * GEOMETRY.apart, NOON + number))
    assert list(known.chains) == ["c", "a", "d"]
