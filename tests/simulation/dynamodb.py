"""A double of DynamoDB at the level of its client: one table, each call atomic.

It knows what Indelible uses and refuses everything else. test_doubles_dynamodb.py requires the same
answers from it, moto and DynamoDB Local.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import expressions
from .expressions import Item, Scope
from .queries import Paginator, page_of
from .refusals import expect, refusal

MOST_ITEMS = 100
PAGE_BYTES = 1_048_576
TOKEN_SECONDS = 600
"""How long a repeated transaction is recognised by its ClientRequestToken."""

Key = tuple[str, str]
Watch = Callable[[Key, Item | None, Item], None]
Transaction = Sequence[Mapping[str, Mapping[str, Any]]]

_CONDITIONAL = (
    "ConditionExpression ExpressionAttributeNames ExpressionAttributeValues"
    " ReturnValuesOnConditionCheckFailure"
)


class DynamoDB:
    """The table, in memory. `watch` gets every write: key, item before, item after."""

    def __init__(self, table: str, seconds: Callable[[], float]) -> None:
        self.partitions: dict[str, dict[str, Item]] = {}
        self.page_bytes = PAGE_BYTES
        self.watch: Watch = lambda *_: None
        self._table = table
        self._seconds = seconds
        self._done: dict[str | None, tuple[float, object]] = {}
        self._under_way: dict[str, set[Key]] = {}

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
        """Write all of these, or none if a condition fails; repeating a token does nothing."""
        expect(request, ("TransactItems",), "ClientRequestToken")
        items: Transaction = request["TransactItems"]
        token: str | None = request.get("ClientRequestToken")
        operation = "TransactWriteItems"
        if token in self._under_way:
            raise refusal(operation, "TransactionInProgressException")
        done_at, done = self._done.get(token, (0.0, None))
        if token is not None and done and self._seconds() < done_at + TOKEN_SECONDS:
            if done != items:
                raise refusal(operation, "IdempotentParameterMismatchException")
            return {}
        writes = [next(iter(each.items())) for each in items]
        keys = [self._target(kind, write) for kind, write in writes]
        if not 1 <= len(items) <= MOST_ITEMS or len(set(keys)) < len(keys):
            raise refusal(operation, "ValidationException", "too many items, or one twice")
        held = set().union(*self._under_way.values())
        if conflicts := {index for index, key in enumerate(keys) if key in held}:
            self.cancel(items, dict.fromkeys(conflicts, "TransactionConflict"))
        if not all(self._holds(key, write) for key, (_, write) in zip(keys, writes, strict=True)):
            self.cancel(items, {})
        for key, (kind, write) in zip(keys, writes, strict=True):
            self._store(key, kind, write)
        self._done[token] = (self._seconds(), items)
        return {}

    def cancel(self, items: Transaction, codes: Mapping[int, str]) -> None:
        """Cancel a transaction for these reasons and for each failed condition."""
        reasons: list[dict[str, Any]] = []
        for index, each in enumerate(items):
            [(kind, write)] = each.items()
            key = self._target(kind, write)
            if self._holds(key, write):
                reasons.append({"Code": codes.get(index, "None")})
            else:
                reasons.append({"Code": "ConditionalCheckFailed", **self._old(key, write)})
        code = "TransactionCanceledException"
        raise refusal("TransactWriteItems", code, CancellationReasons=reasons)

    def begin(self, token: str, items: Transaction) -> None:
        """A transaction is under way: until `end`, its token is refused, and others conflict.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
        """
        writes = [next(iter(each.items())) for each in items]
        self._under_way[token] = {self._target(kind, write) for kind, write in writes}

    def end(self, token: str) -> None:
        """A transaction is about to take effect."""
        self._under_way.pop(token, None)

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
