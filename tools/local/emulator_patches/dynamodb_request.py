"""What a request to DynamoDB touches, as its JSON says."""

import re
from typing import Any

_EQUALS = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


def leading_keys(request: dict[str, Any]) -> set[str]:
    """The partition keys, all named `pk`, that a DynamoDB request touches."""
    operations = [request]
    for of_table in request.get("RequestItems", {}).values():
        if isinstance(of_table, dict):
            operations += [{"Key": key} for key in of_table.get("Keys", [])]
        else:
            operations += [operation for write in of_table for operation in write.values()]
    for part in request.get("TransactItems", []):
        operations += [operation for operation in part.values() if isinstance(operation, dict)]
    items = [operation.get("Item") or operation.get("Key") for operation in operations]
    return {item["pk"]["S"] for item in items if item} | queried_keys(request)


def queried_keys(request: dict[str, Any]) -> set[str]:
    """The partition key of a Query: the value that its condition compares `pk` with."""
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    compared = _EQUALS.findall(request.get("KeyConditionExpression", ""))
    return {values[value]["S"] for name, value in compared if names.get(name, name) == "pk"}
