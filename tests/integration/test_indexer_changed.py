"""The indexer's function when segments are changed, removed and restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from indelible import zstd
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import Table, chain_pk, key, segment_sk
from indelible.chain.segment import Segment, read_records
from indelible.errors import Unavailable
from indelible.filters import Filters
from indelible.index.directory import Directory
from indelible.index.extend import Indexer
from indelible.reading.listing import list_events
from indelible.reading.reader import Reader
from integration.table_stream import index_of, inserted, store
from support.builders import NOON, SECOND, WORKSPACE
from support.handlers import LambdaContext
from support.reading import events_of, plenty
from support.small_index import SMALL, SPAN, WIDE_SPAN, chain_of, events_at

EVENTS = WIDE_SPAN + 2 * SPAN + 5
RARE = range(29, 36)
"""The sequences of the fifth segment, which is in two blocks; tests look for its events."""

FIELDS: list[dict[str, object]] = [
    {"actor_id": "rare" if sequence in RARE else f"user_{sequence % 9}", "action": "file.read"}
    for sequence in range(1, EVENTS + 1)
]
CHAIN = chain_of(events_at([NOON + n * SECOND for n in range(EVENTS)], FIELDS), [7])
GENUINE = CHAIN[4]
CHANGED = replace(
    GENUINE,
    records=zstd.compress(b"\n".join(read_records(GENUINE)).replace(b'"rare"', b'"else"')),
)


def deliver(indexer: ModuleType, *records: dict[str, Any]) -> None:
    indexer.handler({"Records": list(records)}, LambdaContext(seconds=60))


def remove(table: Table, segment: Segment) -> None:
    place = key(chain_pk(WORKSPACE), segment_sk(segment.first_sequence))
    table.client.delete_item(TableName=table.name, Key=place)


def found(table: Table, actor_id: str = "rare") -> list[int]:
    """The sequences of this actor's events in a list with a filter."""
    reader = Reader(DynamoDBLedger(table), DynamoDBIndex(table, SMALL), Directory(SMALL))
    page = list_events(reader, WORKSPACE, Filters({"actor_id": actor_id}), 100, None, plenty())
    assert page.next is None
    return sorted(each["integrity"]["sequence"] for each in events_of(page))


def index_while_changed(indexer: ModuleType, table: Table) -> None:
    """Do the damage: the chain is indexed while one of its segments is changed."""
    store(table, [*CHAIN, CHANGED])
    deliver(indexer, *map(inserted, CHAIN), inserted(CHANGED, "MODIFY"))
    assert found(table, "else") == [*RARE]
    store(table, [GENUINE])
    assert found(table) == []


def test_a_restored_segment_is_found_again_without_a_rebuild(
    indexer: ModuleType, moto_table: Table
) -> None:
    index_while_changed(indexer, moto_table)
    deliver(indexer, inserted(GENUINE, "MODIFY"))
    assert found(moto_table) == [*RARE]
    assert found(moto_table, "else") == []


def test_a_segment_removed_and_restored_is_found_again(
    indexer: ModuleType, moto_table: Table
) -> None:
    index_while_changed(indexer, moto_table)
    remove(moto_table, GENUINE)
    store(moto_table, [GENUINE])
    deliver(indexer, inserted(GENUINE, "REMOVE"), inserted(GENUINE))
    assert found(moto_table) == [*RARE]


def test_a_segment_missing_when_its_block_was_built_is_found_once_it_is_restored(
    indexer: ModuleType, moto_table: Table
) -> None:
    """Its records are candidates of every term, so inserting it needs no action."""
    store(moto_table, CHAIN)
    remove(moto_table, GENUINE)
    deliver(indexer, *map(inserted, CHAIN), inserted(GENUINE, "REMOVE"))
    store(moto_table, [GENUINE])
    before = index_of(moto_table)
    assert found(moto_table) == [*RARE]
    deliver(indexer, inserted(GENUINE))
    assert index_of(moto_table) == before
    assert found(moto_table) == [*RARE]


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_only_the_blocks_of_the_changed_segment_are_blanked(
    indexer: Any, moto_table: Table, name: str
) -> None:
    geometry = replace(SMALL, segment_records=7)
    indexer.indexer = Indexer(DynamoDBLedger(moto_table), DynamoDBIndex(moto_table, geometry))
    store(moto_table, CHAIN)
    deliver(indexer, *map(inserted, CHAIN))
    pages, directories = index_of(moto_table)
    deliver(indexer, inserted(GENUINE, name))
    now, now_directories = index_of(moto_table)
    assert {place for place in pages if now[place] != pages[place]} == {
        place for place in pages if place[0] or place[2] in {1, 2}
    }
    assert {block for block in directories if now_directories[block] != directories[block]} == {
        1,
        2,
    }
    assert now.keys() == pages.keys()
    assert now_directories.keys() == directories.keys()


def test_repeated_batches_in_any_order_hide_nothing(indexer: ModuleType, moto_table: Table) -> None:
    index_while_changed(indexer, moto_table)
    batches = [
        [*map(inserted, CHAIN)],
        [inserted(CHANGED, "MODIFY")],
        [inserted(GENUINE, "MODIFY")],
        [inserted(GENUINE, "REMOVE"), inserted(GENUINE)],
    ]
    for batch in (*batches, *batches, *reversed(batches)):
        deliver(indexer, *batch)
    assert found(moto_table) == [*RARE]
    blank = index_of(moto_table)
    deliver(indexer, *batches[2])
    assert index_of(moto_table) == blank


def test_an_unbuilt_block_is_left_alone(indexer: ModuleType, moto_table: Table) -> None:
    store(moto_table, CHAIN)
    deliver(indexer, inserted(GENUINE, "MODIFY"))
    assert index_of(moto_table) == ({}, {})
    deliver(indexer, *map(inserted, CHAIN[:5]), inserted(CHAIN[20], "MODIFY"))
    assert {block for _, _, block in index_of(moto_table)[0]} == {0}


@pytest.mark.parametrize("call", [0, 1, 40, 300])
def test_a_failed_call_fails_the_batch_until_the_block_is_blanked(
    indexer: ModuleType, moto_table: Table, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    index_while_changed(indexer, moto_table)
    fail_once(monkeypatch, indexer, call)
    with pytest.raises(Unavailable):
        deliver(indexer, inserted(GENUINE, "MODIFY"), inserted(CHAIN[-1]))
    deliver(indexer, inserted(GENUINE, "MODIFY"), inserted(CHAIN[-1]))
    assert found(moto_table) == [*RARE]


def fail_once(monkeypatch: pytest.MonkeyPatch, indexer: ModuleType, turn: int) -> None:
    """Fail one of the next calls."""
    client, turns = indexer.table.client, iter(range(10**6))

    def failing(works: Callable[..., Any]) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            if next(turns) == turn:
                raise ClientError({"Error": {"Code": "Throttling", "Message": "later"}}, "call")
            return works(**request)

        return call

    for name in ("query", "put_item"):
        monkeypatch.setattr(client, name, failing(getattr(client, name)))


def test_a_batch_without_time_for_all_its_blocks_is_delivered_again(
    indexer: ModuleType, moto_table: Table
) -> None:
    index_while_changed(indexer, moto_table)
    event = {"Records": [inserted(GENUINE, "MODIFY")]}
    with pytest.raises(Unavailable, match="still to be blanked"):
        indexer.handler(event, LambdaContext(seconds=indexer.SPARE_SECONDS))
    assert found(moto_table) == []
    indexer.handler(event, LambdaContext(seconds=60))
    assert found(moto_table) == [*RARE]


def test_an_indexer_continues_after_a_directory_beyond_the_end_is_removed(
    indexer: ModuleType, moto_table: Table
) -> None:
    """A warm indexer's memory of it must not hide the blocks that are due."""
    store(moto_table, CHAIN)
    index = DynamoDBIndex(moto_table)
    index.put_directory(WORKSPACE, 10**6, b"forged")
    deliver(indexer, *map(inserted, CHAIN))
    place = {"pk": {"S": f"INDEX#{WORKSPACE}"}, "sk": {"S": f"DIRECTORY#{10**6:010d}"}}
    moto_table.client.delete_item(TableName=moto_table.name, Key=place)
    deliver(indexer, inserted(CHAIN[-1]))
    assert index.newest_directory(WORKSPACE) == (CHAIN[-1].first_sequence - 1) // SPAN - 1
