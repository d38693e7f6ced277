"""Zstandard, bounded: one plain frame in, at most so many bytes out.

Python 3.14 has the module as `compression.zstd`. For older ones, `backports.zstd` is the same. A
frame is what RFC 8878 describes: https://www.rfc-editor.org/rfc/rfc8878
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from .bounded_inflate import read_pieces
from .errors import Unreadable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["CompressionParameter", "Compressor", "compress", "decompress", "zstd"]

Compressor, CompressionParameter = zstd.ZstdCompressor, zstd.CompressionParameter

MAX_WINDOW_LOG = 23
"""Windows of at most 8 MiB. To read a frame takes its window and about 0.3 MiB of memory."""

_MAGIC = b"\x28\xb5\x2f\xfd"
"""The first bytes of a frame (section 3.1.1). Skippable frames and dictionaries have others."""

_PIECE_BYTES = 128 * 1024
"""The library joins larger output from blocks of its own. They are large allocations, which the
process returns to the system and gets back empty for every frame: most of the time of reading."""

_BOUNDS: Mapping[int, int] = {zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}


def compress(plain: bytes, level: int = 3) -> bytes:
    """Compress bytes to one frame."""
    return zstd.compress(plain, level)


def decompress(compressed: bytes, at_most: int) -> bytes:
    """Decompress one frame to at most `at_most` bytes. Raises Oversized when there are more.

    Raises Unreadable when the input is not one whole frame, has bytes after it, needs a dictionary,
    or needs a window of more than 8 MiB. Memory holds no more than `at_most` and the window.
    """
    return b"".join(pieces(compressed, at_most))


def pieces(compressed: bytes, at_most: int) -> Iterator[bytes]:
    """Decompress one frame as `decompress` does, a piece at a time.

    Raises as `decompress` does, but after it has yielded what comes before.
    """
    if not compressed.startswith(_MAGIC):
        raise Unreadable("does not decompress: not a frame of zstd")
    frame = zstd.ZstdDecompressor(options=_BOUNDS)
    yield from read_pieces(frame, zstd.ZstdError, compressed, at_most, _PIECE_BYTES)
