"""Compressing the records of a segment up to a limit of bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import zstd

_SETTINGS: Mapping[int, int] = {
    zstd.CompressionParameter.compression_level: 6,
    zstd.CompressionParameter.min_match: 6,
    zstd.CompressionParameter.window_log: 20,
    zstd.CompressionParameter.hash_log: 16,
    zstd.CompressionParameter.chain_log: 16,
}
"""Tuned for records: few write units for the time (docs/decisions/023-zstd.md).

Matches of 5 bytes and less, which are frequent in random hex digits, are ignored. The tables are
small, because they are cleared for each segment.
"""

_BLOCK_BYTES = 128 * 1024
"""Maximum input of a block. The compressor holds back at most one block."""

_OVERHEAD_BYTES = 1_024
"""Upper bound on what a frame's header and its blocks' headers add to bytes that do not compress.

A block that would grow is stored as it is, behind three bytes.
"""

_LAST_BLOCK = b"\x01\x00\x00"
"""An empty block that ends a frame (RFC 8878, section 3.1.1.2)."""


class Compressor:
    """Compresses records, joined by line feeds, to one frame, if they fit into `limit` bytes.

    Where the limit may be near, each chunk ends with a whole block. A chunk that does not fit is
    left out: its blocks are dropped, and an empty last block ends the frame in their place. So no
    record is compressed more than twice: once here and, if it did not fit, once in the next
    segment.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit - len(_LAST_BLOCK)
        self._stream = zstd.Compressor(options=_SETTINGS)
        self._output: list[bytes] = []
        self._output_bytes = 0
        self._held_bytes = 0
        self._is_first = True
        self._is_cut = False

    def add(self, chunk: Sequence[bytes]) -> bool:
        """Add some records. Returns False and adds none if they do not fit; the first always do.

        After False, add nothing more.
        """
        plain = b"\n".join(chunk if self._is_first else [b"", *chunk])
        held = min(self._held_bytes, _BLOCK_BYTES)
        size = self._output_bytes + held + len(plain) + _OVERHEAD_BYTES
        if self._is_first or size <= self._limit:
            self._keep(self._stream.compress(plain))
            self._held_bytes += len(plain)
            self._is_first = False
            return True
        if self._held_bytes:
            self._keep(self._stream.flush(zstd.Compressor.FLUSH_BLOCK))
            self._held_bytes = 0
        output = self._stream.compress(plain, zstd.Compressor.FLUSH_BLOCK)
        self._is_cut = self._output_bytes + len(output) > self._limit
        if not self._is_cut:
            self._keep(output)
        return not self._is_cut

    def finish(self) -> bytes:
        """Everything that was added, compressed."""
        self._keep(_LAST_BLOCK if self._is_cut else self._stream.flush())
        return b"".join(self._output)

    def _keep(self, output: bytes) -> None:
        self._output.append(output)
        self._output_bytes += len(output)
