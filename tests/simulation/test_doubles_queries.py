"""The double of DynamoDB answers queries as moto and DynamoDB Local do."""

from __future__ import annotations

from typing import Any

import pytest
from support.engines import TABLE

from .items import key, put


def query(client: Any, pk: str, **more: Any) -> tuple[list[str], dict[str, Any] | None]:
    """The sort keys of a page, and where the next page starts."""
    request = {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": {
            ":pk": {"S": pk},
            ":low": {"S": "b"},
            ":high": {"S": "e"},
        },
        "ConsistentRead": True,
    }
    page = client.query(**{**request, **more})
    return [each["sk"]["S"] for each in page["Items"]], page.get("LastEvaluatedKey")


def test_a_query_finds_a_range_in_order(client: Any, pk: str) -> None:
    for sk in "dbaecf":
        put(client, pk, sk)
    put(client, pk + "0", "c")
    assert query(client, pk) == (["b", "c", "d", "e"], None)
    assert query(client, pk, ScanIndexForward=False) == (["e", "d", "c", "b"], None)
    begins = {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :low)",
        "ExpressionAttributeValues": {":pk": {"S": pk}, ":low": {"S": "b"}},
    }
    assert query(client, pk, **begins) == (["b"], None)
    everything = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
    }
    assert query(client, pk, **everything) == (["a", "b", "c", "d", "e", "f"], None)


@pytest.mark.parametrize("forward", [True, False])
def test_a_limited_query_continues_where_it_stopped(client: Any, pk: str, forward: bool) -> None:
    for sk in "abcdef":
        put(client, pk, sk)
    order = ["b", "c", "d", "e"] if forward else ["e", "d", "c", "b"]
    first, last = query(client, pk, Limit=3, ScanIndexForward=forward)
    assert (first, last) == (order[:3], key(pk, order[2]))
    rest = query(client, pk, Limit=3, ScanIndexForward=forward, ExclusiveStartKey=last)
    assert rest == (order[3:], None)


@pytest.mark.parametrize("forward", [True, False])
def test_a_query_continues_from_a_key_without_an_item(client: Any, pk: str, forward: bool) -> None:
    for sk in "abdef":
        put(client, pk, sk)
    rest = query(client, pk, ScanIndexForward=forward, ExclusiveStartKey=key(pk, "c"))
    assert rest == (["d", "e"] if forward else ["b"], None)


def test_a_page_ends_at_one_megabyte(client: Any, pk: str) -> None:
    for sk in "bcde":
        put(client, pk, sk, noise={"B": bytes(300_000)})
    first, last = query(client, pk)
    assert 3 <= len(first) < 5
    rest, end = query(client, pk, ExclusiveStartKey=last) if last else ([], None)
    assert (first + rest, end) == (["b", "c", "d", "e"], None)
