"""Reads the index: for each stretch of a chain, the records that its pages name.

`candidates.py` turns stretches into spans, which say what a reader has to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from ..chain.order import Order, Range
from ..errors import Unreadable
from .levels import Level, short_of
from .offsets import all_of
from .pages import EVERY_TERM, decode_page
from .ports import Index
from .terms import Term, term_number


class Stretch(NamedTuple):
    """The sequences `first` to `last` and their candidates, as pages of the index name them.

    `bits` has one bit for each sequence, the lowest one for `first`. None when there is no page.
    The index is sure of the candidates in `sure`: they have a term of every list. The others may
    have it. `stored_bytes` is the size of the pages and directories that were read for it.
    """

    first: int
    last: int
    bits: int | None
    sure: int = 0
    stored_bytes: int = 0

    def within(self, whole: Range) -> Stretch:
        """Return the part of it that is in this range, which may be empty."""
        first, last = max(self.first, whole[0]), min(self.last, whole[1])
        kept = all_of(max(0, last - first + 1))
        bits = None if self.bits is None else self.bits >> (first - self.first) & kept
        return Stretch(first, last, bits, self.sure >> (first - self.first) & kept)


_Wanted = Sequence[Sequence[int]]
"""Numbers of terms. A candidate has one of each list."""


def stretches(
    index: Index,
    workspace_id: str,
    terms: Sequence[Sequence[Term]],
    first: int,
    last: int,
    order: Order,
) -> Iterator[Stretch]:
    """Yield stretches that cover exactly the sequences `first` to `last`, in this order.

    A candidate has a term of every list; there is at least one list. Each stretch with bits is
    within one block.

    The newest sequences come from narrow blocks: near the head the wide block is seldom built, and
    a caller that wants a few records may need nothing else.
    """
    wanted = [[term_number(workspace_id, term) for term in each] for each in terms]
    read = partial(_read_level, index, workspace_id, wanted, order)
    narrow, wide = index.geometry.narrow, index.geometry.wide
    begun = max(first, wide.first_sequence(wide.block_of(last)))
    for level, part in order.arrange([(wide, (first, begun - 1)), (narrow, (begun, last))]):
        for stretch in read(level, part):
            if stretch.bits is None and level is wide:
                yield from read(narrow, (stretch.first, stretch.last))
            else:
                yield stretch


def _read_level(
    index: Index, workspace_id: str, wanted: _Wanted, order: Order, level: Level, whole: Range
) -> Iterator[Stretch]:
    """Yield stretches from the pages of one level; `bits` is None where pages are missing."""
    first, last = whole
    if last < first:
        return
    blocks = level.block_of(first), level.block_of(last)
    shards: dict[int, set[int]] = {}
    for number in chain.from_iterable(wanted):
        shards.setdefault(level.shard_of(number), set()).add(number)
    pages = [
        _pages(index, workspace_id, shards[shard], level, blocks, order) for shard in sorted(shards)
    ]
    block_of_page = itemgetter(0)
    merged = merge(*pages, key=block_of_page, reverse=order is Order.DESC)
    for block, of_block in groupby(merged, key=block_of_page):
        begin = level.first_sequence(block)
        all_of_block = Stretch(begin, begin + level.span - 1, *_combine(of_block, level, wanted))
        part = max(first, begin), min(last, all_of_block.last)
        yield from _missing(order.before(whole, part))
        yield all_of_block.within(part)._replace(stored_bytes=all_of_block.stored_bytes)
        whole = order.after(whole, part)
    yield from _missing(whole)


def _missing(part: Range) -> Iterator[Stretch]:
    if part[0] <= part[1]:
        yield Stretch(*part, None)


class _Having(NamedTuple):
    """The records of a block that may have a term, and those of them that surely have it."""

    bits: int
    sure: int


class _Found(NamedTuple):
    """What a page says of each number that was looked for."""

    block: int
    having: Mapping[int, _Having]
    stored_bytes: int


def _combine(found: Iterable[_Found], level: Level, wanted: _Wanted) -> tuple[int, int, int]:
    """Return `bits`, `sure` and `stored_bytes` of a block.

    Where a number's page is missing, every record may have its term, and none surely has it.
    """
    bits = sure = every = all_of(level.span)
    having: dict[int, _Having] = {}
    stored_bytes = 0
    for page in found:
        having.update(page.having)
        stored_bytes += page.stored_bytes
    for numbers in wanted:
        any_bits = any_sure = 0
        for number in numbers:
            of_number = having.get(number, _Having(every, 0))
            any_bits |= of_number.bits
            any_sure |= of_number.sure
        bits &= any_bits
        sure &= any_sure
    return bits, sure, stored_bytes


def _pages(
    index: Index,
    workspace_id: str,
    numbers: set[int],
    level: Level,
    blocks: tuple[int, int],
    order: Order,
) -> Iterator[_Found]:
    """Yield what each block's page says of the numbers, which are of one shard.

    Pages that cannot be read are left out.
    """
    shard = level.shard_of(next(iter(numbers)))
    for block, stored in index.pages(workspace_id, level.number, shard, *blocks, order):
        try:
            page = decode_page(stored, level.span)
            every = page.find(EVERY_TERM)
            found = {number: page.find(short_of(number)) for number in numbers}
        except Unreadable:
            continue
        having = {number: _Having(bits, bits & ~every) for number, bits in found.items()}
        yield _Found(block, having, len(stored))
