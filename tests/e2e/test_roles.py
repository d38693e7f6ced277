"""Each function's role may do what the function does and nothing else, tried with the role."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.role_probe import (
    CHAIN,
    CLAIM,
    EXPORT,
    INDEX,
    KEY,
    LOG,
    LOOK_UP,
    PLACES,
    POINTER,
    USAGE,
    WATCHER,
    Call,
    Place,
    fifo_message,
    insert,
    is_refused,
    item,
    put,
    query,
    update,
)

from tools.local.stack import Stack

Roles = dict[str, Call]

FUNCTIONS = (
    "checkpoint", "exporter", "exports", "indexer", "ingest", "proofs", "query", "viewer",
    "watcher", "writer",
)  # fmt: skip
METHODS = (
    "get_item",
    "batch_get_item",
    "query",
    "put_item",
    "update_item",
    "batch_execute_statement",
    "delete_item",
    "batch_write_item",
)
MAY_DO: dict[str, dict[str, set[Place]]] = {
    "ingest": {
        "get_item": {KEY},
        "batch_get_item": {CLAIM},
        "batch_execute_statement": {CLAIM},
        "update_item": {USAGE},
    },
    "writer": {"query": {CHAIN}, "get_item": {LOOK_UP}, "put_item": {CHAIN, LOOK_UP}},
    "query": {
        "get_item": {KEY, WATCHER},
        "query": {CHAIN, INDEX},
        "batch_get_item": {CHAIN, INDEX, LOG},
    },
    "indexer": {"query": {CHAIN, INDEX}, "put_item": {INDEX}},
    "exports": {
        "get_item": {KEY, EXPORT},
        "query": {EXPORT},
        "put_item": {EXPORT},
        "update_item": {EXPORT},
    },
    "exporter": {
        "query": {CHAIN},
        "get_item": {EXPORT},
        "put_item": {EXPORT},
        "batch_get_item": {LOG},
    },
    "checkpoint": {
        "query": {CHAIN, LOG},
        "batch_get_item": {CHAIN},
        "get_item": {LOG},
        "put_item": {LOG},
        "delete_item": {LOG},
    },
    "watcher": {
        "query": {CHAIN, INDEX, POINTER},
        "batch_get_item": {CHAIN, INDEX, POINTER},
        "get_item": {LOG},
        "put_item": {WATCHER},
    },
    "proofs": {
        "get_item": {KEY, WATCHER},
        "query": {CHAIN, INDEX, LOG},
        "batch_get_item": {CHAIN, INDEX, LOG},
    },
    "viewer": {},
}
"""What a function may do with items of the table; test_writer_role.py has the updates."""

MAY_SEND_TO = {
    "ingest": "queue",
    "writer": "dead letters",
    "query": None,
    "indexer": "growth",
    "exports": "exports",
    "exporter": "exports",
    "checkpoint": None,
    "watcher": "growth",
    "proofs": None,
    "viewer": None,
}
MAY_RECEIVE_FROM = {"writer": "queue", "exporter": "exports", "checkpoint": "growth"}
WITHOUT_ORDER = {"exports", "growth"}


def arguments(stack: Stack, method: str, place: Place) -> dict[str, Any]:
    """The arguments with which a method of DynamoDB touches an item."""
    keys = {"Keys": [item(stack, place)["Key"]]}
    deletion = {"DeleteRequest": {"Key": item(stack, place)["Key"]}}
    match method:
        case "batch_get_item":
            return {"RequestItems": {stack.table_name: keys}}
        case "batch_write_item":
            return {"RequestItems": {stack.table_name: [deletion]}}
    of_one_item = {
        "query": query,
        "put_item": put,
        "update_item": update,
        "batch_execute_statement": insert,
    }
    return of_one_item.get(method, item)(stack, place)


def queues(stack: Stack) -> dict[str, str]:
    return {
        "queue": stack.queue_url,
        "dead letters": stack.dlq_url,
        "exports": stack.export_queue_url,
        "growth": stack.growth_queue_url,
    }


def test_every_function_has_a_probe(stack: Stack) -> None:
    assert set(FUNCTIONS) == set(stack.roles) == set(MAY_DO) == set(MAY_SEND_TO)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_access_only_to_the_items_it_works_with(
    stack: Stack, roles: Roles, function: str, method: str
) -> None:
    answers = {
        place: roles[function]("dynamodb", method, arguments(stack, method, place))
        for place in PLACES
    }
    expected = MAY_DO[function].get(method, set())
    assert {place for place, answer in answers.items() if answer == "allowed"} == expected
    assert all(is_refused(answers[place]) for place in set(PLACES) - expected)


@pytest.mark.parametrize("statement", ["SELECT * FROM", "UPDATE", "DELETE FROM"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_run_a_statement_that_reads_changes_or_deletes(
    stack: Stack, roles: Roles, function: str, statement: str
) -> None:
    change = " SET x = 1" if statement == "UPDATE" else ""
    for pk, sk in PLACES:
        where = f" WHERE pk = '{pk}' AND sk = '{sk}'"
        whole = f'{statement} "{stack.table_name}"{change}{where}'
        batch = {"Statements": [{"Statement": whole}]}
        assert is_refused(roles[function]("dynamodb", "execute_statement", {"Statement": whole}))
        assert is_refused(roles[function]("dynamodb", "batch_execute_statement", batch))


def test_one_claim_in_a_batch_lets_no_other_item_in(stack: Stack, roles: Roles) -> None:
    for place in set(PLACES) - {CLAIM}:
        both = [*insert(stack, CLAIM)["Statements"], *insert(stack, place)["Statements"]]
        answer = roles["ingest"]("dynamodb", "batch_execute_statement", {"Statements": both})
        assert is_refused(answer)
        assert is_refused(roles["ingest"]("dynamodb", "execute_statement", both[1]))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_read_the_whole_table_or_drop_it(
    stack: Stack, roles: Roles, function: str
) -> None:
    assert is_refused(roles[function]("dynamodb", "scan", {"TableName": stack.table_name}))
    assert is_refused(roles[function]("dynamodb", "delete_table", {"TableName": stack.table_name}))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_empty_or_drop_a_queue(stack: Stack, roles: Roles, function: str) -> None:
    for url in queues(stack).values():
        assert is_refused(roles[function]("sqs", "purge_queue", {"QueueUrl": url}))
        assert is_refused(roles[function]("sqs", "delete_queue", {"QueueUrl": url}))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_send_to_no_queue_but_the_next_one(
    stack: Stack, roles: Roles, function: str
) -> None:
    for name, url in queues(stack).items():
        plain = {"QueueUrl": url, "MessageBody": "x"}
        message = plain if name in WITHOUT_ORDER else fifo_message(url)
        if name != MAY_SEND_TO[function]:
            assert is_refused(roles[function]("sqs", "send_message", message)), name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_receive_from_no_queue_but_its_own(
    stack: Stack, roles: Roles, function: str
) -> None:
    for name, url in queues(stack).items():
        if name != MAY_RECEIVE_FROM.get(function):
            at_once = {"QueueUrl": url, "WaitTimeSeconds": 0}
            assert is_refused(roles[function]("sqs", "receive_message", at_once)), name


def test_the_exporter_alone_may_write_files(stack: Stack, roles: Roles) -> None:
    file = {"Bucket": stack.exports_bucket, "Key": "ws_roles/file.csv", "Body": "x"}
    answers = {name: call("s3", "put_object", file) for name, call in roles.items()}
    assert answers.pop("exporter") == "allowed"
    assert all(map(is_refused, answers.values()))


def test_the_functions_for_exports_may_read_files(stack: Stack, roles: Roles) -> None:
    file = {"Bucket": stack.exports_bucket, "Key": "ws_roles/file.csv"}
    assert roles["exporter"]("s3", "put_object", {**file, "Body": "x"}) == "allowed"
    answers = {name: call("s3", "get_object", file) for name, call in roles.items()}
    assert answers.pop("exporter") == answers.pop("exports") == "allowed"
    assert all(map(is_refused, answers.values()))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_delete_a_file_or_the_bucket(
    stack: Stack, roles: Roles, function: str
) -> None:
    file = {"Bucket": stack.exports_bucket, "Key": "ws_roles/file.csv"}
    assert is_refused(roles[function]("s3", "delete_object", file))
    assert is_refused(roles[function]("s3", "delete_bucket", {"Bucket": stack.exports_bucket}))
