"""Codecs: how the records of a segment and the JSON of a message are compressed.

What is stored names its codec. An unknown one is not damage, because a newer version may have
written it. So whoever meets it fails, and tries again later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from . import zstd
from .bounded_inflate import inflate
from .errors import FromNewerVersion

ZLIB = "zlib"
"""The codec of segments and messages that name none. They are older."""

ZSTD = "zstd"
"""The codec of everything that this version writes."""

Decompress = Callable[[bytes, int], bytes]

_KNOWN: Mapping[str, Decompress] = {ZLIB: inflate, ZSTD: zstd.decompress}

_SHOWN = 32
"""Maximum characters of a name in the text of an error."""


def decompressor(codec: str, what: str) -> Decompress:
    """What decompresses bytes to at most so many. It raises Unreadable, or Oversized.

    Raises FromNewerVersion when the codec is unknown. `what` begins the sentence of that error.
    """
    known = _KNOWN.get(codec)
    if known is None:
        raise FromNewerVersion(f"{what} is compressed with {codec[:_SHOWN]!r}, which is unknown")
    return known


def decompressed_pieces(codec: str, compressed: bytes, at_most: int, what: str) -> Iterator[bytes]:
    """What `decompressor` gives, a piece at a time. Other codecs than ZSTD give it in one piece.

    Raises as `decompressor` and its result do, but after it has yielded what comes before.
    """
    if codec == ZSTD:
        yield from zstd.pieces(compressed, at_most)
    else:
        yield decompressor(codec, what)(compressed, at_most)
