"""A small index, and the differences that an audit finds in it."""

from __future__ import annotations

from functools import cache

from indelible.chain.segment import Segment
from indelible.filters import Filters
from indelible.index.audit import audit
from indelible.index.compare import Difference
from indelible.index.pages import encode_page
from indelible.index.rebuild import Rebuilt, rebuild
from indelible.reading.listing import list_events
from support.builders import NOON, SECOND, WORKSPACE
from support.memory_index import MemoryIndex
from support.reading import events_of, plenty
from support.small_index import SMALL, SPAN, WIDE_SPAN, Indexed, chain_of, events_at

RECORDS = WIDE_SPAN + 3 * SPAN + 5
EMPTY_PAGE = encode_page({}, SPAN)
EMPTY_WIDE_PAGE = encode_page({}, WIDE_SPAN)


@cache
def segments() -> list[Segment]:
    fields: list[dict[str, object]] = [{"actor_id": f"user_{n % 5}"} for n in range(RECORDS)]
    return chain_of(events_at([NOON + n * SECOND for n in range(RECORDS)], fields), [7])


@cache
def index_of(records: int) -> MemoryIndex:
    indexed = Indexed([each for each in segments() if each.last_sequence <= records])
    indexed.extend()
    return indexed.index


def an_indexed_chain(records: int = RECORDS) -> Indexed:
    """A chain of at most this many records, and the index of its complete blocks."""
    whole = index_of(records)
    index = MemoryIndex(stored={**whole.stored}, written={**whole.written}, geometry=SMALL)
    return Indexed([each for each in segments() if each.last_sequence <= records], index=index)


def differences(indexed: Indexed) -> list[Difference]:
    steps = [*audit(indexed.ledger, indexed.index, WORKSPACE)]
    assert sum(step.records for step in steps) == indexed.last
    return [each for step in steps for each in step.differences]


def kinds(indexed: Indexed) -> list[tuple[str, str, int]]:
    return [(each.kind.value, each.what, each.block) for each in differences(indexed)]


def rebuild_index(indexed: Indexed) -> Rebuilt:
    *_, done = rebuild(indexed.ledger, indexed.index, WORKSPACE)
    return done


def found(indexed: Indexed, actor_id: str) -> list[int]:
    """The sequences of an actor's events, found by a list with a filter."""
    page = list_events(
        indexed.reader(), WORKSPACE, Filters({"actor_id": actor_id}), 1_000, None, plenty()
    )
    return sorted(each["integrity"]["sequence"] for each in events_of(page))
