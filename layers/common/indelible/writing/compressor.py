"""Compressing the records of a segment up to a limit of bytes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

MAX_PENDING_BYTES = 128 * 1024
"""Upper bound on the output that the compressor holds back: one block of at most 16,383 symbols.

A symbol takes at most 48 bits (RFC 1951: a length and a distance with their extra bits), and the
block's Huffman tables take less than 1 KB. https://www.zlib.net/manual.html (deflatePending)
"""


class Compressor:
    """Compresses records, joined by line feeds, as long as they fit into `limit` bytes.

    zlib's settings are tuned for records: they need the fewest write units for the time that they
    take (docs/performance.md). Z_FILTERED ignores matches of 5 bytes and less, which are frequent
    in random hex digits.

    Where the limit may be near, the compressor is copied before each chunk, so that it can go back
    when the chunk does not fit. No record is compressed more than twice: once here and, if it did
    not fit, once in the next segment.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = zlib.compressobj(level=7, strategy=zlib.Z_FILTERED)
        self._output: list[bytes] = []
        self._output_bytes = 0

    def add(self, chunk: Sequence[bytes]) -> bool:
        """Add some records. Returns False and adds none if they do not fit; the first always do."""
        is_first = not self._output
        plain = b"\n".join(chunk if is_first else [b"", *chunk])
        is_near = self._output_bytes + len(plain) > self._limit - MAX_PENDING_BYTES
        before = self._stream.copy() if is_near and not is_first else None
        output = self._stream.compress(plain)
        if before is not None and self._is_too_much(len(output)):
            self._stream = before
            return False
        self._output.append(output)
        self._output_bytes += len(output)
        return True

    def finish(self) -> bytes:
        """Everything that was added, compressed."""
        return b"".join([*self._output, self._stream.flush()])

    def _is_too_much(self, more: int) -> bool:
        size = self._output_bytes + more
        return size > self._limit or size + len(self._stream.copy().flush()) > self._limit
