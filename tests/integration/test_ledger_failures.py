"""The ledger when DynamoDB fails, leaves items unread, or holds what is not a segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import Table, binary, number, string
from indelible.errors import SequenceTaken, Unavailable, Unreadable
from integration.ledgers import a_segment, fill
from support.aws_faults import (
    TIMEOUT,
    answering,
    counting,
    event_name,
    hooked,
    losing_replies,
)


@pytest.fixture
def table_ledger(table: Table) -> DynamoDBLedger:
    return DynamoDBLedger(table)


def leave_all_but(count: int, table: Table) -> Callable[..., None]:
    """A hook after which an answer has only the last `count` items that were read.

    The others are unprocessed, as DynamoDB does it beyond 1 MB of a partition.
    """

    def leave(parsed: dict[str, Any], **_: Any) -> None:
        items = parsed["Responses"][table.name]
        cut = len(items) - count
        left = [{name: item[name] for name in ("pk", "sk")} for item in items[:cut]]
        parsed["Responses"][table.name] = items[cut:]
        if left:
            parsed["UnprocessedKeys"] = {table.name: {"Keys": left, "ConsistentRead": True}}

    return leave


def test_segments_left_unprocessed_are_requested_again_without_a_pause(
    table_ledger: DynamoDBLedger,
    table: Table,
    workspace_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many calls that takes: each one reads something."""
    chain = fill(table_ledger, workspace_id, 9)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("paused after a call that read"))
    after = event_name("after-call", table.client, "BatchGetItem")
    with hooked(table.client, after, leave_all_but(1, table)), counting(table.client) as calls:
        found = table_ledger.segments_at(workspace_id, [each.first_sequence for each in chain])
        assert list(found) == chain
    assert calls == ["BatchGetItem"] * 9


def test_segments_that_stay_unprocessed_are_not_treated_as_missing(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str
) -> None:
    fill(table_ledger, workspace_id, 2)
    after = event_name("after-call", table.client, "BatchGetItem")
    with (
        hooked(table.client, after, leave_all_but(0, table)),
        counting(table.client) as calls,
        pytest.raises(Unavailable, match="unread"),
    ):
        list(table_ledger.segments_at(workspace_id, [1, 3]))
    assert calls == ["BatchGetItem"] * 5


def without(name: str) -> dict[str, Any]:
    return {name: None}


@pytest.mark.parametrize(
    "damage",
    [
        *(
            without(n)
            for n in ("count", "event_hash", "records", "leaf_prefixes", "last_created_at")
        ),
        {"first_created_at": string("yesterday")},
        {"first_created_at": string("2026-13-45T00:00:00.000000Z")},
        {"count": string("2")},
        {"count": {"N": "2.5"}},
        {"event_hash": string("00" * 32)},
        {"records": number(1)},
        {"previous_event_hash": {"L": [binary(b"0")]}},
    ],
    ids=str,
)
def test_a_damaged_item_is_unreadable(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str, damage: dict[str, Any]
) -> None:
    item = {**item_of(a_segment(workspace_id)), **damage}
    table.client.put_item(
        TableName=table.name, Item={name: value for name, value in item.items() if value}
    )
    with pytest.raises(Unreadable, match="not a segment"):
        table_ledger.newest(workspace_id)
    with pytest.raises(Unreadable, match="not a segment"):
        list(table_ledger.ascending(workspace_id, 1))
    assert list(table_ledger.segments_at(workspace_id, [1])) == []


def test_a_sort_key_that_is_not_a_number_is_unreadable(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str
) -> None:
    item = {**item_of(a_segment(workspace_id)), "sk": string("SEGMENT#000000000000000x")}
    table.client.put_item(TableName=table.name, Item=item)
    with pytest.raises(Unreadable, match="not a segment"):
        table_ledger.newest(workspace_id)


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "InternalServerError", TIMEOUT]
)
def test_a_failed_call_is_never_treated_as_an_empty_chain(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str, code: str
) -> None:
    with answering(table.client, "Query", code, code, code):
        with pytest.raises(Unavailable, match="DynamoDB"):
            table_ledger.newest(workspace_id)
        with pytest.raises(Unavailable, match="DynamoDB"):
            table_ledger.at_or_before(workspace_id, 1)
        with pytest.raises(Unavailable, match="DynamoDB"):
            list(table_ledger.ascending(workspace_id, 1))
    with (
        answering(table.client, "BatchGetItem", code, code, code),
        pytest.raises(Unavailable, match="DynamoDB"),
    ):
        list(table_ledger.segments_at(workspace_id, [1]))


@pytest.mark.parametrize("code", ["ThrottlingException", "TransactionConflictException", TIMEOUT])
def test_a_failed_append_is_not_treated_as_a_lost_race(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str, code: str
) -> None:
    with answering(table.client, "PutItem", code), pytest.raises(Unavailable):
        table_ledger.append(a_segment(workspace_id))
    assert table_ledger.newest(workspace_id) is None


def test_an_append_whose_reply_is_lost_is_stored(
    table_ledger: DynamoDBLedger, table: Table, workspace_id: str
) -> None:
    segment = a_segment(workspace_id)
    with losing_replies(table.client, "PutItem"), pytest.raises(Unavailable):
        table_ledger.append(segment)
    assert table_ledger.newest(workspace_id) == segment
    with pytest.raises(SequenceTaken):
        table_ledger.append(segment)
