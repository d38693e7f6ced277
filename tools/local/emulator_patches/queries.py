"""Makes queries of DynamoDB fast enough for long chains."""

import re
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found,unused-ignore]

_RANGE = re.compile(r"pk = (:\w+) AND sk BETWEEN (:\w+) AND (:\w+)")


def compare_keys_directly() -> None:
    """Compare keys in a query for a range, instead of parsing the condition for each item."""
    evaluate = dynamodb._evaluate_condition

    def evaluate_range(
        condition: str, item: dict[str, Any], values: dict[str, Any], *others: Any, **named: Any
    ) -> bool:
        found = _RANGE.fullmatch(condition) if condition else None
        if found is None or named.get("slot") != "KeyConditionExpression":
            return bool(evaluate(condition, item, values, *others, **named))
        partition, low, high = (values[name]["S"] for name in found.groups())
        return bool(item["pk"]["S"] == partition and low <= item["sk"]["S"] <= high)

    dynamodb._evaluate_condition = evaluate_range
