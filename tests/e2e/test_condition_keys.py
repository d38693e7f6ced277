"""The local stack enforces the attributes and return values that a role's policy names.

If it did not, tests of policies would pass for nothing: a missing key matches `ForAllValues`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from e2e.assumed_role import session_of_role
from indelible.aws.table import Table

from tools.local.stack import Stack

Update = Callable[..., str]

USAGE = {"pk": {"S": "USAGE#ws_attributes"}, "sk": {"S": "USAGE#1999-01"}}
ONLY_REFUSE_UNTIL = {
    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USAGE#*"]},
    "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "refuse_until"]},
    "StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]},
}


@pytest.fixture(scope="module")
def session(stack: Stack, table: Table) -> Iterator[boto3.Session]:
    """A session of a role that may update nothing but `refuse_until` of usage items."""
    may_update = {
        "Effect": "Allow",
        "Action": "dynamodb:UpdateItem",
        "Resource": table.client.describe_table(TableName=table.name)["Table"]["TableArn"],
        "Condition": ONLY_REFUSE_UNTIL,
    }
    with session_of_role(stack, "updates-one-attribute", may_update) as found:
        yield found


@pytest.fixture
def update(stack: Stack, table: Table, session: boto3.Session) -> Update:
    """Updates the usage item with that role. Returns "allowed", or the code of the error."""
    client = session.client("dynamodb", endpoint_url=stack.endpoint_url)
    table.client.put_item(TableName=table.name, Item={**USAGE, "events": {"N": "5"}})

    def try_update(expression: str, **others: Any) -> str:
        try:
            client.update_item(
                **{
                    "TableName": table.name,
                    "Key": USAGE,
                    "UpdateExpression": expression,
                    "ExpressionAttributeValues": {":n": {"N": "7"}},
                    **others,
                }
            )
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "allowed"

    return try_update


def test_the_attribute_in_the_policy_may_be_updated(update: Update) -> None:
    exists = {"ConditionExpression": "attribute_exists(pk)"}
    later = {"ConditionExpression": "attribute_not_exists(refuse_until) OR refuse_until <= :n"}
    named = {"ExpressionAttributeNames": {"#r": "refuse_until"}}

    assert update("SET refuse_until = :n", **exists) == "allowed"
    assert update("SET refuse_until = :n", **later) == "allowed"
    assert update("SET #r = if_not_exists(#r, :n)", **named) == "allowed"
    assert update("ADD refuse_until :n", ReturnValues="UPDATED_NEW") == "allowed"


@pytest.mark.parametrize(
    "expression",
    [
        "SET refuse_until = :n, events = :n",
        "SET events = :n",
        "ADD events :n",
        "SET refuse_until = :n REMOVE events",
        "SET refuse_until = events, other = :n",
        "SET refuse_until = if_not_exists(events, :n)",
        "SET refuse_until.events = :n, minutes[0].refuse_until = :n",
    ],
)
def test_no_other_attribute_may_be_updated_or_read(update: Update, expression: str) -> None:
    assert update(expression) == "AccessDeniedException"


def test_no_other_attribute_hides_behind_a_placeholder(update: Update) -> None:
    names = {"#refuse_until": "events"}
    answer = update("SET #refuse_until = :n", ExpressionAttributeNames=names)
    assert answer == "AccessDeniedException"


def test_no_other_attribute_may_be_named_in_a_condition(update: Update) -> None:
    answer = update("SET refuse_until = :n", ConditionExpression="events < :n")
    assert answer == "AccessDeniedException"


@pytest.mark.parametrize("values", ["ALL_OLD", "ALL_NEW"])
def test_the_whole_item_may_not_be_returned(update: Update, values: str) -> None:
    assert update("SET refuse_until = :n", ReturnValues=values) == "AccessDeniedException"


def test_no_other_item_may_be_updated(update: Update) -> None:
    key = {"pk": {"S": "WORKSPACE#ws_attributes"}, "sk": {"S": "PROFILE"}}
    assert update("SET refuse_until = :n", Key=key) == "AccessDeniedException"


def test_a_legacy_update_is_restricted_in_the_same_way(
    stack: Stack, session: boto3.Session
) -> None:
    client = session.client("dynamodb", endpoint_url=stack.endpoint_url)
    with pytest.raises(ClientError) as refused:
        client.update_item(
            TableName=stack.table_name,
            Key=USAGE,
            AttributeUpdates={"events": {"Value": {"N": "7"}, "Action": "PUT"}},
        )
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
