"""The condition keys of DynamoDB in policies."""

import json
from typing import Any

from ministack.core import iam_actions  # type: ignore[import-not-found,unused-ignore]

from .dynamodb_request import leading_keys


def know_leading_keys() -> None:
    """Policies can tell partition keys apart (`dynamodb:LeadingKeys`)."""
    context_of = iam_actions.dynamodb_service_context

    def context_with_leading_keys(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        keys = sorted(leading_keys(json.loads(body or b"{}")))
        return {**context, "dynamodb:LeadingKeys": keys} if keys else context

    iam_actions.dynamodb_service_context = context_with_leading_keys
