"""Makes a chain of a million events, directly in a table, and its index."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from indelible.aws.clients import dynamodb_client
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import Table
from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY
from indelible.identifiers import UUID_ENTROPY_BYTES, uuid7
from indelible.index.extend import Indexer
from indelible.times import SECOND, format_time
from indelible.writing.build_segment import build_segment

from .aws import API_KEY, TABLE, WORKSPACE
from .events import SEED, typical_events
from .store import Store

EVENTS = 1_000_000
PER_SEGMENT = 100
"""One request per segment: the highest number of segments that full batches make."""

RARE_EVERY = 10_000
RARE = "org_rare"
"""The tenant_id of one event in RARE_EVERY. The others have none."""

LATE_EVERY = 500
LATE = 240 * 86_400 * SECOND
"""One event in LATE_EVERY was sent this long after it happened (microseconds), others at once."""

_STOCK = 50_000
_BEGIN = 1_763_888_400
_PER_SECOND = 500


class LongChain(NamedTuple):
    """The table, the id of one event per segment, and the write units of the index."""

    store: Store
    ids: list[str]
    index_units: int


@cache
def long_chain() -> LongChain:
    """Return the chain; it is made once for all measurements."""
    store, random = Store(), Random(SEED)
    store.put(API_KEY)
    events, head, ids = _events(random), EMPTY, list[str]()
    while batch := [*itertools.islice(events, PER_SEGMENT)]:
        segment = build_segment(WORKSPACE, head, batch, random.randbytes)
        store.put(item_of(segment))
        ids.append(batch[len(ids) % PER_SEGMENT].id)
        head = segment.head
    with store.answering():
        table = Table(dynamodb_client(), TABLE)
        indexer = Indexer(DynamoDBLedger(table), DynamoDBIndex(table))
        assert indexer.extend(WORKSPACE, EVENTS, lambda: True) == EVENTS // 4_096
    return LongChain(store, ids, store.write_units)


def _events(random: Random) -> Iterator[QueuedEvent]:
    stock = typical_events(_STOCK)
    for number in range(EVENTS):
        received_at = _BEGIN * SECOND + number // PER_SEGMENT * (
            PER_SEGMENT * SECOND // _PER_SECOND
        )
        happened_at = received_at - (random.randrange(LATE) if number % LATE_EVERY == 0 else SECOND)
        fields = {**stock[number % _STOCK], "occurred_at": format_time(happened_at)}
        if number % RARE_EVERY == 0:
            fields = {**fields, "tenant_id": RARE, "resource_id": RARE}
        event_id = uuid7(received_at // 1_000, random.randbytes(UUID_ENTROPY_BYTES))
        yield QueuedEvent(event_id, received_at, fields)
