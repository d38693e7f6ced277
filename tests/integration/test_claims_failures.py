"""Claims when DynamoDB fails or refuses: each key fails alone."""

from __future__ import annotations

from typing import Any

import pytest
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.table import Table
from indelible.errors import Unavailable
from indelible.ingest.ports import Failure, Taken
from integration.made_claims import ALL, INSERT, some
from support.aws_faults import (
    TIMEOUT,
    answering,
    counting,
    event_name,
    hooked,
)


@pytest.fixture
def table_claims(table: Table) -> DynamoDBClaims:
    return DynamoDBClaims(table, table)


@pytest.mark.parametrize("code", ["ThrottlingException", TIMEOUT])
def test_a_failed_look_up_is_an_error(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, code: str
) -> None:
    with answering(table.client, "BatchGetItem", code), pytest.raises(Unavailable):
        table_claims.find(workspace_id, ["key-0"])


def refusing(client: Any, *answers: dict[int, str]) -> Any:
    """Change the next answers: these statements, by their index, are answered with these codes."""
    to_come = list(answers)

    def change(parsed: dict[str, Any], **_: Any) -> None:
        for index, code in (to_come.pop(0) if to_come else {}).items():
            parsed["Responses"][index] = {"Error": {"Code": code, "Message": code}}

    return hooked(client, event_name("after-call", client, INSERT), change)


REFUSALS = (
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "TransactionConflict",
    "ItemCollectionSizeLimitExceeded",
    "AccessDenied",
    "ValidationError",
    "ResourceNotFound",
)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refused_statement_is_made_again(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, code: str
) -> None:
    with refusing(table.client, {1: code}), counting(table.client) as calls:
        assert table_claims.take(workspace_id, some(3)) == ALL
    assert calls[:2] == [INSERT] * 2
    assert table_claims.find(workspace_id, list(some(3))) == some(3)


@pytest.mark.parametrize("code", [*REFUSALS, "InternalServerError"])
def test_a_statement_that_is_always_refused_fails_alone(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, code: str
) -> None:
    table_claims.take(workspace_id, {"key-2": some(3, "b")["key-2"]})
    with refusing(table.client, {1: code}, *[{0: code}] * 9), counting(table.client) as calls:
        taken = table_claims.take(workspace_id, some(3))
    assert taken.lost == {"key-2": some(3, "b")["key-2"]}
    unknown = code == "InternalServerError"
    assert taken.failed == {"key-1": Failure(f"DynamoDB answered {code}", unknown)}
    assert calls.count(INSERT) == 5


def test_an_error_without_a_code_is_no_success(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    def leave_out_the_code(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Responses"] = [{"Error": {"Message": "failed"}}]

    with hooked(table.client, event_name("after-call", table.client, INSERT), leave_out_the_code):
        taken = table_claims.take(workspace_id, some(1))
    assert taken.failed == {"key-0": Failure("DynamoDB answered InternalServerError", True)}


def test_a_refusal_after_an_unknown_outcome_leaves_it_unknown(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    codes = ["InternalServerError", *["ThrottlingException"] * 9]
    with answering(table.client, INSERT, *codes):
        taken = table_claims.take(workspace_id, some(1))
    assert taken.failed == {"key-0": Failure("DynamoDB answered ThrottlingException", True)}


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("ThrottlingException", Failure("DynamoDB answered ThrottlingException", False)),
        ("AccessDeniedException", Failure("DynamoDB answered AccessDeniedException", False)),
        ("InternalServerError", Failure("DynamoDB answered InternalServerError", True)),
        (TIMEOUT, Failure("DynamoDB did not answer: ReadTimeoutError", True)),
    ],
)
def test_a_failed_call_fails_its_keys_only(
    table: Table, workspace_id: str, code: str, failure: Failure
) -> None:
    """One of two calls fails each time. Each key is tried five times."""
    table_claims = DynamoDBClaims(table, table, side_by_side=map, keys_a_call=2)
    with answering(table.client, INSERT, None, *[code] * 5):
        taken = table_claims.take(workspace_id, some(4))
    assert taken == Taken({}, {"key-2": failure, "key-3": failure})
    assert table_claims.find(workspace_id, list(some(4))) == some(2)


def test_a_key_whose_holder_cannot_be_read_is_not_claimed(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    table_claims.take(workspace_id, some(1, "a"))
    with answering(table.client, "BatchGetItem", *[TIMEOUT] * 3):
        taken = table_claims.take(workspace_id, some(2, "b"))
    assert taken == Taken({}, {"key-0": Failure("another claim on the key exists", False)})
