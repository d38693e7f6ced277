"""The condition keys of a DynamoDB request, read from its JSON.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import re
from typing import Any

Operation = dict[str, Any]
"""A request, or one of the operations in a batch or a transaction."""

_NAMED = (
    "AttributeUpdates", "Expected", "Item", "Key", "KeyConditions", "QueryFilter", "ScanFilter",
)  # fmt: skip
_EXPRESSIONS = (
    "ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression",
    "UpdateExpression",
)  # fmt: skip
_KEYWORDS = {"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"}

_PATH = re.compile(r"([#:]?\w+)(?:\s*(?:\.\s*#?\w+|\[\s*\d+\s*\]))*(\s*\()?")
"""A path (its first element names the attribute), a value, a keyword, or a function."""
_EQUALS = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


def leading_keys(request: Operation) -> set[str]:
    """`dynamodb:LeadingKeys`: the values of the partition keys, which are all named `pk`."""
    found = set()
    for operation in operations_of(request):
        if item := operation.get("Item") or operation.get("Key"):
            found.add(item["pk"]["S"])
    return found | _queried_keys(request)


def attributes(request: Operation) -> set[str]:
    """`dynamodb:Attributes`: the top-level attributes that a request names, keys included."""
    found: set[str] = set()
    for operation in operations_of(request):
        for member in _NAMED:
            found.update(operation.get(member, {}))
        found.update(operation.get("AttributesToGet", []))
        names = operation.get("ExpressionAttributeNames", {})
        for member in _EXPRESSIONS:
            used = _names_in(operation.get(member, ""))
            found.update(names.get(name, name) for name in used)
    return found


def return_values(request: Operation) -> str | None:
    """`dynamodb:ReturnValues`. "NONE" for a PutItem or UpdateItem without it.

    None for other requests without it, which may be reads.
    """
    writes = "Item" in request or "UpdateExpression" in request or "AttributeUpdates" in request
    given: str | None = request.get("ReturnValues")
    return given or ("NONE" if writes else None)


def operations_of(request: Operation) -> list[Operation]:
    """The request itself and, for a batch or a transaction, the operations in it."""
    operations = [request]
    for of_table in request.get("RequestItems", {}).values():
        if isinstance(of_table, dict):
            operations += [{**of_table, "Key": key} for key in of_table.get("Keys", [])]
        else:
            operations += [operation for write in of_table for operation in write.values()]
    for part in request.get("TransactItems", []):
        operations += [operation for operation in part.values() if isinstance(operation, dict)]
    return operations


def _names_in(expression: str) -> set[str]:
    """The attributes, or their placeholders, with which the paths of an expression begin."""
    paths = _PATH.findall(expression)
    return {
        name
        for name, call in paths
        if not call and name[0] not in ":0123456789" and name.upper() not in _KEYWORDS
    }


def _queried_keys(request: Operation) -> set[str]:
    """The partition key of a Query: the value that its key condition compares with `pk`."""
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    compared = _EQUALS.findall(request.get("KeyConditionExpression", ""))
    return {values[value]["S"] for name, value in compared if names.get(name, name) == "pk"}
