"""The candidates of a whole range, as a list reads them."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.chain.order import Order
from indelible.filters import Filters
from indelible.index.candidates import Span, spans_of, stretches_for, uses_index
from indelible.index.ports import Index


def candidates(
    index: Index,
    workspace_id: str,
    filters: Filters,
    first: int,
    last: int,
    order: Order = Order.DESC,
) -> Iterator[Span]:
    """Yield spans that cover exactly the sequences `first` to `last`, in this order."""
    if first > last:
        return
    if not uses_index(filters):
        yield Span(first, last, None)
        return
    for stretch in stretches_for(index, workspace_id, filters, first, last, order):
        yield from spans_of(stretch, index.geometry, order)
