"""The running service against openapi.yaml, with requests that nobody thought of."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from schemathesis.auths import AuthContext
from schemathesis.config import SchemathesisConfig

from tools.local.settings import ROOT
from tools.local.stack import Stack, load

EXAMPLES_PER_OPERATION = 60
REQUEST_TIMEOUT_SECONDS = 30
REFUSED = ["400", "401", "422", "429"]
MAX_KEY = 512
"""Characters of an idempotency key."""

READING = ("listEvents", "getEvent", "verifyChain", "getExport")

PUBLISHED = schemathesis.openapi.from_path(
    ROOT / "openapi.yaml",
    config=SchemathesisConfig.from_dict(
        {
            "seed": 20261123,
            "generation": {
                "max-examples": EXAMPLES_PER_OPERATION,
                "deterministic": True,
                "database": "none",
            },
            "checks": {
                # The defaults would also take a 404 or a 5xx for an answer to good or bad data.
                "positive_data_acceptance": {"expected-statuses": ["202", "429"]},
                "negative_data_rejection": {"expected-statuses": REFUSED},
                # API Gateway has one answer for a path and for a method that it does not know: 404.
                "unsupported_method": {"enabled": False},
            },
            "operations": [
                {
                    # One bad event never stops the others: 202 is right while any event is valid.
                    "include-operation-id": "submitEvents",
                    "checks": {"negative_data_rejection": {"expected-statuses": ["202", *REFUSED]}},
                },
                *(
                    {
                        # Nobody gave out the ids and cursors that are made up: 404 and 400.
                        "include-operation-id": operation_id,
                        # So there are fewer of each answer, and how many is partly chance.
                        "generation": {"max-examples": 2 * EXAMPLES_PER_OPERATION},
                        "checks": {
                            "positive_data_acceptance": {
                                "expected-statuses": ["200", "400", "404", "429"]
                            },
                            "negative_data_rejection": {"expected-statuses": ["404", *REFUSED]},
                        },
                    }
                    for operation_id in READING
                ),
                {
                    # Nobody signed the links that are made up, and some ids cannot be in a path.
                    "include-operation-id": "downloadExport",
                    "checks": {
                        "positive_data_acceptance": {"expected-statuses": ["403", "404", "429"]},
                        "negative_data_rejection": {"expected-statuses": ["403", "404", *REFUSED]},
                    },
                },
            ],
        }
    ),
)


@PUBLISHED.auth()
class WorkspaceKey:
    """Signs each request that is not meant to lack a key."""

    def get(self, case: schemathesis.Case[Any], context: AuthContext) -> str | None:
        """The key to the local stack; asked for as tests are collected, when there may be none."""
        stack = load()
        return stack.api_key if stack else None

    def set(self, case: schemathesis.Case[Any], key: str, context: AuthContext) -> None:
        """Put the key into the request."""
        case.headers["Authorization"] = f"Bearer {key}"


@PUBLISHED.hook
def filter_body(context: schemathesis.HookContext, body: object) -> bool:
    """Leaves out versions such as 1.0: for JSON Schema integers, for the contract's words not.

    And `from` together with `to`, as in a query.
    """
    if isinstance(body, dict) and not filter_query(context, body.get("filters")):
        return False
    events = body.get("events", [body]) if isinstance(body, dict) else []
    versions = [each.get("version") for each in events if isinstance(each, dict)]
    return not any(isinstance(each, float) and each.is_integer() for each in versions)


@PUBLISHED.hook
def filter_query(context: schemathesis.HookContext, query: object) -> bool:
    """Leaves out `from` together with `to`: no schema can say which is the earlier."""
    return not (isinstance(query, dict) and {"from", "to"} <= query.keys())


@pytest.fixture(scope="session")
def answers() -> Counter[tuple[str, int]]:
    """How often each operation gave each status."""
    return Counter()


def with_new_keys(body: Any) -> Any:
    """The body with valid idempotency keys made new: no schema can say which are taken already."""
    if isinstance(body, dict) and isinstance(body.get("events"), list):
        return {**body, "events": [with_new_keys(each) for each in body["events"]]}
    key = body.get("idempotency_key") if isinstance(body, dict) else None
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:
        return body
    return {**body, "idempotency_key": (uuid4().hex + key)[:MAX_KEY]}


@PUBLISHED.parametrize()
def test_the_service_keeps_its_contract(
    case: schemathesis.Case[Any], stack: Stack, answers: Counter[tuple[str, int]]
) -> None:
    """Documented statuses, bodies and headers; good data accepted, bad refused; no 5xx."""
    if isinstance(case.body, dict) and case.body.keys() & {"events", "idempotency_key"}:
        case.body = with_new_keys(case.body)
    response = case.call(base_url=f"{stack.base_url}/api", timeout=REQUEST_TIMEOUT_SECONDS)
    answers[case.operation.definition.raw["operationId"], response.status_code] += 1
    case.validate_response(response)


@pytest.mark.parametrize(
    ("operation_id", "status", "least"),
    [
        ("submitEvent", 202, EXAMPLES_PER_OPERATION // 2),
        ("submitEvents", 202, EXAMPLES_PER_OPERATION // 2),
        ("listEvents", 200, EXAMPLES_PER_OPERATION // 4),
        ("verifyChain", 200, EXAMPLES_PER_OPERATION // 4),
        ("getEvent", 404, EXAMPLES_PER_OPERATION // 4),
        ("startExport", 202, EXAMPLES_PER_OPERATION // 4),
    ],
)
def test_the_contract_was_held_against_answers_of_every_kind(
    operation_id: str, status: int, least: int, stack: Stack, answers: Counter[tuple[str, int]]
) -> None:
    """A key that is refused, or a limit that is used up, would leave the test above empty."""
    assert answers[operation_id, status] >= least
    assert answers[operation_id, 422] >= 1
    assert answers[operation_id, 401] >= 1
