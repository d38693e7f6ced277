"""Calls AWS with the role of a function, and builds the arguments of such calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from indelible.aws.table import (
    WORKSPACES,
    chain_pk,
    directory_sk,
    index_pk,
    segment_sk,
    workspace_pk,
)

from tools.local import role_functions
from tools.local.stack import Stack

Call = Callable[[str, str, dict[str, Any]], str]
"""Calls a method of a service; returns "allowed", or the code of the error."""

Place = tuple[str, str]
"""The key of an item: its partition key and its sort key."""

CODE = """
from botocore.exceptions import ClientError
from botocore.session import get_session

def handler(event, context):
    client = get_session().create_client(event["service"])
    try:
        answer = getattr(client, event["method"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    if event["method"] == "batch_execute_statement":
        codes = [each.get("Error", {}).get("Code") for each in answer["Responses"]]
        if "AccessDenied" in codes:
            return "AccessDenied"
    return "allowed"
"""

WORKSPACE = "ws_roles"
CHAIN = (chain_pk(WORKSPACE), segment_sk(1))
CLAIM = (f"CLAIM#{WORKSPACE}#00", "CLAIM")
KEY = ("KEY#imk_roles00000000000", "KEY")
PROFILE = (workspace_pk(WORKSPACE), "PROFILE")
EXPORT = (f"EXPORT#{WORKSPACE}", "00000000-0000-7000-8000-000000000001")
INDEX = (index_pk(WORKSPACE), directory_sk(1))
USAGE = (f"USAGE#{WORKSPACE}", "USAGE#1999-01")
LOOK_UP = (f"LOOKUP#{WORKSPACE}", "LOOKUP")
POINTER = (WORKSPACES, WORKSPACE)
LOG = ("LOG", "PROBE")
WATCHER = ("WATCHER", "PROBE")
PLACES = (
    CHAIN, CLAIM, KEY, PROFILE, EXPORT, INDEX, USAGE, LOOK_UP, POINTER, LOG, WATCHER,
)  # fmt: skip
"""One item of each kind that the table holds. Those of the log and of the watcher are in their
partitions, and no function reads them."""


@contextmanager
def function_with_role(stack: Stack, role: str, name: str) -> Iterator[Call]:
    """Makes calls in a function with that role."""
    with role_functions.function_with_role(stack, role, name, CODE) as invoke:

        def call(service: str, method: str, arguments: dict[str, Any]) -> str:
            result = invoke({"service": service, "method": method, "arguments": arguments})
            assert isinstance(result, str), result
            return result

        yield call


def item(stack: Stack, place: Place) -> dict[str, Any]:
    """Names an item, for GetItem, DeleteItem and UpdateItem."""
    pk, sk = place
    return {"TableName": stack.table_name, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}


def put(stack: Stack, place: Place) -> dict[str, Any]:
    """An item without attributes, for PutItem."""
    pk, sk = place
    return {"TableName": stack.table_name, "Item": {"pk": {"S": pk}, "sk": {"S": sk}}}


def insert(stack: Stack, place: Place) -> dict[str, Any]:
    """An item without attributes, for BatchExecuteStatement. It may exist already."""
    statement = f"INSERT INTO \"{stack.table_name}\" VALUE {{'pk': ?, 'sk': ?}}"
    return {"Statements": [{"Statement": statement, "Parameters": [{"S": each} for each in place]}]}


def update(stack: Stack, place: Place) -> dict[str, Any]:
    """An update that changes nothing, for UpdateItem."""
    return {**item(stack, place), "UpdateExpression": "REMOVE nothing"}


def query(stack: Stack, place: Place) -> dict[str, Any]:
    """All items of a partition, for Query."""
    return {
        "TableName": stack.table_name,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": place[0]}},
    }


def fifo_message(queue_url: str) -> dict[str, Any]:
    """A message, for SendMessage to a FIFO queue."""
    ids = {"MessageGroupId": "x", "MessageDeduplicationId": "x"}
    return {"QueueUrl": queue_url, "MessageBody": "x", **ids}


def is_refused(answer: str) -> bool:
    """Whether the call was refused for lack of permission."""
    return answer in {"AccessDeniedException", "AccessDenied"}
