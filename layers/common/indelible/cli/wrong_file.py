"""What a file is that is no export, as far as its beginning shows: for `verify --file`."""

from __future__ import annotations

import zlib
from typing import IO

import msgspec

from ..bounded_inflate import GZIP
from ..export_file.manifest import FILE_FORMAT
from ..exporting.csv_rows import COLUMNS

_BEGIN_BYTES = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CSV = ",".join(COLUMNS[:2]).encode()


class RememberingStream:
    """A stream that keeps its first bytes, because standard input cannot be read again."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.begin = b""

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; none at the end."""
        data = self._stream.read(size)
        if len(self.begin) < _BEGIN_BYTES:
            self.begin += data[: _BEGIN_BYTES - len(self.begin)]
        return data


def explain_wrong_file(begin: bytes, reason: str) -> str:
    """Say what a file is that begins so, after its name: `is empty`, for example.

    `reason` is why it cannot be read. It is used when the file begins as an export.
    """
    if not begin:
        return "is empty"
    if begin.startswith(_GZIP_MAGIC):
        try:
            begin = zlib.decompressobj(GZIP).decompress(begin, _BEGIN_BYTES)
        except zlib.error:
            return "is damaged: it begins as gzip and cannot be unpacked"
        if not begin:
            return "is cut off, or holds nothing"
    begin = begin.removeprefix(_BYTE_ORDER_MARK)
    if begin[:100].replace(b'"', b"").startswith(_CSV):
        return "is a CSV file; only an NDJSON export can be verified"
    if f'"{FILE_FORMAT}"'.encode() in begin.partition(b"\n")[0]:
        return f"is not an export that can be verified: {reason}"
    return _explain_other(begin)


def _explain_other(begin: bytes) -> str:
    """Say what content is that does not begin with a manifest."""
    for text in (begin, begin.partition(b"\n")[0]):
        try:
            value = msgspec.json.decode(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and {"error", "message"} <= value.keys():
            return "is an error that the API answered, not an export"
        return "is JSON, but not an export"
    return "is not an export"
