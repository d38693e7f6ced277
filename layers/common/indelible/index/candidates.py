"""Candidates: which records of a chain may have what is asked for, newest first.

The index only says where to look. It may be behind, or have holes: what it says nothing of is to be
read instead. What it names is to be checked. So a record too many, or a missing page, makes an
answer slow and not wrong. A record that a page leaves out is hidden. The indexer never leaves one
out of a chain as it is; a page that was forged, or built of a segment that was changed, does, until
`blank` or `rebuild` mends it. `audit` finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial, reduce
from heapq import merge
from itertools import chain, groupby
from operator import and_, itemgetter
from typing import NamedTuple

from ..errors import Unreadable
from ..filters import Filters
from .levels import NARROW, WIDE, Level, short_of
from .offsets import all_of, descending
from .pages import decode_page
from .port import Index
from .terms import Term, number_of, terms_for

CHUNK = 1_024
"""Sequences: in a stretch of so many, candidates are named or all of them are to be read."""

MOST_NAMED = 16
"""Of a chunk. Each may lie in a segment of its own; more of them are read quicker page by page."""


class Span(NamedTuple):
    """The sequences `first` to `last`, and which of them may be meant, the highest first.

    None in the place of these: any of them may, so that all are to be read. `is_unindexed` where
    that is so because the index has no page of them.
    """

    first: int
    last: int
    sequences: Sequence[int] | None
    is_unindexed: bool = False


def candidates(
    index: Index, workspace_id: str, filters: Filters, first: int, last: int
) -> Iterator[Span]:
    """Spans that cover exactly the sequences `first` to `last`, the highest first.

    Every record there that the filters mean is among those that may be. The times of the filters
    are left to the caller, who knows between which sequences they lie. Pages are fetched only as
    far as spans are taken.
    """
    return candidates_of(index, workspace_id, terms_for(filters), first, last)


def candidates_of(
    index: Index, workspace_id: str, terms: Iterable[Term], first: int, last: int
) -> Iterator[Span]:
    """The same for the records that have all of these terms."""
    numbers = [number_of(workspace_id, term) for term in terms]
    if numbers and first <= last:
        for stretch in _stretches(index, workspace_id, numbers, first, last):
            yield from _spans(stretch)
    elif first <= last:
        yield Span(first, last, None)


class _Stretch(NamedTuple):
    """The sequences `first` to `last`, and as bits, that of `first` lowest, which may be meant."""

    first: int
    last: int
    bits: int | None


def _stretches(
    index: Index, workspace_id: str, numbers: list[int], first: int, last: int
) -> Iterator[_Stretch]:
    """Begins with narrow blocks: there seldom is a wide one yet where the head is, and whoever
    wants a few of many may be served before the next."""
    walk = partial(_walk, index, workspace_id, numbers)
    begun = max(first, WIDE.first_sequence(WIDE.block_of(last)))
    yield from walk(NARROW, begun, last)
    for stretch in walk(WIDE, first, begun - 1):
        if stretch.bits is None:
            yield from walk(NARROW, stretch.first, stretch.last)
        else:
            yield stretch


def _walk(
    index: Index, workspace_id: str, numbers: list[int], level: Level, first: int, last: int
) -> Iterator[_Stretch]:
    """What the pages of one level say of the sequences, and None where there are none."""
    if last < first:
        return
    blocks = level.block_of(first), level.block_of(last)
    pages = [_pages(index, workspace_id, number, level, blocks) for number in numbers]
    by_block = groupby(merge(*pages, key=itemgetter(0), reverse=True), key=itemgetter(0))
    for block, said in by_block:
        begin = level.first_sequence(block)
        low, high = max(first, begin), min(last, begin + level.span - 1)
        if high < last:
            yield _Stretch(high + 1, last, None)
        bits = reduce(and_, (each for _, each in said))
        yield _Stretch(low, high, bits >> (low - begin) & all_of(high - low + 1))
        last = low - 1
    if first <= last:
        yield _Stretch(first, last, None)


def _pages(
    index: Index, workspace_id: str, number: int, level: Level, blocks: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """What each page says of a term, newest first. One that cannot be read is one less."""
    for block, page in index.pages(workspace_id, level.number, level.shard_of(number), *blocks):
        try:
            bits = decode_page(page, level.span).find(short_of(number))
        except Unreadable:
            continue
        yield block, bits


def _spans(stretch: _Stretch) -> Iterator[Span]:
    """A stretch by what is to be done with it: skip, look at a few, or read all."""
    first, last, bits = stretch
    if bits is None:
        yield Span(first, last, None, is_unindexed=True)
        return
    if not bits:
        yield Span(first, last, ())
        return
    chunks = []
    for begin in range((last - first) // CHUNK * CHUNK, -1, -CHUNK):
        named = [*descending(bits >> begin & all_of(CHUNK))]
        chunks.append((begin, [first + begin + offset for offset in named]))
    top = last
    for is_dense, group in groupby(chunks, lambda chunk: len(chunk[1]) > MOST_NAMED):
        together = [*group]
        bottom = first + together[-1][0]
        sequences = [*chain.from_iterable(named for _, named in together)]
        yield Span(bottom, top, None if is_dense else sequences)
        top = bottom - 1
