"""Audits an index: finds out whether it hides any record of its chain.

The same chain always gives the same blocks. So the audit computes each block again and compares it
with the stored one. A stored page may name too many records, but never too few.

Every block that the chain had completed when the audit began must be stored. A running indexer may
be some seconds late with the newest block, so a missing block counts as slow, not as wrong.

Memory holds one wide block, whatever the length of the chain. The audit may run beside an indexer,
because it reads a stored block before it reads the chain, and the chain only grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from ..chain.ledger import Ledger
from .build import Draft, merge_pages
from .compare import Difference, Kind, compare_directory, compare_pages, directory_difference
from .extend import read_block
from .levels import LAST_BLOCK, Level
from .pages import blank_page
from .ports import Index

Stored = dict[int, dict[int, bytes]]
"""Stored pages: block number to shard number to page."""


@dataclass(frozen=True, slots=True)
class Step:
    """The result for one part of the index.

    `records` is the number of the chain's records that this part covers.
    """

    records: int
    differences: list[Difference]


def audit(ledger: Ledger, index: Index, workspace_id: str) -> Iterator[Step]:
    """Compare the whole index of a chain with the chain; yields a step for each narrow block.

    Raises Unreadable when the newest segment cannot be read, and Unavailable.
    """
    return _Audit(ledger, index, workspace_id).run()


class _Audit:
    def __init__(self, ledger: Ledger, index: Index, workspace_id: str) -> None:
        self.ledger, self.index, self.workspace_id = ledger, index, workspace_id
        self.geometry = index.geometry
        self.narrow, self.wide = self.geometry.narrow, self.geometry.wide
        self.last = self._last_sequence()
        self.due = self.last // self.narrow.span
        self.directories = dict[int, bytes]()
        self.stored_directories = index.directories(workspace_id, 0)

    def run(self) -> Iterator[Step]:
        groups = self.wide.block_of(self.last + 1) + 1
        for group in range(groups):
            yield from self._group(group, is_last=group == groups - 1)

    def _last_sequence(self) -> int:
        newest = self.ledger.newest(self.workspace_id)
        return newest.last_sequence if newest else 0

    def _group(self, group: int, *, is_last: bool) -> Iterator[Step]:
        """Compare one wide block and the narrow blocks in it; the last group also checks beyond."""
        begin, end = (each * self.geometry.narrow_in_wide for each in (group, group + 1))
        narrow = self._pages(self.narrow, begin, LAST_BLOCK if is_last else end - 1)
        wide = self._pages(self.wide, group, LAST_BLOCK if is_last else group)
        self._take_directories(end - 1)
        if is_last:
            self.last = self._last_sequence()
        shards: list[dict[int, bytes]] = [{} for _ in range(self.narrow.shards)]
        for block in range(begin, min(end, self.narrow.block_of(self.last) + 1)):
            draft = read_block(self.ledger, self.geometry, self.workspace_id, block)
            draft = draft or Draft(self.workspace_id, block, self.geometry)
            pages = draft.pages()
            for shard, page in enumerate(pages):
                shards[shard][block - begin] = page
            found = self._compare(self.narrow, block, pages, narrow.pop(block, {}))
            records = min(self.narrow.span, self.last - self.narrow.first_sequence(block) + 1)
            yield Step(records, [*found, *self._compare_directory(block, draft)])
        stored = wide.pop(group, {})
        if stored or end <= self.due:
            merged = [page for shard in shards for page in merge_pages(shard, self.geometry)]
            yield Step(0, [*self._compare(self.wide, group, merged, stored)])
        if is_last:
            yield Step(0, [*self._beyond(narrow, wide)])

    def _pages(self, level: Level, first: int, last: int) -> Stored:
        stored: Stored = {}
        for shard in range(level.shards):
            for block, page in self.index.pages(
                self.workspace_id, level.number, shard, first, last
            ):
                stored.setdefault(block, {})[shard] = page
        return stored

    def _take_directories(self, last: int) -> None:
        """Read directories up to that of block `last`, or to the first one after it."""
        for block, stored in self.stored_directories:
            self.directories[block] = stored
            if block >= last:
                return

    def _compare(
        self, level: Level, block: int, pages: list[bytes], stored: dict[int, bytes]
    ) -> Iterator[Difference]:
        is_due = (block + 1) * level.span <= self.due * self.narrow.span
        return compare_pages(level, block, pages, stored, last=self.last, is_due=is_due)

    def _compare_directory(self, block: int, draft: Draft) -> Iterator[Difference]:
        stored = self.directories.pop(block, None)
        if stored is not None and block >= self.last // self.narrow.span:
            yield directory_difference(Kind.BEYOND, self.narrow, block)
        elif stored is not None or block < self.due:
            yield from compare_directory(self.narrow, block, draft, stored)

    def _beyond(self, narrow: Stored, wide: Stored) -> Iterator[Difference]:
        """Report stored entries of blocks that the chain does not reach yet."""
        for level, stored in ((self.narrow, narrow), (self.wide, wide)):
            blank = [blank_page(level.span)] * level.shards
            for block in sorted(stored):
                if level.first_sequence(block) > self.last:
                    yield from self._compare(level, block, blank, stored[block])
        for block, _ in chain(self.directories.items(), self.stored_directories):
            if block >= self.last // self.narrow.span:
                self.last = self._last_sequence()
            if block >= self.last // self.narrow.span:
                yield directory_difference(Kind.BEYOND, self.narrow, block)
