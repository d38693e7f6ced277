"""Lists read to their end, in either order."""

from __future__ import annotations

from indelible.chain.order import Order
from indelible.filters import Filters
from indelible.reading.budget import Budget
from indelible.reading.event_page import EventPage
from indelible.reading.listing import list_events
from indelible.reading.reader import Reader
from support.builders import WORKSPACE
from support.reading import events_of, plenty


def pages(
    reader: Reader,
    filters: Filters,
    order: Order,
    limit: int = 25,
    budget: Budget | None = None,
) -> list[EventPage]:
    """Every page, first to last."""
    found, position = list[EventPage](), None
    while not found or position is not None:
        found.append(
            list_events(reader, WORKSPACE, filters, limit, position, budget or plenty(), order)
        )
        position = found[-1].next
        assert len(found) < 1_000, "listing does not come to an end"
    return found


def sequences(found: list[EventPage]) -> list[int]:
    """The sequences of all events on these pages."""
    return [each["integrity"]["sequence"] for page in found for each in events_of(page)]
