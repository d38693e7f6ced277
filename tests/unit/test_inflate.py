"""Decompression has a bound, and reads all of its input or fails."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.bounded_inflate import gunzip, inflate
from indelible.errors import Oversized, Unreadable


@given(st.binary(max_size=2_000))
def test_compressed_bytes_inflate_to_the_original(plain: bytes) -> None:
    assert inflate(zlib.compress(plain), 2_000) == plain
    assert gunzip(gzip.compress(plain), 2_000) == plain


def test_the_bound_is_exact() -> None:
    assert inflate(zlib.compress(b"a" * 1_000), 1_000) == b"a" * 1_000
    with pytest.raises(Oversized):
        inflate(zlib.compress(b"a" * 1_001), 1_000)


def test_a_bomb_costs_no_more_memory_than_the_bound() -> None:
    bomb = zlib.compress(bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(Oversized):
        inflate(bomb, 100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@given(st.binary(min_size=1, max_size=200), st.data())
def test_bytes_cut_off_anywhere_are_unreadable(plain: bytes, data: st.DataObject) -> None:
    compressed = zlib.compress(plain)
    end = data.draw(st.integers(0, len(compressed) - 1))
    with pytest.raises(Unreadable):
        inflate(compressed[:end], 1_000)


def test_trailing_bytes_are_not_ignored() -> None:
    with pytest.raises(Unreadable):
        inflate(zlib.compress(b"a") + b"b", 1_000)
    with pytest.raises(Unreadable):
        gunzip(gzip.compress(b"a") + b"b", 1_000)


@given(st.binary(max_size=100))
def test_any_bytes_are_inflated_or_raise_unreadable(junk: bytes) -> None:
    try:
        assert zlib.compress(inflate(junk, 1_000))
    except Unreadable:
        with pytest.raises(zlib.error):
            zlib.decompress(junk + b"\0")


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_gzip_of_several_members_inflates_to_all_of_them(members: list[bytes]) -> None:
    plain = b"".join(members)
    packed = b"".join(map(gzip.compress, members))
    assert gunzip(packed, len(plain)) == plain
    if plain:
        with pytest.raises(Oversized):
            gunzip(packed, len(plain) - 1)


@given(st.binary(max_size=200), st.binary(max_size=200), st.data())
def test_gzip_of_two_members_cut_off_or_with_bytes_between_is_unreadable(
    one: bytes, other: bytes, data: st.DataObject
) -> None:
    first, second = gzip.compress(one), gzip.compress(other)
    cut = data.draw(st.integers(0, len(second) - 1).filter(bool))
    with pytest.raises(Unreadable):
        gunzip(first + second[:cut], 1_000)
    with pytest.raises(Unreadable):
        gunzip(first + data.draw(st.sampled_from([b"\x00", b"x", b"\x1f\x8c"])) + second, 1_000)


def test_four_mebibytes_of_empty_members_are_refused_at_once() -> None:
    packed = gzip.compress(b"") * (4 * 1024 * 1024 // 20)
    began = time.process_time()
    with pytest.raises(Unreadable, match="more than 1000 members"):
        gunzip(packed, 100)
    assert time.process_time() - began < 0.5
