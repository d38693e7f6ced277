"""The indexer's function and its adapter: segments from the stream are found in the index."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import Table
from indelible.aws.table_stream import chained_before
from indelible.chain.segment import Segment, read_records
from indelible.errors import Unavailable
from indelible.filters import read_filters
from indelible.index.extend import Indexer
from integration.table_stream import index_of, inserted, record, store
from support.builders import NOON, SECOND, WORKSPACE
from support.candidates import candidates
from support.handlers import ROOT, LambdaContext
from support.small_index import SMALL, SPAN, WIDE_SPAN, Indexed, chain_of, events_at

OTHER = "ws_0therW0rkspace00"
EVENTS = WIDE_SPAN + 2 * SPAN + 5
FIELDS: list[dict[str, object]] = [
    {"actor_id": f"user_{number % 90}", "action": "file.read"} for number in range(EVENTS)
]
CHAIN = chain_of(events_at([NOON + n * SECOND for n in range(EVENTS)], FIELDS), [7])


def in_memory(last: int) -> Indexed:
    """The chain, and its index up to `last`."""
    indexed = Indexed(CHAIN)
    indexed.extend(last)
    return indexed


def expected(last: int) -> tuple[dict[tuple[int, int, int], bytes], dict[int, bytes]]:
    """The index as the core makes it in memory, for the chain up to `last`."""
    index = in_memory(last).index
    pages = {(key[1], key[2], key[3]): page for key, page in index.stored.items()}
    return pages, {key[1]: page for key, page in index.written.items()}


def test_an_index_in_the_table_is_the_one_in_memory(table: Table) -> None:
    store(table, CHAIN)
    building = Indexer(DynamoDBLedger(table), DynamoDBIndex(table, SMALL))
    assert building.extend(WORKSPACE, EVENTS, lambda: True) == EVENTS // SPAN
    assert index_of(table) == expected(EVENTS)
    assert DynamoDBIndex(table).newest_directory(WORKSPACE) == EVENTS // SPAN - 1
    assert DynamoDBIndex(table).newest_directory(OTHER) is None


def test_a_filter_over_the_table_finds_what_the_oracle_finds(table: Table) -> None:
    store(table, CHAIN)
    index = DynamoDBIndex(table, SMALL)
    Indexer(DynamoDBLedger(table), index).extend(WORKSPACE, EVENTS, lambda: True)
    wanted = read_filters({"actor_id": "user_4"})
    spans = [*candidates(index, WORKSPACE, wanted, 1, EVENTS)]
    assert spans == [*candidates(in_memory(EVENTS).index, WORKSPACE, wanted, 1, EVENTS)]
    maybe = {number for span in spans for number in span.sequences or range(*span[:2])}
    records = [each for segment in CHAIN for each in read_records(segment)]
    matching = {number for number, each in enumerate(records, 1) if wanted.matches(each)}
    assert len(matching) == 4
    assert matching <= maybe
    assert len(maybe) < EVENTS / 10


@pytest.mark.parametrize(
    "deliveries",
    [
        lambda chain: [chain],
        lambda chain: [[each] for each in chain],
        lambda chain: [[each] for each in reversed(chain)],
        lambda chain: [chain, chain, chain[3:9]],
        lambda chain: [chain[-1:]],
    ],
    ids=["at once", "one by one", "backwards", "again", "from the middle"],
)
def test_the_index_is_the_same_however_the_stream_delivers(
    indexer: ModuleType,
    moto_table: Table,
    deliveries: Callable[[list[Segment]], list[list[Segment]]],
) -> None:
    store(moto_table, CHAIN)
    for part in deliveries(CHAIN):
        event = {"Records": [inserted(each) for each in part]}
        assert indexer.handler(event, LambdaContext(seconds=60)) is None
    assert index_of(moto_table) == expected(CHAIN[-1].first_sequence - 1)


def test_the_sample_of_the_stream_completes_a_block(indexer: ModuleType, moto_table: Table) -> None:
    event = json.loads((ROOT / "events" / "indexer-stream.json").read_text())
    [workspace_id] = chained_before(event["Records"])
    for segment in CHAIN:
        item = {**item_of(segment), "pk": {"S": f"CHAIN#{workspace_id}"}}
        moto_table.client.put_item(TableName=moto_table.name, Item=item)
    indexer.handler(event, LambdaContext(seconds=60))
    assert DynamoDBIndex(moto_table).newest_directory(workspace_id) == 0


def test_other_items_are_ignored(indexer: ModuleType, moto_table: Table) -> None:
    store(moto_table, CHAIN)
    strange = [("WORKSPACE#x", "POLICY"), (f"CHAIN#{WORKSPACE}", "SEGMENT#x"), ("X", "SEGMENT#9")]
    indexer.handler({"Records": [record(*each) for each in strange]}, LambdaContext(seconds=60))
    assert index_of(moto_table) == ({}, {})


def test_without_time_for_a_block_the_next_delivery_continues(
    indexer: ModuleType, moto_table: Table
) -> None:
    store(moto_table, CHAIN)
    event = {"Records": [inserted(CHAIN[-1])]}
    indexer.handler(event, LambdaContext(seconds=indexer.SPARE_SECONDS))
    assert index_of(moto_table) == ({}, {})
    indexer.handler(event, LambdaContext(seconds=60))
    assert index_of(moto_table) == expected(CHAIN[-1].first_sequence - 1)


def test_a_damaged_segment_does_not_stop_the_indexer(
    indexer: ModuleType, moto_table: Table
) -> None:
    store(moto_table, CHAIN)
    broken = {**item_of(CHAIN[4]), "records": {"B": b"no zstd"}}
    moto_table.client.put_item(TableName=moto_table.name, Item=broken)
    indexer.handler({"Records": [inserted(CHAIN[-1])]}, LambdaContext(seconds=60))
    _, directories = index_of(moto_table)
    assert [*directories] == [*range((CHAIN[-1].first_sequence - 1) // SPAN)]


def test_an_unreadable_chain_is_counted_and_delays_no_other(
    indexer: ModuleType, moto_table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would fail every time, and every other chain of the batch with it."""
    store(moto_table, CHAIN)
    gone = record(f"CHAIN#{OTHER}", f"SEGMENT#{SPAN + 1:016d}")
    indexer.handler({"Records": [gone, inserted(CHAIN[-1])]}, LambdaContext(seconds=60))
    assert index_of(moto_table) == expected(CHAIN[-1].first_sequence - 1)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [1.0] in [line.get("ChainsUnreadable") for line in lines]
    [unreadable] = [line for line in lines if line.get("message") == "chain unreadable"]
    assert unreadable["workspace_id"] == OTHER
    assert "nothing at sequence 1" in unreadable["cause"]


@pytest.mark.parametrize("operation", ["query", "put_item"])
@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_a_failed_call_is_raised_and_the_retry_completes_the_index(
    indexer: ModuleType,
    moto_table: Table,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    code: str,
) -> None:
    store(moto_table, CHAIN)
    event = {"Records": [inserted(CHAIN[-1])]}
    client = indexer.table.client
    works, calls = getattr(client, operation), iter(range(10**6))

    def fails_once(**request: Any) -> Any:
        if next(calls) == 5:
            raise ClientError({"Error": {"Code": code, "Message": "later"}}, operation)
        return works(**request)

    monkeypatch.setattr(client, operation, fails_once)
    with pytest.raises(Unavailable):
        indexer.handler(event, LambdaContext(seconds=60))
    assert index_of(moto_table) != expected(CHAIN[-1].first_sequence - 1)
    indexer.handler(event, LambdaContext(seconds=60))
    assert index_of(moto_table) == expected(CHAIN[-1].first_sequence - 1)
