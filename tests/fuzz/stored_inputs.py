"""Inputs of the stored target: changed frames, and frames of changed content."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from hypothesis import strategies as st
from indelible import zstd

from .corpus import read_corpus
from .stored_seeds import PLAIN

_PACK: dict[bytes, Callable[[bytes], bytes]] = {b"zstd": zstd.compress, b"zlib": zlib.compress}
_NAMES = [*_PACK, b"zstd-next", b"", b"ZSTD", b"zstd ", b"\xff", b"z" * 300]


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """A case of the corpus with other bytes, or other content in a sound frame."""
    name, _, packed = draw(st.sampled_from(read_corpus("stored"))).partition(b"\n")
    if draw(st.integers(0, 2)) == 0:
        name = draw(st.sampled_from([*_PACK]))
        return name + b"\n" + _PACK[name](_changed(draw, PLAIN))
    if draw(st.integers(0, 9)) == 0:
        name = draw(st.sampled_from(_NAMES))
    return name + b"\n" + _changed(draw, packed)


def _changed(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with up to three changes: bytes replaced, removed, repeated or put in."""
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)) | st.integers(0, min(24, len(content))))
        end = min(len(content), start + draw(st.integers(0, 4)))
        new = draw(st.binary(max_size=6) | st.just(content[start:]) | st.just(b""))
        content = content[:start] + new + content[end:]
    return content
