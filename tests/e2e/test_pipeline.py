"""From batches to a chain, through every part of the deployed stack."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
from e2e.client import chained, post, send_until_accepted
from indelible.aws.ledger import DynamoDBLedger
from indelible.verifying.segments import verify
from support.contract import REFERENCE

from tools.local.stack import Stack
from tools.local.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Workspaces = Callable[[], tuple[str, str]]

REQUESTS = 3


def test_the_reference_request_is_chained_in_order_and_verifies(
    http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> None:
    workspace_id, api_key = new_workspace()
    answer = post(http, api_key, "v1/events/batch", REFERENCE)

    assert answer.status_code == 202
    receipts = answer.json()["events"]
    assert [receipt["status"] for receipt in receipts] == ["queued"] * 3
    records = wait_until("three records", lambda: chained(ledger, workspace_id))
    assert [record["id"] for record in records] == [receipt["id"] for receipt in receipts]
    assert [record["sequence"] for record in records] == [1, 2, 3]
    for record, event in zip(records, REFERENCE["events"], strict=True):
        assert event.items() <= record.items()
    microseconds = [int(record["created_at"][-7:-1]) for record in records]
    assert microseconds == [microseconds[0] + offset for offset in range(3)]
    [step] = verify(workspace_id, ledger.ascending(workspace_id, 1))
    assert (step.events, step.breaks) == (3, ())


def test_a_repeated_request_is_answered_with_the_same_ids_and_chained_once(
    http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> None:
    workspace_id, api_key = new_workspace()
    body = {"events": [{"actor_id": "a", "action": "b", "idempotency_key": f"k{i}"} for i in "12"]}

    first = post(http, api_key, "v1/events/batch", body).json()["events"]
    again = post(http, api_key, "v1/events/batch", body).json()["events"]
    post(http, api_key, "v1/events", {"actor_id": "a", "action": "last"})

    assert [receipt["status"] for receipt in again] == ["duplicate"] * 2
    assert [receipt["id"] for receipt in again] == [receipt["id"] for receipt in first]
    records = wait_until(
        "the last event",
        lambda: [r for r in [chained(ledger, workspace_id)] if r and r[-1]["action"] == "last"],
    )[0]
    assert [record["id"] for record in records[:2]] == [receipt["id"] for receipt in first]
    assert len(records) == 3


def test_fifty_clients_on_five_workspaces_lose_and_duplicate_nothing(
    http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> None:
    workspaces = [new_workspace() for _ in range(5)]

    def send(client: int) -> tuple[str, list[str]]:
        workspace_id, api_key = workspaces[client % 5]
        receipts = [
            receipt
            for request in range(REQUESTS)
            for receipt in send_until_accepted(http, api_key, counted_events(client, request))
        ]
        return workspace_id, [receipt["id"] for receipt in receipts]

    with ThreadPoolExecutor(50) as clients:
        sent = list(clients.map(send, range(50)))

    for workspace_id, _ in workspaces:
        expected = sorted(i for owner, ids in sent if owner == workspace_id for i in ids)
        records = wait_until(
            f"{len(expected)} records",
            lambda: [r for r in [chained(ledger, workspace_id)] if len(r) >= len(expected)],  # noqa: B023
        )[0]
        assert sorted(record["id"] for record in records) == expected
        assert_each_client_in_order(records)
        steps = list(verify(workspace_id, ledger.ascending(workspace_id, 1)))
        assert [step.breaks for step in steps] == [()] * len(steps)


def counted_events(client: int, request: int) -> list[dict[str, object]]:
    """Seven events, numbered from where the client's previous request ended."""
    numbers = range(7 * request, 7 * request + 7)
    return [
        {
            "actor_id": f"client_{client}",
            "action": "counted",
            "version": number,
            "idempotency_key": f"{client}/{number}",
        }
        for number in numbers
    ]


def assert_each_client_in_order(records: list[dict[str, object]]) -> None:
    """A client that waits for each answer before its next request finds that order in the chain."""
    for actor in {record["actor_id"] for record in records}:
        versions = [record["version"] for record in records if record["actor_id"] == actor]
        assert versions == list(range(7 * REQUESTS)), actor


def test_an_undecodable_message_becomes_a_dead_letter_and_delays_no_other_workspace(
    stack: Stack,
    http: httpx.Client,
    ledger: DynamoDBLedger,
    sqs: SQSClient,
    new_workspace: Workspaces,
) -> None:
    poisoned, key_of_poisoned = new_workspace()
    other, key_of_other = new_workspace()
    sqs.send_message(
        QueueUrl=stack.queue_url,
        MessageBody="no message of ours",
        MessageGroupId=poisoned,
        MessageDeduplicationId=poisoned,
    )
    event = {"actor_id": "a", "action": "after the poison"}
    assert post(http, key_of_other, "v1/events", event).status_code == 202
    assert post(http, key_of_poisoned, "v1/events", event).status_code == 202

    wait_until("the other workspace's event", lambda: chained(ledger, other))
    wait_until("the poisoned workspace's own event", lambda: chained(ledger, poisoned))
    dead = wait_until("the dead letter", lambda: dead_letters(stack, sqs, poisoned))
    assert [letter["body"] for letter in dead] == ["no message of ours"]
    assert dead[0]["reason"].startswith("not a message")


def dead_letters(stack: Stack, sqs: SQSClient, workspace_id: str) -> list[dict[str, str]]:
    answer = sqs.receive_message(
        QueueUrl=stack.dlq_url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=1,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["MessageGroupId"],
    )
    set_aside = [each for each in answer.get("Messages", []) if "MessageAttributes" in each]
    return [
        {"body": letter["Body"], "reason": letter["MessageAttributes"]["reason"]["StringValue"]}
        for letter in set_aside
        if letter["MessageAttributes"]["workspace_id"]["StringValue"] == workspace_id
    ]
