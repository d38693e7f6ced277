"""A table in memory behind botocore's clients, which counts calls and units.

It answers GetItem, BatchGetItem, Query (`pk = …`, `… AND sk BETWEEN … AND …` or `… AND
begins_with(sk, …)`) and PutItem as DynamoDB does, except that every condition of a put holds. A
page has at most 1 MB, and costs a read unit for each 4 KB, rounded up. A BatchGetItem returns at
most 1 MB of one partition and 16 MB in all, and is charged for each item.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from .aws import Call
from .units import READ_UNIT_BYTES, item_bytes, write_units

PAGE_BYTES = 1024 * 1024
ANSWER_BYTES = 16 * PAGE_BYTES
_LAST = "\U0010ffff"
"""Sorts after all that is in a sort key."""

Item = Mapping[str, Any]


@dataclass(slots=True)
class Store:
    """Items by partition, sorted by their sort keys, and counts of the calls."""

    partitions: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    calls: list[str] = field(default_factory=list)
    read_units: int = 0
    write_units: int = 0
    """Write units of puts through a client."""

    _order: dict[str, list[str]] = field(default_factory=dict)

    def put(self, item: Item) -> None:
        """Store an item."""
        pk = item["pk"]["S"]
        self.partitions[pk][item["sk"]["S"]] = item
        self._order.pop(pk, None)

    def forget(self) -> None:
        """Reset the counts of calls and read units."""
        self.calls, self.read_units = [], 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Let this table answer every client."""

        def answer(_: BaseClient, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
            return self.answer(operation, parameters)

        with patch.object(BaseClient, "_make_api_call", answer):
            yield

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The answer to one call."""
        self.calls.append(operation)
        match operation:
            case "GetItem":
                return self._get(parameters)
            case "BatchGetItem":
                return self._get_batch(parameters)
            case "Query":
                return self._query(parameters)
            case "PutItem":
                self.put(parameters["Item"])
                self.write_units += write_units(Call(operation, parameters))
                return {}
            case "GetSecretValue":
                return {"SecretString": "s" * 64}
        raise ValueError(f"the bench has no answer for {operation}")

    def _get(self, parameters: dict[str, Any]) -> dict[str, Any]:
        pk, sk = parameters["Key"]["pk"]["S"], parameters["Key"]["sk"]["S"]
        found = self.partitions[pk].get(sk)
        self._charge([found] if found else [])
        return {"Item": found} if found else {}

    def _get_batch(self, parameters: dict[str, Any]) -> dict[str, Any]:
        [(table, request)] = parameters["RequestItems"].items()
        items, left, size = list[Item](), list[Item](), Counter[str]()
        for each in request["Keys"]:
            if size[each["pk"]["S"]] > PAGE_BYTES or size.total() > ANSWER_BYTES:
                left.append(each)
                continue
            found = self.partitions[each["pk"]["S"]].get(each["sk"]["S"])
            self._charge([found] if found else [])
            if found:
                items.append(found)
                size[each["pk"]["S"]] += item_bytes(found)
        unprocessed = {table: {**request, "Keys": left}} if left else {}
        return {"Responses": {table: items}, "UnprocessedKeys": unprocessed}

    def _query(self, parameters: dict[str, Any]) -> dict[str, Any]:
        values = [each["S"] for each in parameters["ExpressionAttributeValues"].values()]
        pk, low, high = [*values, "", _LAST][:3]
        if "begins_with" in parameters["KeyConditionExpression"]:
            high = low + _LAST
        order = self._sorted(pk)
        names = order[bisect_left(order, low) : bisect_right(order, high)]
        if not parameters.get("ScanIndexForward", True):
            names.reverse()
        if start := parameters.get("ExclusiveStartKey"):
            names = names[names.index(start["sk"]["S"]) + 1 :]
        page, size = [], 0
        for name in names[: parameters.get("Limit")]:
            item = self.partitions[pk][name]
            size += item_bytes(item)
            page.append(item)
            if size > PAGE_BYTES:
                break
        self._charge(page)
        more = len(page) < len(names)
        last = {"LastEvaluatedKey": {"pk": page[-1]["pk"], "sk": page[-1]["sk"]}} if more else {}
        return {"Items": page, "Count": len(page), **last}

    def _sorted(self, pk: str) -> list[str]:
        if pk not in self._order:
            self._order[pk] = sorted(self.partitions[pk])
        return self._order[pk]

    def _charge(self, items: list[Item]) -> None:
        self.read_units += max(1, -(-sum(map(item_bytes, items)) // READ_UNIT_BYTES))
