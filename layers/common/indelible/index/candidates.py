"""Finds candidates: the records of a chain that may match, newest first.

The index only says where to look. It may be behind or have gaps, and then the caller reads the
records themselves. The caller also checks every candidate. So an extra record or a missing page
makes an answer slow, not wrong. A record that a page leaves out is hidden. The indexer never leaves
out a record of an unchanged chain. A forged page may, and so may a page built from a changed
segment, until `blank` or `rebuild` repairs it. `audit` finds such pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from ..errors import Unreadable
from ..filters import Filters
from .dated import Dated, Stretch, of_times
from .levels import Geometry, Level, short_of
from .offsets import all_of, descending
from .pages import decode_page
from .ports import Index
from .terms import Term, term_number, terms_for

LOOK_AHEAD = 64
"""Spans that are joined, at most, before any of their candidates is read. A wide block without a
candidate is one span."""


class Span(NamedTuple):
    """The sequences `first` to `last`, both inclusive, and the candidates among them.

    `sequences` has the candidates, highest first. It is None when every sequence is a candidate,
    so that the whole span must be read. `is_unindexed` is true when that is because the index has
    no page for the span.
    """

    first: int
    last: int
    sequences: Sequence[int] | None
    is_unindexed: bool = False


def candidates(
    index: Index, workspace_id: str, filters: Filters, first: int, last: int
) -> Iterator[Span]:
    """Yield spans that cover exactly the sequences `first` to `last`, the highest first.

    Every matching record is a candidate. The filters `from` and `to` are not applied here: the
    caller turns them into `first` and `last`. Pages are fetched only as spans are taken. Raises
    Unavailable.
    """
    wanted = _wanted(workspace_id, terms_for(filters))
    if last < first:
        return
    stretches = _stretches(index, workspace_id, wanted, first, last)
    if filters.occurred is not None:
        last_block = index.geometry.narrow.block_of(last)
        dated = Dated(index, workspace_id, filters.occurred, last_block)
        stretches = of_times(stretches, dated, index.geometry)
    elif not wanted:
        yield Span(first, last, None)
        return
    for stretch in stretches:
        yield from _spans(stretch, index.geometry)


def candidates_of(
    index: Index, workspace_id: str, terms: Iterable[Term], first: int, last: int
) -> Iterator[Span]:
    """Yield spans as `candidates` does, for the records that have all of these terms."""
    wanted = _wanted(workspace_id, ([term] for term in terms))
    for stretch in _stretches(index, workspace_id, wanted, first, last):
        yield from _spans(stretch, index.geometry)


_Wanted = list[list[int]]
"""Numbers of terms. A candidate has one of each list."""


def _wanted(workspace_id: str, terms: Iterable[Iterable[Term]]) -> _Wanted:
    return [[term_number(workspace_id, term) for term in each] for each in terms]


def _stretches(
    index: Index, workspace_id: str, wanted: _Wanted, first: int, last: int
) -> Iterator[Stretch]:
    """Yield stretches from `last` down to `first`. Without terms, none of them has bits.

    The newest sequences come from narrow blocks: near the head the wide block is seldom built, and
    a caller that wants a few records may need nothing else.
    """
    read = partial(_read_level, index, workspace_id, wanted)
    narrow, wide = index.geometry.narrow, index.geometry.wide
    begun = max(first, wide.first_sequence(wide.block_of(last)))
    yield from read(narrow, begun, last)
    for stretch in read(wide, first, begun - 1):
        if stretch.bits is None and wanted:
            yield from read(narrow, stretch.first, stretch.last)
        else:
            yield stretch


def _read_level(
    index: Index, workspace_id: str, wanted: _Wanted, level: Level, first: int, last: int
) -> Iterator[Stretch]:
    """Yield stretches from the pages of one level; `bits` is None where pages are missing."""
    if last < first:
        return
    blocks = level.block_of(first), level.block_of(last)
    shards: dict[int, set[int]] = {}
    for number in chain.from_iterable(wanted):
        shards.setdefault(level.shard_of(number), set()).add(number)
    pages = [_pages(index, workspace_id, shards[shard], level, blocks) for shard in sorted(shards)]
    block_of_page = itemgetter(0)
    merged = merge(*pages, key=block_of_page, reverse=True)
    for block, of_block in groupby(merged, key=block_of_page):
        begin = level.first_sequence(block)
        low, high = max(first, begin), min(last, begin + level.span - 1)
        if high < last:
            yield Stretch(high + 1, last, None)
        having = {number: bits for _, found in of_block for number, bits in found.items()}
        bits = _bits_of(having, wanted, all_of(level.span))
        yield Stretch(low, high, bits >> (low - begin) & all_of(high - low + 1))
        last = low - 1
    if first <= last:
        yield Stretch(first, last, None)


def _bits_of(having: Mapping[int, int], wanted: _Wanted, every: int) -> int:
    """Return the candidates of a block, as bits. `having` has the records of each number.

    Where a number's page is missing, `every` record may have its term.
    """
    bits = every
    for numbers in wanted:
        of_any = 0
        for number in numbers:
            of_any |= having.get(number, every)
        bits &= of_any
    return bits


def _pages(
    index: Index, workspace_id: str, numbers: set[int], level: Level, blocks: tuple[int, int]
) -> Iterator[tuple[int, dict[int, int]]]:
    """Yield (block, bits of each number), newest first. The numbers are of one shard.

    Pages that cannot be read are left out.
    """
    shard = level.shard_of(next(iter(numbers)))
    for block, stored in index.pages(workspace_id, level.number, shard, *blocks):
        try:
            page = decode_page(stored, level.span)
            bits = {number: page.find(short_of(number)) for number in numbers}
        except Unreadable:
            continue
        yield block, bits


def together(spans: Iterable[Span], enough: Callable[[], int]) -> Iterator[Span]:
    """Yield the spans, neighbours that name candidates as one, so that a caller can look ahead.

    Such a span names `enough()` candidates or more, if there are as many in LOOK_AHEAD spans. Spans
    that must be read whole, and those that name nothing, are yielded as they are.
    """
    held, named = list[Span](), 0
    for span in spans:
        if span.sequences is not None and (held or span.sequences):
            held.append(span)
            named += len(span.sequences)
            if named < enough() and len(held) < LOOK_AHEAD:
                continue
            yield _joined(held)
        else:
            if held:
                yield _joined(held)
            yield span
        held, named = [], 0
    if held:
        yield _joined(held)


def _joined(spans: list[Span]) -> Span:
    sequences = chain.from_iterable(each.sequences or () for each in spans)
    return Span(spans[-1].first, spans[0].last, [*sequences])


def _spans(stretch: Stretch, geometry: Geometry) -> Iterator[Span]:
    """Yield the spans of a stretch. In each, a reader needs no record, a few records, or all."""
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
    for is_dense, group in groupby(chunks, lambda chunk: len(chunk[1]) > geometry.max_named):
        together = [*group]
        bottom = first + together[-1][0]
        sequences = [*chain.from_iterable(named for _, named in together)]
        yield Span(bottom, top, None if is_dense else sequences)
        top = bottom - 1
