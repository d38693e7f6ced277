"""Candidates: which records of a chain may match some filters, newest first.

The index only says where to look. It may be behind, or have holes: records that it does not cover
have to be read. Records that it names have to be checked. So a record too many, or a missing page,
makes an answer slow and not wrong. A record that a page leaves out is hidden. The indexer leaves no
record out. A page that was forged, or built from a segment that somebody had changed, may hide
records until `blank` or `rebuild` mends it; `audit` finds such pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from ..errors import Unreadable
from ..filters import Filters
from .levels import Geometry, Level, short_of
from .offsets import all_of, descending
from .pages import decode_page
from .port import Index
from .terms import Term, number_of, terms_for


class Span(NamedTuple):
    """The sequences `first` to `last`, and which of them may match, the highest first.

    `sequences` is None when any of them may match, so that all have to be read. `is_unindexed` says
    that the reason is that the index has no page of them.
    """

    first: int
    last: int
    sequences: Sequence[int] | None
    is_unindexed: bool = False


def candidates(
    index: Index, workspace_id: str, filters: Filters, first: int, last: int
) -> Iterator[Span]:
    """Yield spans that cover exactly the sequences `first` to `last`, the highest first.

    Every matching record is among the candidates. The times of the filters do not count here: the
    caller knows between which sequences they lie. Pages are fetched only as spans are taken.
    """
    return candidates_of(index, workspace_id, terms_for(filters), first, last)


def candidates_of(
    index: Index, workspace_id: str, terms: Iterable[Term], first: int, last: int
) -> Iterator[Span]:
    """Spans as those of `candidates`, for the records that have all of these terms."""
    numbers = [number_of(workspace_id, term) for term in terms]
    if numbers and first <= last:
        for stretch in _stretches(index, workspace_id, numbers, first, last):
            yield from _spans(stretch, index.geometry)
    elif first <= last:
        yield Span(first, last, None)


class _Stretch(NamedTuple):
    """The sequences `first` to `last`, and as bits which of them may match, `first` the lowest bit.

    `bits` is None where the index has no page.
    """

    first: int
    last: int
    bits: int | None


def _stretches(
    index: Index, workspace_id: str, numbers: list[int], first: int, last: int
) -> Iterator[_Stretch]:
    """Stretches that cover the sequences, the highest first.

    Begins with narrow blocks: at the head there is seldom a wide block yet, and they are enough for
    a reader that wants only a few records.
    """
    read = partial(_read_level, index, workspace_id, numbers)
    narrow, wide = index.geometry.narrow, index.geometry.wide
    begun = max(first, wide.first_sequence(wide.block_of(last)))
    yield from read(narrow, begun, last)
    for stretch in read(wide, first, begun - 1):
        if stretch.bits is None:
            yield from read(narrow, stretch.first, stretch.last)
        else:
            yield stretch


def _read_level(
    index: Index, workspace_id: str, numbers: list[int], level: Level, first: int, last: int
) -> Iterator[_Stretch]:
    """Stretches that cover the sequences, from the pages of one level, the highest first."""
    if last < first:
        return
    blocks = level.block_of(first), level.block_of(last)
    pages = [_pages(index, workspace_id, number, level, blocks) for number in numbers]
    block_of_page = itemgetter(0)
    merged = merge(*pages, key=block_of_page, reverse=True)
    for block, of_block in groupby(merged, key=block_of_page):
        begin = level.first_sequence(block)
        low, high = max(first, begin), min(last, begin + level.span - 1)
        if high < last:
            yield _Stretch(high + 1, last, None)
        bits = all_of(level.span)
        for _, having_term in of_block:
            bits &= having_term
        yield _Stretch(low, high, bits >> (low - begin) & all_of(high - low + 1))
        last = low - 1
    if first <= last:
        yield _Stretch(first, last, None)


def _pages(
    index: Index, workspace_id: str, number: int, level: Level, blocks: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """The block and the records, as bits, of each page that has a term, newest first.

    A page that cannot be read is left out.
    """
    for block, page in index.pages(workspace_id, level.number, level.shard_of(number), *blocks):
        try:
            bits = decode_page(page, level.span).find(short_of(number))
        except Unreadable:
            continue
        yield block, bits


def _spans(stretch: _Stretch, geometry: Geometry) -> Iterator[Span]:
    """The spans of a stretch, by what has to be read there: nothing, a few records, or all."""
    first, last, bits = stretch
    if bits is None:
        yield Span(first, last, None, is_unindexed=True)
        return
    if not bits:
        yield Span(first, last, ())
        return
    size, chunks = geometry.chunk, []
    for begin in range((last - first) // size * size, -1, -size):
        named = [*descending(bits >> begin & all_of(size))]
        chunks.append((begin, [first + begin + offset for offset in named]))
    top = last
    for is_dense, group in groupby(chunks, lambda chunk: len(chunk[1]) > geometry.most_named):
        together = [*group]
        bottom = first + together[-1][0]
        sequences = [*chain.from_iterable(named for _, named in together)]
        yield Span(bottom, top, None if is_dense else sequences)
        top = bottom - 1
