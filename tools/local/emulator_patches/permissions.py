"""The condition keys of DynamoDB in policies."""

import json
from typing import Any

from ministack.core import iam_actions  # type: ignore[import-not-found,unused-ignore]

from .dynamodb_request import attributes, leading_keys, return_values


def know_dynamodb_condition_keys() -> None:
    """Give policies the partition keys, attributes and return values of requests.

    MiniStack knows only the attributes of projections. `ForAllValues` is true for a missing key.
    """
    context_of = iam_actions.dynamodb_service_context

    def whole_context(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        request = json.loads(body or b"{}")
        keys = {
            "dynamodb:LeadingKeys": sorted(leading_keys(request)),
            "dynamodb:Attributes": sorted(attributes(request)),
            "dynamodb:ReturnValues": return_values(request),
        }
        return {**context, **{key: value for key, value in keys.items() if value}}

    iam_actions.dynamodb_service_context = whole_context
