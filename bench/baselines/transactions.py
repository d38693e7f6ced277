"""The batched serverless design: a message for each request, transactions of up to 99 events.

A `TransactWriteItems` puts the events and moves the head, on the condition that the head is the one
that was read. The head also has the number that SQS gave to the last message, and how many of its
events are chained. So a message that is delivered again adds nothing.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from .accounts import Accounts
from .items import check_chain
from .shared import Link, Workspace, events_of, links

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef
    from mypy_boto3_sqs import SQSClient

EVENTS_AT_ONCE = 99
"""A transaction has at most 100 items, and one is the head."""


class Place(NamedTuple):
    """Where an event is in the queue: the number of its message, and its place in there."""

    message: int
    position: int


class Head(NamedTuple):
    """The last record, and where its event was in the queue."""

    last: Link | None
    place: Place


@dataclass
class Transactions:
    """Its functions: `post` behind API Gateway, `deliver` behind the queue."""

    dynamodb: DynamoDBClient
    sqs: SQSClient
    queue_url: str
    table: str

    def __post_init__(self) -> None:
        self._accounts = Accounts(self.dynamodb, self.table)

    def add_workspace(self) -> Workspace:
        """Make a workspace with a key."""
        return self._accounts.add()

    def post(self, secret: str, body: bytes) -> None:
        """Accept a batch of events."""
        events = events_of(body)
        workspace_id = self._accounts.admit(secret, len(events))
        self.sqs.send_message(
            QueueUrl=self.queue_url,
            MessageBody=json.dumps(events),
            MessageGroupId=workspace_id,
            MessageDeduplicationId=str(uuid.uuid4()),
        )

    def deliver(self, invocation: dict[str, Any], _context: object) -> dict[str, Any]:
        """Chain the events of up to ten messages. The messages of a group that fails come again."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for record in invocation["Records"]:
            groups.setdefault(record["attributes"]["MessageGroupId"], []).append(record)
        failed: list[str] = []
        for workspace_id, records in groups.items():
            try:
                self._chain(workspace_id, records)
            except ClientError:
                failed += [record["messageId"] for record in records]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    def _chain(self, workspace_id: str, records: list[dict[str, Any]]) -> None:
        head = self._head(workspace_id)
        waiting = [
            (place, event)
            for record in records
            for position, event in enumerate(json.loads(record["body"]), 1)
            if (place := Place(int(record["attributes"]["SequenceNumber"]), position)) > head.place
        ]
        for start in range(0, len(waiting), EVENTS_AT_ONCE):
            part = waiting[start : start + EVENTS_AT_ONCE]
            made = links(head.last, [event for _, event in part])
            head = self._commit(workspace_id, head, made, part[-1][0])

    def _commit(self, workspace_id: str, head: Head, made: list[Link], place: Place) -> Head:
        last = made[-1]
        move: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self.table,
                "Item": {
                    **head_key(workspace_id),
                    "last": {"N": str(last.sequence)},
                    "hash": {"B": last.hash},
                    "message": {"N": str(place.message)},
                    "position": {"N": str(place.position)},
                },
                "ConditionExpression": "attribute_not_exists(pk) OR #last = :read",
                "ExpressionAttributeNames": {"#last": "last"},
                "ExpressionAttributeValues": {
                    ":read": {"N": str(head.last.sequence if head.last else 0)}
                },
            }
        }
        puts = [self._put(workspace_id, each) for each in made]
        self.dynamodb.transact_write_items(TransactItems=[*puts, move])
        return Head(last, place)

    def _put(self, workspace_id: str, made: Link) -> TransactWriteItemTypeDef:
        item: dict[str, Any] = {
            "pk": {"S": f"CHAIN#{workspace_id}"},
            "sk": {"S": f"{made.sequence:016d}"},
            "record": {"S": made.record},
            "hash": {"B": made.hash},
        }
        condition = "attribute_not_exists(pk)"
        return {"Put": {"TableName": self.table, "Item": item, "ConditionExpression": condition}}

    def _head(self, workspace_id: str) -> Head:
        answer = self.dynamodb.get_item(
            TableName=self.table, Key=head_key(workspace_id), ConsistentRead=True
        )
        if "Item" not in answer:
            return Head(None, Place(0, 0))
        item = answer["Item"]
        last = Link(int(item["last"]["N"]), "", bytes(item["hash"]["B"]))
        return Head(last, Place(int(item["message"]["N"]), int(item["position"]["N"])))

    def check(self, workspace_id: str) -> int:
        """Verify the workspace's chain and return its length."""
        return check_chain(self.dynamodb, self.table, workspace_id)


def head_key(workspace_id: str) -> dict[str, Any]:
    """The key of a chain's head, in a partition of its own."""
    return {"pk": {"S": f"HEAD#{workspace_id}"}, "sk": {"S": "HEAD"}}
