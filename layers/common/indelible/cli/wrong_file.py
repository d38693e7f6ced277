"""What a file is that is no export, as far as its beginning shows: for `verify --file`."""

from __future__ import annotations

import zlib
from typing import BinaryIO

import msgspec

from ..bounded_inflate import GZIP
from ..errors import IndelibleError, Unreadable
from ..export_file.manifest import FILE_FORMAT
from ..export_file.reader import ExportReader
from ..exporting.csv_rows import COLUMNS

_BEGIN_BYTES = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CSV = ",".join(COLUMNS[:2]).encode()


_HOW_TO_GET_ONE = (
    "Give a file that `indelible export`, or `POST /v1/exports` with the format ndjson, made."
)


def read_export(stream: BinaryIO, shown: str) -> ExportReader:
    """The export that the stream holds, with its manifest read. `shown` is the stream's name.

    IndelibleError says what it is instead, and how to get an export.
    """
    remembering = _RememberingStream(stream)
    try:
        return ExportReader(remembering)
    except Unreadable as error:
        wrong = _explain(remembering.begin, str(error))
        raise IndelibleError(f"{shown} {wrong}. {_HOW_TO_GET_ONE}") from None


class _RememberingStream:
    """A stream that keeps its first bytes, because standard input cannot be read again."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.begin = b""

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; none at the end."""
        data = self._stream.read(size)
        if len(self.begin) < _BEGIN_BYTES:
            self.begin += data[: _BEGIN_BYTES - len(self.begin)]
        return data


def _explain(begin: bytes, reason: str) -> str:
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
