"""INSERT statements of PartiQL in the form that ingest sends, and what moto cannot do with them.

The simulator's double and moto share this. test_doubles_dynamodb.py compares both with DynamoDB
Local.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MOST_STATEMENTS = 25
DUPLICATE = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}

_INSERT = re.compile(r"INSERT INTO \"([\w.-]+)\" VALUE \{('\w+': \?(?:, '\w+': \?)*)\}", re.ASCII)


def inserted(statement: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The table and the item of a statement, which has a parameter for each value."""
    if statement.keys() != {"Statement", "Parameters"}:
        raise NotImplementedError(f"a statement with {sorted(statement)}")
    parsed = _INSERT.fullmatch(statement["Statement"])
    if parsed is None:
        raise NotImplementedError(f"unknown statement: {statement['Statement']}")
    names = re.findall(r"'(\w+)'", parsed[2])
    return parsed[1], dict(zip(names, statement["Parameters"], strict=True))


def fault_of(statements: Sequence[Mapping[str, Any]]) -> str | None:
    """Why DynamoDB refuses a whole batch of inserts, if it does."""
    items = [item for _, item in map(inserted, statements)]
    keys = {(item["pk"]["S"], item["sk"]["S"]) for item in items}
    if len(keys) < len(items):
        return "Provided list of item keys contains duplicates"
    if not 1 <= len(items) <= MOST_STATEMENTS:
        return "BatchWriteItem cannot write more than 25 items"
    return None


def insert_into_moto(backend: Any, statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`batch_execute_statement` of moto's backend, for inserts.

    moto's parser fails on parameters in `VALUE`, and an insert overwrites an existing item.
    """
    from moto.dynamodb.exceptions import (  # noqa: PLC0415 (as in engines.py)
        ConditionalCheckFailed,
        MockValidationException,
    )

    if fault := fault_of(statements):
        raise MockValidationException(fault)

    def insert(table: str, item: dict[str, Any]) -> dict[str, Any]:
        try:
            backend.put_item(table, item, condition_expression="attribute_not_exists(pk)")
        except ConditionalCheckFailed:
            return {"Error": DUPLICATE, "TableName": table}
        return {"TableName": table}

    return [insert(*inserted(each)) for each in statements]
