"""Each function's role may do what the function does, and nothing else: asked as that role."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tools.local.aws import root_session
from tools.local.stack import Stack

Ask = Callable[[str, str, dict[str, Any]], str]

CODE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    client = boto3.client(event["service"])
    try:
        getattr(client, event["method"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""


def function_asking_as(stack: Stack, role: str, name: str) -> Iterator[Ask]:
    """A function with that role, as nobody but Lambda may assume it."""
    functions = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    deployed = functions.get_function_configuration(FunctionName=stack.functions["ingest"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("asking.py", CODE)
    functions.create_function(
        FunctionName=name,
        Runtime=deployed["Runtime"],
        Layers=[layer["Arn"] for layer in deployed["Layers"]],
        Role=role,
        Handler="asking.handler",
        Timeout=20,
        Code={"ZipFile": packed.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)

    def ask(service: str, method: str, arguments: dict[str, Any]) -> str:
        payload = {"service": service, "method": method, "arguments": arguments}
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(payload))
        result = json.loads(answer["Payload"].read())
        assert isinstance(result, str), result
        return result

    try:
        yield ask
    finally:
        functions.delete_function(FunctionName=name)


@pytest.fixture(scope="module")
def as_ingest(stack: Stack) -> Iterator[Ask]:
    yield from function_asking_as(stack, stack.roles["ingest"], "asks-as-ingest")


@pytest.fixture(scope="module")
def as_writer(stack: Stack) -> Iterator[Ask]:
    yield from function_asking_as(stack, stack.roles["writer"], "asks-as-writer")


@pytest.fixture(scope="module")
def as_query(stack: Stack) -> Iterator[Ask]:
    yield from function_asking_as(stack, stack.roles["query"], "asks-as-query")


@pytest.fixture(scope="module")
def as_exports(stack: Stack) -> Iterator[Ask]:
    yield from function_asking_as(stack, stack.roles["exports"], "asks-as-exports")


@pytest.fixture(scope="module")
def as_exporter(stack: Stack) -> Iterator[Ask]:
    yield from function_asking_as(stack, stack.roles["exporter"], "asks-as-exporter")


def item(stack: Stack, pk: str, sk: str) -> dict[str, Any]:
    return {"TableName": stack.table_name, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}


def put(stack: Stack, pk: str, sk: str) -> dict[str, Any]:
    return {"TableName": stack.table_name, "Item": {"pk": {"S": pk}, "sk": {"S": sk}}}


CHAIN = ("CHAIN#ws_roles", "SEGMENT#0000000000000001")
CLAIM = ("CLAIM#ws_roles#00", "CLAIM")
KEY = ("KEY#imk_roles00000000000", "KEY")
PROFILE = ("WORKSPACE#ws_roles", "PROFILE")
EXPORT = ("EXPORT#ws_roles", "00000000-0000-7000-8000-000000000001")
INDEX = ("INDEX#ws_roles", "EXTENT")
USAGE = ("USAGE#ws_roles", "USAGE#1999-01")
LOOK_UP = ("LOOKUP#ws_roles", "LOOKUP")


def is_refused(answer: str) -> bool:
    return answer in {"AccessDeniedException", "AccessDenied"}


@pytest.mark.parametrize("place", [CHAIN, CLAIM, KEY, PROFILE, USAGE])
def test_no_function_may_delete_anything(
    stack: Stack, as_ingest: Ask, as_writer: Ask, as_query: Ask, place: tuple[str, str]
) -> None:
    request = {stack.table_name: [{"DeleteRequest": {"Key": item(stack, *place)["Key"]}}]}
    for ask in (as_ingest, as_writer, as_query):
        assert is_refused(ask("dynamodb", "delete_item", item(stack, *place)))
        assert is_refused(ask("dynamodb", "batch_write_item", {"RequestItems": request}))


def test_no_function_may_drop_the_table_or_the_queues(
    stack: Stack, as_ingest: Ask, as_writer: Ask, as_query: Ask
) -> None:
    for ask in (as_ingest, as_writer, as_query):
        assert is_refused(ask("dynamodb", "delete_table", {"TableName": stack.table_name}))
        assert is_refused(ask("sqs", "purge_queue", {"QueueUrl": stack.queue_url}))
        assert is_refused(ask("sqs", "delete_queue", {"QueueUrl": stack.dlq_url}))


def test_ingest_may_claim_and_count_and_look_up_keys(stack: Stack, as_ingest: Ask) -> None:
    assert as_ingest("dynamodb", "get_item", item(stack, *KEY)) == "allowed"
    assert as_ingest("dynamodb", "put_item", put(stack, *CLAIM)) == "allowed"
    update = {**item(stack, *USAGE), "UpdateExpression": "REMOVE nothing"}
    assert as_ingest("dynamodb", "update_item", update) == "allowed"


def test_ingest_may_not_touch_the_chain(stack: Stack, as_ingest: Ask) -> None:
    assert is_refused(as_ingest("dynamodb", "put_item", put(stack, *CHAIN)))
    update = {**item(stack, *CHAIN), "UpdateExpression": "REMOVE records"}
    assert is_refused(as_ingest("dynamodb", "update_item", update))
    assert is_refused(as_ingest("dynamodb", "get_item", item(stack, *CHAIN)))


def test_ingest_may_not_make_keys_or_read_the_queue(stack: Stack, as_ingest: Ask) -> None:
    assert is_refused(as_ingest("dynamodb", "put_item", put(stack, *KEY)))
    update = {**item(stack, *PROFILE), "UpdateExpression": "REMOVE nothing"}
    assert is_refused(as_ingest("dynamodb", "update_item", update))
    assert is_refused(as_ingest("sqs", "receive_message", {"QueueUrl": stack.queue_url}))
    letter = {"QueueUrl": stack.dlq_url, "MessageBody": "x", "MessageGroupId": "x"}
    assert is_refused(as_ingest("sqs", "send_message", {**letter, "MessageDeduplicationId": "x"}))


def query(stack: Stack, pk: str) -> dict[str, Any]:
    return {
        "TableName": stack.table_name,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
    }


def test_the_writer_may_read_and_append_the_chain_only(stack: Stack, as_writer: Ask) -> None:
    assert as_writer("dynamodb", "query", query(stack, CHAIN[0])) == "allowed"
    assert as_writer("dynamodb", "put_item", put(stack, *CHAIN)) == "allowed"
    for place in (CLAIM, KEY, PROFILE, USAGE):
        assert is_refused(as_writer("dynamodb", "put_item", put(stack, *place)))
    update = {**item(stack, *CHAIN), "UpdateExpression": "REMOVE records"}
    assert is_refused(as_writer("dynamodb", "update_item", update))


def test_the_writer_alone_may_keep_look_ups(
    stack: Stack, as_ingest: Ask, as_writer: Ask, as_query: Ask, as_exports: Ask, as_exporter: Ask
) -> None:
    assert as_writer("dynamodb", "put_item", put(stack, *LOOK_UP)) == "allowed"
    assert as_writer("dynamodb", "get_item", item(stack, *LOOK_UP)) == "allowed"
    assert is_refused(as_writer("dynamodb", "delete_item", item(stack, *LOOK_UP)))
    for ask in (as_ingest, as_query, as_exports, as_exporter):
        assert is_refused(ask("dynamodb", "put_item", put(stack, *LOOK_UP)))
        assert is_refused(ask("dynamodb", "get_item", item(stack, *LOOK_UP)))


def refusing(stack: Stack, place: tuple[str, str] = USAGE, **changes: Any) -> dict[str, Any]:
    """The update by which the writer has a workspace refused, with changes."""
    return {
        **item(stack, *place),
        "UpdateExpression": "SET refuse_until = :until",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":until": {"N": "1"}},
        **changes,
    }


def test_the_writer_may_have_a_workspace_refused(stack: Stack, as_writer: Ask) -> None:
    """Allowed, but for the condition: there is no such usage."""
    update = refusing(stack, ("USAGE#ws_roles", "USAGE#1999-02"))
    assert as_writer("dynamodb", "update_item", update) == "ConditionalCheckFailedException"


@pytest.mark.parametrize(
    "changes",
    [
        {"UpdateExpression": "SET events = :until"},
        {"UpdateExpression": "SET refuse_until = :until, expires_at = :until"},
        {"UpdateExpression": "SET refuse_until = :until REMOVE requests_1"},
        {"UpdateExpression": "SET refuse_until = :until ADD bytes_1 :until"},
        {"ConditionExpression": "attribute_exists(events)"},
        {"ReturnValues": "ALL_OLD"},
        {"ReturnValues": "ALL_NEW"},
    ],
    ids=repr,
)
def test_the_writer_may_touch_nothing_else_of_usage(
    stack: Stack, as_writer: Ask, changes: dict[str, Any]
) -> None:
    assert is_refused(as_writer("dynamodb", "update_item", refusing(stack, **changes)))


@pytest.mark.parametrize("place", [CHAIN, CLAIM, KEY, PROFILE, EXPORT, INDEX])
def test_the_writer_may_refuse_nothing_but_in_usage(
    stack: Stack, as_writer: Ask, place: tuple[str, str]
) -> None:
    assert is_refused(as_writer("dynamodb", "update_item", refusing(stack, place)))


def test_the_writer_may_not_read_or_put_usage(stack: Stack, as_writer: Ask) -> None:
    assert is_refused(as_writer("dynamodb", "get_item", item(stack, *USAGE)))
    assert is_refused(as_writer("dynamodb", "query", query(stack, USAGE[0])))
    assert is_refused(as_writer("dynamodb", "put_item", put(stack, *USAGE)))


def test_the_writer_may_not_feed_its_own_queue(stack: Stack, as_writer: Ask) -> None:
    message = {"QueueUrl": stack.queue_url, "MessageBody": "x", "MessageGroupId": "x"}
    assert is_refused(as_writer("sqs", "send_message", {**message, "MessageDeduplicationId": "x"}))


def test_query_may_read_chains_the_index_and_keys(stack: Stack, as_query: Ask) -> None:
    assert as_query("dynamodb", "query", query(stack, CHAIN[0])) == "allowed"
    assert as_query("dynamodb", "query", query(stack, INDEX[0])) == "allowed"
    assert as_query("dynamodb", "get_item", item(stack, *INDEX)) == "allowed"
    assert as_query("dynamodb", "get_item", item(stack, *KEY)) == "allowed"
    for place in (PROFILE, CLAIM):
        assert is_refused(as_query("dynamodb", "query", query(stack, place[0])))
        assert is_refused(as_query("dynamodb", "get_item", item(stack, *place)))


@pytest.mark.parametrize("place", [CHAIN, CLAIM, KEY, PROFILE, USAGE, INDEX])
def test_query_may_write_nothing(stack: Stack, as_query: Ask, place: tuple[str, str]) -> None:
    assert is_refused(as_query("dynamodb", "put_item", put(stack, *place)))
    update = {**item(stack, *place), "UpdateExpression": "REMOVE records"}
    assert is_refused(as_query("dynamodb", "update_item", update))


def test_query_may_send_no_message(stack: Stack, as_query: Ask) -> None:
    message = {"QueueUrl": stack.queue_url, "MessageBody": "x", "MessageGroupId": "x"}
    assert is_refused(as_query("sqs", "send_message", {**message, "MessageDeduplicationId": "x"}))


def test_who_starts_exports_may_keep_exports_and_look_up_keys(
    stack: Stack, as_exports: Ask
) -> None:
    assert as_exports("dynamodb", "get_item", item(stack, *KEY)) == "allowed"
    assert as_exports("dynamodb", "get_item", item(stack, *EXPORT)) == "allowed"
    assert as_exports("dynamodb", "put_item", put(stack, *EXPORT)) == "allowed"
    assert is_refused(as_exports("dynamodb", "query", query(stack, CHAIN[0])))
    for place in (CHAIN, CLAIM, KEY, PROFILE, USAGE):
        assert is_refused(as_exports("dynamodb", "put_item", put(stack, *place)))


def test_who_makes_exports_may_read_chains_and_keep_exports(stack: Stack, as_exporter: Ask) -> None:
    assert as_exporter("dynamodb", "query", query(stack, CHAIN[0])) == "allowed"
    assert as_exporter("dynamodb", "put_item", put(stack, *EXPORT)) == "allowed"
    assert is_refused(as_exporter("dynamodb", "get_item", item(stack, *KEY)))
    for place in (CHAIN, CLAIM, KEY, PROFILE, USAGE):
        assert is_refused(as_exporter("dynamodb", "put_item", put(stack, *place)))


def test_nobody_who_exports_may_delete(stack: Stack, as_exports: Ask, as_exporter: Ask) -> None:
    file = {"Bucket": stack.exports_bucket, "Key": "ws_roles/file.csv"}
    for ask in (as_exports, as_exporter):
        assert is_refused(ask("dynamodb", "delete_item", item(stack, *EXPORT)))
        assert is_refused(ask("s3", "delete_object", file))
        assert is_refused(ask("s3", "delete_bucket", {"Bucket": stack.exports_bucket}))
        assert is_refused(ask("sqs", "purge_queue", {"QueueUrl": stack.export_queue_url}))


def test_files_are_written_by_the_exporter_only(
    stack: Stack, as_exports: Ask, as_exporter: Ask
) -> None:
    file = {"Bucket": stack.exports_bucket, "Key": "ws_roles/file.csv"}
    assert as_exporter("s3", "put_object", {**file, "Body": "x"}) == "allowed"
    assert is_refused(as_exports("s3", "put_object", {**file, "Body": "x"}))
    assert as_exports("s3", "get_object", file) == "allowed"


def test_who_starts_exports_may_send_to_the_exporter_only(stack: Stack, as_exports: Ask) -> None:
    to_writer = {"QueueUrl": stack.queue_url, "MessageBody": "x", "MessageGroupId": "x"}
    refused = as_exports("sqs", "send_message", {**to_writer, "MessageDeduplicationId": "x"})
    assert is_refused(refused)
    assert is_refused(as_exports("sqs", "receive_message", {"QueueUrl": stack.export_queue_url}))
