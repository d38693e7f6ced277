"""A chain with some rare events, and the first page of its list."""

from __future__ import annotations

import pytest
from indelible.chain.order import Order
from indelible.filters import Filters
from indelible.reading.event_page import EventPage
from indelible.reading.listing import list_events
from support.builders import NOON, SECOND, WORKSPACE
from support.reading import plenty
from support.small_index import Indexed, chain_of, events_at

RARE = Filters({"actor_id": "rare"})


ORDERS = pytest.mark.parametrize("order", Order)


def a_chain(
    records: int, every: int = 10, indexed_to: int | None = None, per_segment: int = 7
) -> Indexed:
    """Every tenth event is of the actor `rare`."""
    fields = [{"actor_id": "rare" if n % every == 0 else "other"} for n in range(records)]
    events = events_at([NOON + n * SECOND for n in range(records)], fields)
    made = Indexed(chain_of(events, [per_segment]))
    made.extend(indexed_to)
    return made


def first_page(
    indexed: Indexed, filters: Filters = RARE, order: Order = Order.DESC, limit: int = 1
) -> EventPage:
    return list_events(indexed.reader(), WORKSPACE, filters, limit, None, plenty(), order)
