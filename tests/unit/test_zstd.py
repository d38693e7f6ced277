"""Zstandard is read within bounds: one plain frame, or an error, whatever somebody wrote."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible import zstd
from indelible.errors import Oversized, Unreadable

library = zstd.zstd
PLAIN = random.Random(1).randbytes(500) + b"segment " * 500
FRAME = zstd.compress(PLAIN)
SKIPPABLE = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"skip"


def with_window(log: int, *, level: int = 3) -> bytes:
    """A small frame that demands a window of 2^log bytes."""
    option = library.CompressionParameter
    stream = zstd.Compressor(options={option.compression_level: level, option.window_log: log})
    return stream.compress(b"hello") + stream.flush()


def claiming(size: int) -> bytes:
    """The header of a frame that says it has so many bytes in one piece (RFC 8878, 3.1.1.1)."""
    return FRAME[:4] + b"\xe0" + size.to_bytes(8, "little") + b"\x01\x00\x00"


@given(st.binary(max_size=2_000), st.integers(1, 9))
def test_compressed_bytes_decompress_to_the_original(plain: bytes, level: int) -> None:
    assert zstd.decompress(zstd.compress(plain, level), 2_000) == plain


def test_the_bound_is_exact() -> None:
    assert zstd.decompress(zstd.compress(b"a" * 1_000), 1_000) == b"a" * 1_000
    with pytest.raises(Oversized, match="more than 1000 bytes"):
        zstd.decompress(zstd.compress(b"a" * 1_001), 1_000)


@pytest.mark.parametrize("level", [1, 3, 6, 19])
def test_the_largest_content_can_be_read_at_every_level(level: int) -> None:
    """It is 8 MiB, which is also the largest window."""
    plain = b"0123456789abcdef" * 2**19
    assert len(zstd.decompress(zstd.compress(plain, level), 2**23)) == 2**23


HOSTILE = {
    "empty": b"",
    "no frame": b"hello",
    "zlib": b"\x78\x9c\x03\x00\x00\x00\x00\x01",
    "the magic number alone": FRAME[:4],
    "two frames": FRAME + FRAME,
    "an empty frame behind": FRAME + zstd.compress(b""),
    "a byte behind": FRAME + b"\x00",
    "a skippable frame": SKIPPABLE,
    "a skippable frame before": SKIPPABLE + FRAME,
    "a skippable frame behind": FRAME + SKIPPABLE,
    "a window of 16 MiB": with_window(24),
    "a window of 128 MiB": with_window(27),
    "64 GiB in one piece": claiming(2**36),
    "2^64 - 1 bytes in one piece": claiming(2**64 - 1),
    "a reserved bit": FRAME[:4] + bytes([FRAME[4] | 8]) + FRAME[5:],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_anything_but_one_whole_plain_frame_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable):
        zstd.decompress(HOSTILE[name], 2**23)


def test_a_window_of_the_bound_can_be_read() -> None:
    assert zstd.decompress(with_window(zstd.MAX_WINDOW_LOG), 10) == b"hello"


def test_a_frame_that_needs_a_dictionary_is_unreadable() -> None:
    samples = [b'{"action":"document.created","n":%d}' % n for n in range(2_000)]
    dictionary = library.train_dict(samples, 2_000)
    raw = library.ZstdDict(b"document.created, document.shared", is_raw=True)
    for each in (dictionary, raw):
        frame = library.compress(samples[0] * 3, 3, zstd_dict=each)
        with pytest.raises(Unreadable):
            zstd.decompress(frame, 10_000)


@given(st.integers(0, len(FRAME) - 1))
def test_a_frame_cut_off_anywhere_is_unreadable(end: int) -> None:
    with pytest.raises(Unreadable):
        zstd.decompress(FRAME[:end], 10_000)


@given(st.integers(0, len(FRAME) - 1), st.integers(1, 255))
def test_a_damaged_frame_is_within_the_bound_or_unreadable(position: int, change: int) -> None:
    damaged = bytearray(FRAME)
    damaged[position] ^= change
    with contextlib.suppress(Unreadable):
        assert len(zstd.decompress(bytes(damaged), 10_000)) <= 10_000


@given(st.binary(max_size=100), st.booleans())
def test_any_bytes_decompress_or_are_unreadable(junk: bytes, begins_well: bool) -> None:
    with contextlib.suppress(Unreadable):
        zstd.decompress(FRAME[:4] + junk if begins_well else junk, 1_000)


MEMORY = """
import re, sys
from indelible import zstd
from indelible.errors import Unreadable
peak = lambda: int(re.search("VmHWM: *\\t* *([0-9]+) kB", open("/proc/self/status").read())[1])
frame, before = open(sys.argv[1], "rb").read(), peak()
try:
    zstd.decompress(frame, 8 * 1024 * 1024)
except Unreadable:
    pass
print(peak() - before)
"""


def a_bomb(window: int) -> bytes:
    """A gigabyte of zeros behind a window of 2^window bytes."""
    option = library.CompressionParameter
    stream = zstd.Compressor(options={option.compression_level: 1, option.window_log: window})
    pieces = [stream.compress(bytes(2**20)) for _ in range(1_024)]
    return b"".join([*pieces, stream.flush()])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
@pytest.mark.parametrize("bomb", [a_bomb(23), a_bomb(27), claiming(2**36)], ids=["8", "128", "one"])
def test_a_bomb_costs_no_more_memory_than_the_bound_and_the_window(
    bomb: bytes, tmp_path: Path
) -> None:
    """The process's own peak, because zstd allocates where tracemalloc does not see it."""
    file = tmp_path / "bomb"
    file.write_bytes(bomb)
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, str(file)], capture_output=True, text=True, check=True
    )
    kilobytes = int(run.stdout)
    assert kilobytes < 3 * 8 * 1024 + 4 * 1024  # the output, its copy, the window, and some
