"""Measures what the index of a chain costs."""

from __future__ import annotations

from indelible.aws.clients import dynamodb_client
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import Table
from indelible.index.extend import Indexer

from ..aws import TABLE, WORKSPACE
from ..store import Store
from ..units import item_bytes
from ..verifying import segments
from .inputs import BATCHES, Index

_INDEXED = 250 * 4_096
"""Events of the chain that is indexed: 250 blocks."""


def index_of_a_chain() -> Index:
    """What indexing a chain costs, for each event, at 100 a segment."""
    store = Store()
    for segment in segments(_INDEXED, BATCHES[-1]):
        store.put(item_of(segment))
    with store.answering():
        table = Table(dynamodb_client(), TABLE)
        Indexer(DynamoDBLedger(table), DynamoDBIndex(table)).extend(
            WORKSPACE, _INDEXED, lambda: True
        )
    items = [
        item
        for pk, partition in store.partitions.items()
        if pk.startswith("INDEX#")
        for item in partition.values()
    ]
    return Index(
        write_units=store.write_units / _INDEXED,
        read_units=store.read_units / _INDEXED,
        stored_bytes=sum(map(item_bytes, items)) / _INDEXED,
    )
