"""Dead letters: the messages that could not be chained, looked at and sent back.

A FIFO queue hands out at most ten messages at a time, and none of a group (a workspace) of which
some are in somebody's hands. So looking shows up to ten of each workspace, the oldest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import message
from ..errors import Unreadable
from .clients import unavailable_on_failure
from .queue import SQSQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_MOST_AT_ONCE = 10
_HELD_SECONDS = 120
"""How long a message stays hidden should we be killed before we put it back."""

_MILLISECOND = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message of the dead-letter queue. `sent_at` in microseconds.

    `reason` is the writer's, when it gave one. `unreadable` says why the message can never be
    chained; it is None for one that can.
    """

    id: str
    workspace_id: str
    body: str
    receive_count: int
    sent_at: int
    reason: str | None
    events: int | None
    unreadable: str | None


class SQSDeadLetters:
    """The dead-letter queue."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def count(self) -> int:
        """How many messages there are, about, whether hidden or not."""
        with unavailable_on_failure("SQS"):
            attributes = self._client.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
        return sum(int(number) for number in attributes.values())

    def peek(self) -> Iterator[DeadLetter]:
        """The messages that can be seen, which all stay."""
        hidden: list[str] = []
        try:
            while received := self._receive():
                hidden += [each["ReceiptHandle"] for each in received]
                yield from map(_dead_letter_of, received)
        finally:
            self._put_back(hidden)

    def redrive(
        self, queue: SQSQueue, workspace_id: str | None
    ) -> Iterator[tuple[DeadLetter, bool]]:
        """Send messages to `queue` again, of one workspace or of all; each with whether it went.

        A message is sent first and deleted then: stopped in between it is there twice, never not
        at all, and the writer drops what is chained already. Unreadable ones stay, and may be met
        more than once. What stays is put back at once where its workspace has more to send, so
        that those behind it show; otherwise at the end, so that other workspaces show.
        """
        hidden: dict[str, str] = {}
        try:
            while received := self._receive():
                hidden |= {each["MessageId"]: each["ReceiptHandle"] for each in received}
                moving, staying = set(), []
                for letter in map(_dead_letter_of, received):
                    if workspace_id not in (None, letter.workspace_id):
                        continue
                    if letter.unreadable is None:
                        queue.send(letter.workspace_id, letter.body)
                        self._delete(hidden[letter.id])
                        del hidden[letter.id]
                        moving.add(letter.workspace_id)
                    else:
                        staying.append(letter)
                    yield letter, letter.unreadable is None
                again = [letter for letter in staying if letter.workspace_id in moving]
                self._put_back([hidden.pop(letter.id) for letter in again])
        finally:
            self._put_back(list(hidden.values()))

    def _receive(self) -> list[MessageTypeDef]:
        with unavailable_on_failure("SQS"):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_MOST_AT_ONCE,
                VisibilityTimeout=_HELD_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=[
                    "ApproximateReceiveCount",
                    "MessageGroupId",
                    "SentTimestamp",
                ],
                MessageAttributeNames=["reason"],
            )
        return answer.get("Messages", [])

    def _delete(self, receipt_handle: str) -> None:
        with unavailable_on_failure("SQS"):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt_handle)

    def _put_back(self, receipt_handles: list[str]) -> None:
        """Show messages again; one that cannot be is shown when its time is over."""
        for start in range(0, len(receipt_handles), _MOST_AT_ONCE):
            some = receipt_handles[start : start + _MOST_AT_ONCE]
            with unavailable_on_failure("SQS"):
                self._client.change_message_visibility_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(index), "ReceiptHandle": each, "VisibilityTimeout": 0}
                        for index, each in enumerate(some)
                    ],
                )


def _dead_letter_of(received: MessageTypeDef) -> DeadLetter:
    attributes, reason = received["Attributes"], received.get("MessageAttributes", {}).get("reason")
    workspace_id, events, unreadable = attributes["MessageGroupId"], None, None
    try:
        content = message.decode(received["Body"])
    except Unreadable as error:
        unreadable = str(error)
    else:
        events = len(content.events)
        if content.workspace_id != workspace_id:
            unreadable = "message names another workspace than its group"
    return DeadLetter(
        id=received["MessageId"],
        workspace_id=workspace_id,
        body=received["Body"],
        receive_count=int(attributes["ApproximateReceiveCount"]),
        sent_at=int(attributes["SentTimestamp"]) * _MILLISECOND,
        reason=reason.get("StringValue") if reason else None,  # others may have sent bytes
        events=events,
        unreadable=unreadable,
    )
