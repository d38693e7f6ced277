"""A double of DynamoDB at the level of its client: one table, each call atomic.

It knows what Indelible uses and refuses everything else. test_doubles_dynamodb.py requires the same
answers from it, moto and DynamoDB Local.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from support.inserts import DUPLICATE, fault_of, inserted

from . import expressions
from .expressions import Item, Scope
from .queries import Paginator, page_of
from .refusals import expect, refusal

MOST_ITEMS = 100
PAGE_BYTES = 1_048_576

Key = tuple[str, str]
Watch = Callable[[Key, Item | None, Item], None]

_CONDITIONAL = (
    "ConditionExpression ExpressionAttributeNames ExpressionAttributeValues"
    " ReturnValuesOnConditionCheckFailure"
)


class DynamoDB:
    """The table, in memory. `watch` gets every write: key, item before, item after."""

    def __init__(self, table: str) -> None:
        self.partitions: dict[str, dict[str, Item]] = {}
        self.page_bytes = PAGE_BYTES
        self.watch: Watch = lambda *_: None
        self._table = table

    def get_item(self, **request: Any) -> dict[str, Any]:
        """An item by its key."""
        expect(request, ("TableName", "Key", "ConsistentRead"))
        self._check_read(request["TableName"], request["ConsistentRead"])
        found = self._find(_key_of(request["Key"]))
        return {} if found is None else {"Item": dict(found)}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Up to a hundred items by their keys, in any order."""
        expect(request, ("RequestItems",))
        [(table, requested)] = request["RequestItems"].items()
        expect(requested, ("Keys", "ConsistentRead"))
        self._check_read(table, requested["ConsistentRead"])
        keys = [_key_of(each) for each in requested["Keys"]]
        if not 1 <= len(keys) <= MOST_ITEMS or len(set(keys)) < len(keys):
            raise refusal("BatchGetItem", "ValidationException", "too many keys, or one twice")
        found = [item for key in keys if (item := self._find(key)) is not None]
        return {"Responses": {table: [dict(each) for each in found]}, "UnprocessedKeys": {}}

    def query(self, **request: Any) -> dict[str, Any]:
        """A page of a partition."""
        self._check_read(request["TableName"], request.get("ConsistentRead"))
        return page_of(self.partitions, request, self.page_bytes)

    def get_paginator(self, operation: str) -> Paginator:
        """The pages of a query."""
        assert operation == "query"
        return Paginator(self)

    def put_item(self, **request: Any) -> dict[str, Any]:
        """Write an item whole, if the condition holds."""
        return self._write("PutItem", "Put", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Change attributes of an item, new or not, if the condition holds."""
        return self._write("UpdateItem", "Update", request)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Write all of these, or none if a condition fails."""
        expect(request, ("TransactItems",))
        operation = "TransactWriteItems"
        writes = [next(iter(each.items())) for each in request["TransactItems"]]
        keys = [self._target(kind, write) for kind, write in writes]
        if not 1 <= len(writes) <= MOST_ITEMS or len(set(keys)) < len(keys):
            raise refusal(operation, "ValidationException", "too many items, or one twice")
        targets = [(key, write) for key, (_, write) in zip(keys, writes, strict=True)]
        if not all(self._holds(*each) for each in targets):
            reasons = [
                {"Code": "None"}
                if self._holds(*each)
                else {"Code": "ConditionalCheckFailed", **self._old(*each)}
                for each in targets
            ]
            raise refusal(operation, "TransactionCanceledException", CancellationReasons=reasons)
        for key, (kind, write) in zip(keys, writes, strict=True):
            self._store(key, kind, write)
        return {}

    def batch_execute_statement(self, **request: Any) -> dict[str, Any]:
        """Insert up to 25 items, each of which succeeds or fails on its own."""
        expect(request, ("Statements",))
        if fault := fault_of(request["Statements"]):
            raise refusal("BatchExecuteStatement", "ValidationException", fault)
        return {"Responses": [self._insert(*inserted(each)) for each in request["Statements"]]}

    def _insert(self, table: str, item: Item) -> dict[str, Any]:
        if table != self._table:
            raise NotImplementedError("an insert into another table")
        key = _key_of(item)
        if self._find(key) is not None:
            return {"Error": DUPLICATE, "TableName": table}
        self._store(key, "Put", {"Item": item})
        return {"TableName": table}

    def _check_read(self, table: str, consistent: object) -> None:
        if (table, consistent) != (self._table, True):
            raise NotImplementedError("a read of another table, or one that is not consistent")

    def _target(self, kind: str, write: Mapping[str, Any]) -> Key:
        """The key of the item that a write changes."""
        expect(write, _REQUIRED[kind], _CONDITIONAL)
        if write["TableName"] != self._table:
            raise NotImplementedError("a write to another table")
        texts = (write.get(f"{each}Expression", "") for each in ("Condition", "Update"))
        if expressions.placeholders(*texts) != {*_names(write), *_values(write)}:
            raise refusal(kind, "ValidationException", "placeholders unused or undefined")
        return _key_of(write["Item" if kind == "Put" else "Key"])

    def _find(self, key: Key) -> Item | None:
        return self.partitions.get(key[0], {}).get(key[1])

    def _old(self, key: Key, write: Mapping[str, Any]) -> dict[str, Any]:
        """The item that a failed condition returns, if it was requested and exists."""
        found = self._find(key)
        wanted = write.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Item": dict(found)} if wanted and found is not None else {}

    def _holds(self, key: Key, write: Mapping[str, Any]) -> bool:
        if "ConditionExpression" not in write:
            return True
        scope = Scope(self._find(key) or {}, _names(write), _values(write))
        return expressions.condition(write["ConditionExpression"])(scope)

    def _write(self, operation: str, kind: str, write: Mapping[str, Any]) -> dict[str, Any]:
        key = self._target(kind, write)
        if not self._holds(key, write):
            old = self._old(key, write)
            raise refusal(operation, "ConditionalCheckFailedException", **old)
        self._store(key, kind, write)
        return {}

    def _store(self, key: Key, kind: str, write: Mapping[str, Any]) -> None:
        old = self._find(key)
        if kind == "Put":
            new = dict(write["Item"])
        else:
            new = dict(old or write["Key"])
            scope = Scope(old or {}, _names(write), _values(write))
            expressions.update(write["UpdateExpression"])(scope, new)
        self.watch(key, old, new)
        self.partitions.setdefault(key[0], {})[key[1]] = new


_REQUIRED = {"Put": ("TableName", "Item"), "Update": ("TableName", "Key", "UpdateExpression")}


def _key_of(attributes: Item) -> Key:
    return attributes["pk"]["S"], attributes["sk"]["S"]


def _names(write: Mapping[str, Any]) -> Mapping[str, str]:
    names: Mapping[str, str] = write.get("ExpressionAttributeNames", {})
    return names


def _values(write: Mapping[str, Any]) -> Item:
    values: Item = write.get("ExpressionAttributeValues", {})
    return values
