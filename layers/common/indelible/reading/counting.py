"""Counting the events that match, mostly without reading them: the index knows where they are."""

from __future__ import annotations

from collections.abc import Iterator

from ..chain.order import Range
from ..index.candidates import Span, spans_of, together
from ..index.offsets import all_of
from ..index.stretches import Stretch
from .named_records import FETCHED_TOGETHER
from .scan import Scan

MOST_READ = 4
"""Records that a count reads, at most, as a number of narrow blocks. Normally it reads only those
after the last block: fewer than one block. A page that can be shown at once must not wait for a
count of records that the index does not know."""


def count_rest(scan: Scan, rest: Range) -> int | None:
    """The number of matching events in the range that a scan has left. The filters must be exact.

    The index counts those that it is sure of. Records that are not indexed, or that count as having
    every term, are read. None if they are too many, or if the budget is spent first. Raises
    Unreadable when one of them cannot be read.
    """
    geometry = scan.reader.index.geometry
    count, unsure, to_read = 0, list[Span](), 0
    for stretch in scan.stretches_left():
        if to_read > MOST_READ * geometry.narrow.span or scan.budget.is_spent:
            return None
        part = stretch.within(rest)
        sure = part.sure
        for span in _unsure_of(scan, part):
            unsure.append(span)
            if span.sequences is None:  # all of it is read, so the index need not count there
                to_read += span.last - span.first + 1
                sure &= ~(all_of(span.last - span.first + 1) << (span.first - part.first))
            else:
                to_read += len(span.sequences)
        count += sure.bit_count()
    return None if to_read > MOST_READ * geometry.narrow.span else _read(scan, unsure, count)


def _unsure_of(scan: Scan, part: Stretch) -> Iterator[Span]:
    """The spans of a stretch that have to be read."""
    if part.first > part.last:
        return
    if part.bits is None:
        yield Span(part.first, part.last, None)
        return
    unsure = part._replace(bits=part.bits & ~part.sure)
    for span in spans_of(unsure, scan.reader.index.geometry, scan.order):
        if span.sequences is None or span.sequences:
            yield span


def _read(scan: Scan, spans: list[Span], count: int) -> int | None:
    """The count and the matching events of these spans. None if the budget is spent before."""
    for span in together(spans, lambda: FETCHED_TOGETHER):
        scan.wanted = FETCHED_TOGETHER
        for _, opened in scan.read(span):
            if scan.budget.is_spent:
                return None
            count += opened is not None
    return count
