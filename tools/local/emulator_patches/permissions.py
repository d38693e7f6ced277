"""The condition keys of DynamoDB in policies."""

import json
from typing import Any

from ministack.core import iam_actions  # type: ignore[import-not-found,unused-ignore]
from ministack.services import dynamodb  # type: ignore[import-not-found,unused-ignore]

from .dynamodb_request import attributes, leading_keys, return_values


def know_dynamodb_condition_keys() -> None:
    """Give policies the partition keys, attributes and return values of requests.

    MiniStack knows only the attributes of projections. `ForAllValues` is true for a missing key.
    """
    context_of = iam_actions.dynamodb_service_context

    def whole_context(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = context_of(body)
        request = _with_inserts(json.loads(body or b"{}"))
        keys = {
            "dynamodb:LeadingKeys": sorted(leading_keys(request)),
            "dynamodb:Attributes": sorted(attributes(request)),
            "dynamodb:ReturnValues": return_values(request),
        }
        return {**context, **{key: value for key, value in keys.items() if value}}

    iam_actions.dynamodb_service_context = whole_context


def know_dynamodb_statements() -> None:
    """Check the action of each PartiQL statement, such as `dynamodb:PartiQLInsert`.

    MiniStack checks the name of the call, `dynamodb:BatchExecuteStatement`, which is no action on
    AWS. It still does so when it cannot parse a statement; no role has that action.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    """
    checks_of_transaction = iam_actions.dynamodb_transaction_checks

    def checks(action: str, body: bytes, region: str, account_id: str) -> list[tuple[str, str]]:
        if action not in _CALLS_WITH_STATEMENTS:
            found: list[tuple[str, str]] = checks_of_transaction(action, body, region, account_id)
            return found
        return [
            (
                f"dynamodb:PartiQL{statement['op'].title()}",
                iam_actions._dynamodb_table_arn(statement["table"], region, account_id),
            )
            for statement in _statements(json.loads(body or b"{}"))
        ]

    iam_actions.dynamodb_transaction_checks = checks


_CALLS_WITH_STATEMENTS = {
    "dynamodb:BatchExecuteStatement",
    "dynamodb:ExecuteStatement",
    "dynamodb:ExecuteTransaction",
}


def _statements(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The parsed statements of a request; none if MiniStack cannot parse one of them."""
    several = request.get("Statements") or request.get("TransactStatements")
    try:
        return [
            dynamodb._parse_partiql(each["Statement"], each.get("Parameters", []))
            for each in several or [request]
            if "Statement" in each
        ]
    except (KeyError, TypeError, ValueError):
        return []


def _with_inserts(request: dict[str, Any]) -> dict[str, Any]:
    """The request, with the item of each INSERT as that of one more put in a transaction."""
    items = [each["item"] for each in _statements(request) if each["op"] == "INSERT"]
    puts = [{"Put": {"Item": item["M"] if set(item) == {"M"} else item}} for item in items]
    return {**request, "TransactItems": [*request.get("TransactItems", []), *puts]}
