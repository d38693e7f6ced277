"""Verifying an export file: every hash from the first record to the head in its manifest.

Memory holds a block of lines at a time, whatever the length of the file.
"""

from __future__ import annotations

from binascii import hexlify, unhexlify
from collections.abc import Iterator
from itertools import accumulate, chain, compress
from operator import ge, lt
from typing import BinaryIO

from ..chain.hashes import GENESIS, Head, event_hash, leaf_hash
from ..chain.record import read_header, read_headers
from ..errors import NotFound, Unreadable
from ..export_file.blocks import read_blocks
from ..export_file.lines import DamageLine, RecordLine, find_record_lines, read_line
from ..export_file.manifest import Manifest, read_manifest
from ..times import LATEST, are_canonical, format_time
from .kept_head import KeptHead
from .segments import Break, BreakType, Step

MOST_BREAKS = 100_000
"""Then the rest is not read: 10 KB may decompress to ten million lines that are none, for 40 s."""


class ExportReader:
    """An export file that is being verified. Unreadable when it does not begin with a manifest."""

    def __init__(self, stream: BinaryIO) -> None:
        blocks = read_blocks(stream)
        line, _, rest = next(blocks, b"").partition(b"\n")
        self.manifest: Manifest = read_manifest(line)
        self._blocks = chain([rest] if rest else [], blocks)
        filters = self.manifest.filters
        self._start = filters.get("from", format_time(0))
        self._end = filters.get("to", format_time(LATEST))
        self._is_whole = not self.manifest.text_filters
        self._sequence = self.manifest.first_sequence - 1
        self._link = self.manifest.previous_event_hash
        self._time = ""
        self._told = 0

    @property
    def told(self) -> int:
        """How many records stand in what has been read; of the others there are hashes alone."""
        return self._told

    def verify(self, kept: KeptHead | None = None) -> Iterator[Step]:
        """Check the file, a step for each block; the head's created_at is not known.

        After a break, checking goes on from what the file says, so that each later break is one of
        its own, and ends after MOST_BREAKS. Found are changed, removed, inserted and swapped
        records, and a file cut off.
        NotFound when the kept head is outside of what the file was asked for.
        """
        if kept:
            self._look_for(kept)
        yield Step(0, tuple(self._check_start()), self._head)
        found = 0
        try:
            for block in self._blocks:
                count = block.count(b"\n")
                right = self._is_right(block, count, kept)
                breaks = () if right else tuple(self._explain(block, kept))
                yield Step(count, breaks, self._head)
                found += len(breaks)
                if found > MOST_BREAKS:
                    rest = self._unreadable_next("too much is broken; the rest was not read")
                    yield Step(0, (rest,), self._head)
                    return
        except Unreadable as error:
            yield Step(0, (self._unreadable_next(str(error)),), self._head)
        else:
            yield Step(0, tuple(self._check_end()), self._head)

    def _look_for(self, kept: KeptHead) -> None:
        before, last = self._sequence, self.manifest.head.sequence
        if kept.sequence < before or (kept.sequence > last and "to" in self.manifest.filters):
            raise NotFound(
                f"The file was made of the records {before + 1} to {last} alone; it cannot tell of"
                f" the head at {kept.sequence}."
            )
        kept.note(before, [self._link])

    def _check_start(self) -> Iterator[Break]:
        """A chain begins at sequence 1 without a link before it, and nowhere else.

        Only who asked for a time to begin with has a file that begins later.
        """
        first = self.manifest.first_sequence
        if first > 1 and "from" not in self.manifest.filters:
            yield Break(BreakType.SEQUENCE_GAP, first, None, "1", str(first))
        if (first == 1) != (self._link == GENESIS):
            expected = GENESIS.hex() if first == 1 else f"the event hash of {first - 1}"
            yield Break(BreakType.CHAIN_BREAK, first, None, expected, self._link.hex())

    @property
    def _head(self) -> Head:
        return Head(self._sequence, self._link, 0)

    def _is_right(self, block: bytes, count: int, kept: KeptHead | None) -> bool:
        """Whether `_explain` would find nothing: the same checks, each over all lines at once."""
        lines = find_record_lines(block)
        records = [record for _, _, record in lines if record]
        try:
            headers = read_headers(records)
        except Unreadable:
            return False
        told = [bool(record) for _, _, record in lines]
        leaves = [unhexlify(leaf) for leaf, _, _ in lines]
        links = [*accumulate(leaves, event_hash, initial=self._link)][1:]
        numbers = range(self._sequence + 1, self._sequence + 1 + len(lines))
        times = [header.created_at for header in headers]
        received = [header.received_at for header in headers]
        right = (
            len(lines) == count
            and (all(told) or not self._is_whole)
            and [*compress(leaves, told)] == [*map(leaf_hash, records)]
            and [header.sequence for header in headers] == [*compress(numbers, told)]
            and {header.workspace_id for header in headers} <= {self.manifest.workspace_id}
            and all(map(lt, [self._time, *times], times))
            and all(map(ge, times, received))
            and are_canonical(times + received)
            and (not times or self._start <= times[0] <= times[-1] <= self._end)
            and all(hexlify(links[n]) == said for n, (_, said, _) in enumerate(lines) if said)
            and numbers[-1] <= self.manifest.head.sequence
        )
        if right:
            if kept:
                kept.note(numbers[0], links)
            self._sequence, self._link = numbers[-1], links[-1]
            self._time = times[-1] if times else self._time
            self._told += len(records)
        return right

    def _explain(self, block: bytes, kept: KeptHead | None) -> Iterator[Break]:
        """What is wrong, line by line."""
        for text in block.removesuffix(b"\n").split(b"\n"):
            try:
                line = read_line(text)
            except Unreadable as error:
                yield self._unreadable_next(str(error))
                continue
            if isinstance(line, RecordLine):
                yield from self._check_line(line, kept)
            elif line.leaf_hash is not None:
                yield from self._check_damage(line, line.leaf_hash, kept)
            else:
                yield from self._pass_over(line)

    def _append(self, leaf: bytes, kept: KeptHead | None) -> None:
        self._sequence += 1
        self._link = event_hash(self._link, leaf)
        if kept:
            kept.note(self._sequence, [self._link])

    def _check_line(self, line: RecordLine, kept: KeptHead | None) -> Iterator[Break]:
        leaf = unhexlify(line.leaf_hash)
        self._append(leaf, kept)
        if line.record:
            self._told += 1
            yield from self._check_record(line.record, leaf)
        elif self._is_whole:
            yield self._unreadable("the record is left out, though no filter asks for that")
        if line.event_hash:
            yield from self._check_link(line.event_hash.decode())

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
            if computed == leaf and header.sequence <= self.manifest.head.sequence:
                self._sequence = header.sequence
        yield from self._check_time(event_id, header.created_at, header.received_at)

    def _check_time(self, event_id: str, time: str, received_at: str) -> Iterator[Break]:
        if not self._time < time >= received_at or not are_canonical([time, received_at]):
            expected = f"later than {self._time}, not before {received_at}"
            yield self._break(BreakType.TIME_ORDER, event_id, expected, time)
        elif not self._start <= time <= self._end:
            expected = f"from {self._start} to {self._end}"
            yield self._break(BreakType.TIME_ORDER, event_id, expected, time)
        self._time = time

    def _check_link(self, said: str) -> Iterator[Break]:
        """The end of a segment, whose event hash should be what its records come to."""
        if said != self._link.hex():
            yield self._break(BreakType.CHAIN_BREAK, None, said, self._link.hex())
            self._link = bytes.fromhex(said)

    def _check_damage(self, line: DamageLine, said: str, kept: KeptHead | None) -> Iterator[Break]:
        """A record that is none, and its leaf hash."""
        self._append(bytes.fromhex(said), kept)
        yield self._unreadable(line.unreadable)
        computed = leaf_hash(line.record_base64 or b"").hex()
        if computed != said:
            yield self._break(BreakType.HASH_MISMATCH, None, said, computed)
        if line.event_hash is not None:
            yield from self._check_link(line.event_hash)

    def _pass_over(self, line: DamageLine) -> Iterator[Break]:
        """The place of a segment that could not be read when the file was made."""
        sequence = line.sequence or self._sequence + 1
        yield Break(BreakType.UNREADABLE, sequence, None, None, line.unreadable)
        self._sequence = line.last_sequence or self._sequence
        self._link = bytes.fromhex(line.event_hash or self._link.hex())

    def _check_end(self) -> Iterator[Break]:
        """Whether the file ends at the head in its manifest, and the chain did so too."""
        head, damage = self.manifest.head, self.manifest.damage_after_head
        if self._sequence != head.sequence:
            said, found = str(head.sequence), str(self._sequence)
            yield self._break(BreakType.SEQUENCE_GAP, None, said, found)
        elif self._link != head.event_hash:
            said, found = head.event_hash.hex(), self._link.hex()
            yield self._break(BreakType.CHAIN_BREAK, None, said, found)
        if damage is not None:
            yield self._unreadable_next(damage)

    def _unreadable_next(self, reason: str) -> Break:
        """What stands where the next record should."""
        self._sequence += 1
        return self._unreadable(reason)

    def _unreadable(self, reason: str) -> Break:
        return self._break(BreakType.UNREADABLE, None, None, reason)

    def _break(
        self, kind: BreakType, event_id: str | None, expected: str | None, actual: str
    ) -> Break:
        return Break(kind, self._sequence, event_id, expected, actual)
