"""Measures what the index of a chain costs."""

from __future__ import annotations

from ..long_chain import EVENTS, long_chain
from ..units import item_bytes
from .inputs import Index


def index_of_a_chain() -> Index:
    """What indexing the chain that `make bench` reads costs, for each event, at 100 a segment."""
    store, _, write_units = long_chain()
    items = [
        item
        for pk, partition in store.partitions.items()
        if pk.startswith("INDEX#")
        for item in partition.values()
    ]
    return Index(
        write_units=write_units / EVENTS,
        read_units=store.read_units / EVENTS,
        stored_bytes=sum(map(item_bytes, items)) / EVENTS,
    )
