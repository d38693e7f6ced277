"""Finds candidates: the records of a chain that may match, newest first or oldest first.

The index only says where to look. It may be behind or have gaps, and then the caller reads the
records themselves. The caller also checks every candidate. So an extra record or a missing page
makes an answer slow, not wrong. A record that a page leaves out is hidden. The indexer never leaves
out a record of an unchanged chain. A forged page may, and so may a page built from a changed
segment, until `blank` or `rebuild` repairs it. `audit` finds such pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from ..chain.order import Order
from ..filters import Filters
from .dated import Dated, of_times
from .levels import Geometry
from .offsets import all_of, descending
from .ports import Index
from .stretches import Stretch, stretches
from .terms import Term, terms_for

LOOK_AHEAD = 64
"""Spans that are joined, at most, before any of their candidates is read. A wide block without a
candidate is one span."""


class Span(NamedTuple):
    """The sequences `first` to `last`, both inclusive, and the candidates among them.

    `sequences` has the candidates, in the order of reading. It is None when every sequence is a
    candidate, so that the whole span must be read. `is_unindexed` is true when that is because the
    index has no page for the span.
    """

    first: int
    last: int
    sequences: Sequence[int] | None
    is_unindexed: bool = False


def uses_index(filters: Filters) -> bool:
    """Return whether the index can leave out records that do not match."""
    return bool(terms_for(filters)) or filters.occurred is not None


def stretches_for(
    index: Index, workspace_id: str, filters: Filters, first: int, last: int, order: Order
) -> Iterator[Stretch]:
    """Yield stretches that cover exactly the sequences `first` to `last`, in this order.

    For filters that use the index. Every matching record is a candidate. The filters `from` and
    `to` are not applied here: the caller turns them into `first` and `last`. Pages are fetched only
    as stretches are taken. Raises Unavailable.
    """
    if last < first:
        return
    terms = terms_for(filters)
    if terms:
        found = stretches(index, workspace_id, terms, first, last, order)
    else:
        found = iter([Stretch(first, last, None)])
    if filters.occurred is not None:
        last_block = index.geometry.narrow.block_of(last)
        dated = Dated(index, workspace_id, filters.occurred, last_block)
        found = of_times(found, dated, index.geometry, order)
    yield from found


def candidates_of(
    index: Index, workspace_id: str, terms: Sequence[Term], first: int, last: int
) -> Iterator[Span]:
    """Yield spans, newest first, for the records that have all of these terms."""
    wanted = [[term] for term in terms]
    for stretch in stretches(index, workspace_id, wanted, first, last, Order.DESC):
        yield from spans_of(stretch, index.geometry, Order.DESC)


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
    ends = spans[0], spans[-1]
    first, last = min(each.first for each in ends), max(each.last for each in ends)
    return Span(first, last, [*sequences])


def spans_of(stretch: Stretch, geometry: Geometry, order: Order) -> Iterator[Span]:
    """Yield the spans of a stretch. In each, a reader needs no record, a few records, or all."""
    first, last, bits = stretch.first, stretch.last, stretch.bits
    if bits is None:
        yield Span(first, last, None, is_unindexed=True)
        return
    if not bits:
        yield Span(first, last, ())
        return
    size, chunks = geometry.chunk, []
    for begin in order.arrange(range(0, last - first + 1, size)):
        offsets = [*descending(bits >> begin & all_of(size))][::-1]
        named = [first + begin + offset for offset in order.arrange(offsets)]
        chunks.append(Span(first + begin, min(last, first + begin + size - 1), named))
    for is_dense, group in groupby(chunks, lambda chunk: len(chunk[2] or ()) > geometry.max_named):
        joined = _joined([*group])
        yield joined._replace(sequences=None) if is_dense else joined
