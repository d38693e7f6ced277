"""Items of the table, written and read through a client of any engine."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.engines import TABLE

FREE = "attribute_not_exists(pk)"


def key(pk: str, sk: str = "a") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def put(client: Any, pk: str, sk: str = "a", **more: Any) -> dict[str, Any]:
    item = {**key(pk, sk), **more}
    client.put_item(TableName=TABLE, Item=item)
    return item


def get(client: Any, pk: str, sk: str = "a") -> dict[str, Any] | None:
    answer = client.get_item(TableName=TABLE, Key=key(pk, sk), ConsistentRead=True)
    found: dict[str, Any] | None = answer.get("Item")
    return found


def a_put(pk: str, sk: str = "a", condition: str = FREE, **more: Any) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "Item": {**key(pk, sk), **more},
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def refused(call: Any, **request: Any) -> tuple[str, dict[str, Any]]:
    """The code and the whole message of a refusal."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    response: dict[str, Any] = dict(raised.value.response)
    return response["Error"]["Code"], response
