"""Verifying an export file: every hash from the first record to the head in its manifest.

Memory holds a thousand lines at a time, whatever the length of the file.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from operator import ge, lt
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from .chain import Head, event_hash, leaf_hash
from .errors import Unreadable
from .export_file import Manifest, read_manifest
from .kept_head import KeptHead
from .record import read_header, read_headers
from .times import are_canonical, is_canonical
from .verify import Break, BreakType, Step

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_LINE_BYTES = 1024 * 1024
"""Four times what a record of ours takes; of a longer line only so much is read."""

_BATCH = 1_000
_BUFFER_BYTES = 256 * 1024


class _Line(msgspec.Struct, gc=False):
    leaf_hash: str = ""
    record: str | None = None
    event_hash: str | None = None
    unreadable: str | None = None
    sequence: int | None = None
    last_sequence: int | None = None


_decode = msgspec.json.Decoder(_Line).decode


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, as far as it goes: of one that was cut off, what is there."""

    def __init__(self, packed: BinaryIO) -> None:
        self._file = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read some bytes. EOFError, OSError or zlib.error where the file is damaged."""
        into = memoryview(buffer).cast("B")
        found = self._file.read1(len(into))
        into[: len(found)] = found
        return len(found)


class ExportReader:
    """An export file that is being verified. Unreadable when it does not begin with a manifest."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = io.BufferedReader(_Unpacked(stream), _BUFFER_BYTES)
        self._damage: str | None = None
        self.manifest: Manifest = read_manifest(next(self._read(), b""))
        self._sequence = self.manifest.first_sequence - 1
        self._link = self.manifest.previous_event_hash
        self._time = ""

    def _read(self) -> Iterator[bytes]:
        """Lines, until the file ends or cannot be read on; what is wrong then is kept."""
        try:
            while line := self._lines.readline(MAX_LINE_BYTES):
                if not line.endswith(b"\n"):
                    self._damage = "a line is cut off, or longer than any of an export"
                    return
                yield line
        except (OSError, EOFError, zlib.error) as error:
            self._damage = str(error)

    def verify(self, kept: KeptHead | None = None) -> Iterator[Step]:
        """Check the file, a step for every thousand lines; the head's created_at is not known.

        After a break, checking goes on from what the file says, so that each later break is one of
        its own. Found are changed, removed, inserted and swapped records, and a file cut off.
        """
        lines = self._read()
        while batch := [*islice(lines, _BATCH)]:
            breaks = [] if self._are_right(batch, kept) else [*self._explain(batch, kept)]
            yield Step(len(batch), tuple(breaks), self._head)
        if last := [*self._check_end()]:
            yield Step(0, tuple(last), self._head)

    @property
    def _head(self) -> Head:
        return Head(self._sequence, self._link, 0)

    def _are_right(self, batch: Sequence[bytes], kept: KeptHead | None) -> bool:
        """Whether `_explain` would find nothing: the same checks, each over all lines at once."""
        try:
            lines = [*map(_decode, batch)]
            records = [line.record.encode() for line in lines if line.record is not None]
            headers = read_headers(records)
            leaves = [bytes.fromhex(line.leaf_hash) for line in lines]
        except (msgspec.MsgspecError, Unreadable, ValueError, RecursionError):
            return False
        links = [*accumulate(leaves, event_hash, initial=self._link)][1:]
        numbers = range(self._sequence + 1, self._sequence + 1 + len(lines))
        present = [place for place, line in enumerate(lines) if line.record is not None]
        times = [header.created_at for header in headers]
        right = (
            [leaves[place] for place in present] == [*map(leaf_hash, records)]
            and [header.sequence for header in headers] == [numbers[place] for place in present]
            and {header.workspace_id for header in headers} <= {self.manifest.workspace_id}
            and all(map(lt, [self._time, *times], times))
            and all(map(ge, times, [header.received_at for header in headers]))
            and are_canonical(times)
            and all(
                line.event_hash in (None, link.hex()) and line.unreadable is None
                for line, link in zip(lines, links, strict=True)
            )
            and numbers[-1] <= self.manifest.head.sequence
        )
        if right:
            if kept:
                kept.note(numbers[0], links)
            self._sequence, self._link = numbers[-1], links[-1]
            self._time = times[-1] if times else self._time
        return right

    def _explain(self, batch: Sequence[bytes], kept: KeptHead | None) -> Iterator[Break]:
        """What is wrong, line by line."""
        for text in batch:
            try:
                line = _read_line(text)
                leaf = bytes.fromhex(line.leaf_hash)
            except (ValueError, RecursionError) as error:
                self._sequence += 1
                yield self._unreadable(f"not a line of an export: {error}")
                continue
            if line.unreadable is not None:
                yield from self._pass_over(line)
                continue
            self._sequence += 1
            self._link = event_hash(self._link, leaf)
            if line.record is not None:
                yield from self._check_record(line.record.encode("utf-8", "surrogateescape"), leaf)
            if kept:
                kept.note(self._sequence, [self._link])
            if line.event_hash not in (None, self._link.hex()):
                yield from self._check_link(str(line.event_hash))

    def _check_record(self, record: bytes, leaf: bytes) -> Iterator[Break]:
        try:
            header = read_header(record)
        except Unreadable as error:
            yield self._unreadable(str(error))
            return
        event_id, computed = header.id, leaf_hash(record)
        if computed != leaf:
            yield self._break(BreakType.HASH_MISMATCH, event_id, leaf.hex(), computed.hex())
        mine = (self.manifest.workspace_id, self._sequence)
        if (header.workspace_id, header.sequence) != mine:
            said = f"{header.workspace_id} {header.sequence}"
            yield self._break(BreakType.SEQUENCE_GAP, event_id, f"{mine[0]} {mine[1]}", said)
            self._sequence = header.sequence
        time = header.created_at
        if not self._time < time >= header.received_at or not is_canonical(time):
            expected = f"later than {self._time}, not before {header.received_at}"
            yield self._break(BreakType.TIME_ORDER, event_id, expected, time)
        self._time = time

    def _check_link(self, said: str) -> Iterator[Break]:
        """The end of a segment whose event hash is not what its records come to."""
        yield self._break(BreakType.CHAIN_BREAK, None, said, self._link.hex())
        self._adopt(said)

    def _pass_over(self, line: _Line) -> Iterator[Break]:
        """The place of a segment that could not be read when the file was made."""
        sequence = line.sequence or self._sequence + 1
        yield Break(BreakType.UNREADABLE, sequence, None, None, str(line.unreadable))
        if line.last_sequence is not None:
            self._sequence = line.last_sequence
        if line.event_hash is not None:
            self._adopt(line.event_hash)

    def _adopt(self, said: str) -> None:
        """Go on from the event hash that the file has."""
        try:
            self._link = bytes.fromhex(said)
        except ValueError:
            return

    def _check_end(self) -> Iterator[Break]:
        """Whether the file ends whole, and at the head in its manifest."""
        if self._damage:
            self._sequence += 1
            yield self._unreadable(self._damage)
            return
        head = self.manifest.head
        if self._sequence != head.sequence:
            said, found = str(head.sequence), str(self._sequence)
            yield self._break(BreakType.SEQUENCE_GAP, None, said, found)
        elif self._link != head.event_hash:
            said, found = head.event_hash.hex(), self._link.hex()
            yield self._break(BreakType.CHAIN_BREAK, None, said, found)

    def _unreadable(self, reason: str) -> Break:
        return self._break(BreakType.UNREADABLE, None, None, reason)

    def _break(
        self, kind: BreakType, event_id: str | None, expected: str | None, actual: str
    ) -> Break:
        return Break(kind, self._sequence, event_id, expected, actual)


def _read_line(text: bytes) -> _Line:
    """A line, also one whose record is not UTF-8: msgspec refuses unpaired surrogates."""
    try:
        return _decode(text)
    except msgspec.ValidationError:
        raise
    except msgspec.MsgspecError:
        return msgspec.convert(json.loads(text), _Line)
