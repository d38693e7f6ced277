"""Metered reading: a reader that counts the stored bytes that it returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ..chain.ledger import Ledger
from ..chain.order import Order
from ..chain.segment import Damaged, Segment
from ..errors import Unavailable
from ..index.levels import LAST_BLOCK, Geometry
from ..index.ports import Index
from .budget import Budget
from .reader import Reader


@dataclass(slots=True)
class Meter:
    """The stored bytes that were read: segments, and pages and directories of the index."""

    stored_bytes: int = 0

    def count(self, stored_bytes: int) -> None:
        """Add the bytes of one item."""
        self.stored_bytes += stored_bytes


class Counter(Protocol):
    """Something that wants to know of every item that is read."""

    def count(self, stored_bytes: int) -> None:
        """Take note of an item with so many bytes. May raise."""


def metered(reader: Reader, meter: Counter) -> Reader:
    """The same reader, but the meter counts the bytes that it reads."""
    return replace(
        reader,
        ledger=_MeteredLedger(reader.ledger, meter),
        index=_MeteredIndex(reader.index, meter),
    )


def in_time(reader: Reader, budget: Budget) -> Reader:
    """The same reader for a look-up that has no part to show: Unavailable after the budget's time.

    The same request may succeed later, because readers remember the places that they have read.
    """
    return metered(reader, _Deadline(budget))


@dataclass(frozen=True, slots=True)
class _Deadline:
    """`Counter`."""

    budget: Budget

    def count(self, _: int) -> None:
        if self.budget.is_late:
            raise Unavailable("a look-up took longer than a request may")


@dataclass(frozen=True, slots=True)
class _MeteredLedger:
    """`chain.ledger.Ledger`."""

    ledger: Ledger
    meter: Counter

    def newest(self, workspace_id: str) -> Segment | None:
        return self._one(self.ledger.newest(workspace_id))

    def at_or_before(self, workspace_id: str, sequence: int) -> Segment | None:
        return self._one(self.ledger.at_or_before(workspace_id, sequence))

    def ascending(
        self, workspace_id: str, first: int, last: int | None = None, page_size: int | None = None
    ) -> Iterator[Segment]:
        return self._each(self.ledger.ascending(workspace_id, first, last, page_size))

    def descending(self, workspace_id: str, last: int, page_size: int) -> Iterator[Segment]:
        return self._each(self.ledger.descending(workspace_id, last, page_size))

    def segments_at(self, workspace_id: str, first_sequences: Sequence[int]) -> Iterator[Segment]:
        return self._each(self.ledger.segments_at(workspace_id, first_sequences))

    def segments_of(self, names: Iterable[tuple[str, int]]) -> Iterator[Segment]:
        return self._each(self.ledger.segments_of(names))

    def stored(self, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
        for part in self.ledger.stored(workspace_id, first):
            if isinstance(part, Segment):
                self.meter.count(part.stored_bytes)
            yield part

    def append(self, segment: Segment) -> None:
        self.ledger.append(segment)

    def _one(self, segment: Segment | None) -> Segment | None:
        self.meter.count(segment.stored_bytes if segment else 0)
        return segment

    def _each(self, segments: Iterator[Segment]) -> Iterator[Segment]:
        for segment in segments:
            self.meter.count(segment.stored_bytes)
            yield segment


@dataclass(frozen=True, slots=True)
class _MeteredIndex:
    """`index.ports.Index`."""

    index: Index
    meter: Counter

    @property
    def geometry(self) -> Geometry:
        return self.index.geometry

    def pages(
        self,
        workspace_id: str,
        level: int,
        shard: int,
        first_block: int,
        last_block: int,
        order: Order = Order.DESC,
    ) -> Iterator[tuple[int, bytes]]:
        return self._each(
            self.index.pages(workspace_id, level, shard, first_block, last_block, order)
        )

    def directories(
        self, workspace_id: str, first_block: int, last_block: int = LAST_BLOCK
    ) -> Iterator[tuple[int, bytes]]:
        return self._each(self.index.directories(workspace_id, first_block, last_block))

    def directories_of(
        self, workspace_id: str, blocks: Sequence[int]
    ) -> Iterator[tuple[int, bytes]]:
        return self._each(self.index.directories_of(workspace_id, blocks))

    def newest_directory(self, workspace_id: str) -> int | None:
        return self.index.newest_directory(workspace_id)

    def put_page(self, workspace_id: str, level: int, shard: int, block: int, page: bytes) -> None:
        self.index.put_page(workspace_id, level, shard, block, page)

    def put_directory(self, workspace_id: str, block: int, directory: bytes) -> None:
        self.index.put_directory(workspace_id, block, directory)

    def _each(self, items: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
        for block, item in items:
            self.meter.count(len(item))
            yield block, item
