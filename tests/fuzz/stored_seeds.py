"""The corpus of the stored target: segments and messages of both codecs, and hostile frames."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator

from indelible import zstd
from support.builders import a_message, a_queued_event

from .stored import RECORDS, SEGMENT

PLAIN = b"\n".join(RECORDS)
_OPTION = zstd.CompressionParameter
_SKIPPABLE = b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip"
_MESSAGE = base64.b64decode(a_message(*map(a_queued_event, range(1, 9))).removeprefix("zstd:"))


def seeds() -> Iterator[tuple[str, bytes]]:
    """Names and inputs."""
    for name, (codec, packed) in _inputs().items():
        yield f"{name}.stored", codec.encode() + b"\n" + packed


def _inputs() -> dict[str, tuple[str, bytes]]:
    one_piece = zstd.compress(PLAIN)
    return {
        "segment": (SEGMENT.codec, SEGMENT.records),
        "segment-in-one-piece": ("zstd", one_piece),
        "segment-in-zlib": ("zlib", zlib.compress(PLAIN)),
        "segment-of-another-codec": ("zstd-next", SEGMENT.records),
        "segment-cut-off": ("zstd", SEGMENT.records[:-20]),
        "segment-in-two-frames": ("zstd", zstd.compress(PLAIN[:99]) + zstd.compress(PLAIN[99:])),
        "segment-behind-a-skippable-frame": ("zstd", _SKIPPABLE + one_piece),
        "segment-with-a-dictionary": ("zstd", _with_dictionary()),
        "segment-with-a-large-window": ("zstd", _with_window(27, PLAIN)),
        "bomb": ("zstd", _with_window(20, bytes(64_000_000))),
        "bomb-in-zlib": ("zlib", zlib.compress(bytes(64_000_000))),
        "nothing": ("zstd", b""),
        "message": ("zstd", _MESSAGE),
        "message-in-zlib": ("zlib", zlib.compress(zstd.decompress(_MESSAGE, 100_000))),
    }


def _with_window(log: int, plain: bytes) -> bytes:
    stream = zstd.Compressor(options={_OPTION.compression_level: 3, _OPTION.window_log: log})
    return stream.compress(plain[:-1]) + stream.compress(plain[-1:]) + stream.flush()


def _with_dictionary() -> bytes:
    dictionary = zstd.zstd.train_dict([b"%d%s" % each for each in enumerate(RECORDS * 20)], 2_000)
    return zstd.zstd.compress(PLAIN, zstd_dict=dictionary)
