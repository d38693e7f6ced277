"""Queries of the double of DynamoDB: a page of a partition, in the order of the sort keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import expressions
from .expressions import Item, Scope
from .refusals import expect, refusal

if TYPE_CHECKING:
    from .dynamodb import DynamoDB

_KEY_CONDITION = re.compile(r"pk = (?P<pk>:\w+)( AND (?P<sort>.+))?")


def page_of(
    partitions: Mapping[str, Mapping[str, Item]], request: Mapping[str, Any], page_bytes: int
) -> dict[str, Any]:
    """The response to a query. A page ends with the item that reaches its size or its limit."""
    expect(
        request,
        ("TableName", "KeyConditionExpression", "ExpressionAttributeValues"),
        "ConsistentRead ScanIndexForward Limit ExclusiveStartKey",
    )
    found = list(_matching(partitions, request))
    start = request.get("ExclusiveStartKey")
    if request.get("ScanIndexForward", True):
        found = [each for each in found if start is None or _sort_key(each) > start["sk"]["S"]]
    else:
        found = [each for each in found if start is None or _sort_key(each) < start["sk"]["S"]]
        found.reverse()
    size = 0
    for count, item in enumerate(found, 1):
        size += _size(item)
        if size >= page_bytes or count == request.get("Limit"):
            last = {name: item[name] for name in ("pk", "sk")}
            return {"Items": [dict(each) for each in found[:count]], "LastEvaluatedKey": last}
    return {"Items": [dict(each) for each in found]}


def _matching(
    partitions: Mapping[str, Mapping[str, Item]], request: Mapping[str, Any]
) -> Iterator[Item]:
    expression, values = request["KeyConditionExpression"], request["ExpressionAttributeValues"]
    parts = _KEY_CONDITION.fullmatch(expression)
    if parts is None:
        raise NotImplementedError(f"unknown key condition: {expression}")
    if expressions.placeholders(expression) != {*values}:
        raise refusal("Query", "ValidationException", "placeholders unused or undefined")
    partition = partitions.get(values[parts["pk"]]["S"], {})
    matches = expressions.condition(parts["sort"]) if parts["sort"] else None
    for sort_key in sorted(partition):
        item = partition[sort_key]
        if matches is None or matches(Scope(item, {}, values)):
            yield item


def _sort_key(item: Item) -> str:
    found: str = item["sk"]["S"]
    return found


def _size(item: Item) -> int:
    """Roughly the bytes that DynamoDB counts: names and values."""
    return sum(
        len(name) + sum(len(value) for value in attribute.values())
        for name, attribute in item.items()
    )


class Paginator:
    """All pages of a query."""

    def __init__(self, client: DynamoDB) -> None:
        self._client = client

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """The pages, one after another."""
        while True:
            page = self._client.query(**request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
