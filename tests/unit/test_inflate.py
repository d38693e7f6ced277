"""Decompression has a bound, and reads all of its input or fails."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.bounded_inflate import GZIP, inflate
from indelible.errors import Oversized, Unreadable


@given(st.binary(max_size=2_000))
def test_compressed_bytes_inflate_to_the_original(plain: bytes) -> None:
    assert inflate(zlib.compress(plain), 2_000) == plain
    assert inflate(gzip.compress(plain), 2_000, GZIP) == plain


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
        inflate(gzip.compress(b"a") + gzip.compress(b"b"), 1_000, GZIP)


@given(st.binary(max_size=100))
def test_any_bytes_are_inflated_or_raise_unreadable(junk: bytes) -> None:
    try:
        assert zlib.compress(inflate(junk, 1_000))
    except Unreadable:
        with pytest.raises(zlib.error):
            zlib.decompress(junk + b"\0")
