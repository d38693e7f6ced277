"""The dead-letter queue: shows its messages, sends them to the writer again, or deletes them.

A FIFO queue delivers at most ten messages at a time, and none of a message group that has messages
in flight. So a pass over the queue holds every message it received until the end. Messages that
cannot be chained are moved out of their workspace's group, so that the ones behind them appear.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from ..errors import NotFound
from ..times import MILLISECOND
from ..writing.dead_letter import DeadLetter, id_of_set_aside, judge, workspace_of
from .clients import error_code, unavailable_on_failure
from .queue import SQSQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_NO_SUCH_QUEUE = {
    "AWS.SimpleQueueService.NonExistentQueue",
    "InvalidAddress",
    "QueueDoesNotExist",
}
_MAX_BATCH = 10
_HELD_SECONDS = 120
"""How long a message stays hidden if the process is killed before it puts the message back."""

WAIT_SECONDS = 1
"""How long a receive waits for messages. Above 0, SQS queries all of its servers.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

Held = dict[str, str]
"""The messages in flight here: message id to receipt handle."""


class Counts(NamedTuple):
    """The number of messages in the queue: visible ones, and ones that somebody holds (in flight).

    The SQS guide calls the counts exact for FIFO queues. The API reference says that they are
    right only a minute after the last change.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-resources-required-process-messages.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
    """

    visible: int
    held: int


def require_queue(client: SQSClient, url: str) -> None:
    """Raise NotFound when no queue has this URL. Raises Unavailable when SQS fails."""
    with unavailable_on_failure("SQS"):
        try:
            client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        except ClientError as error:
            if error_code(error) not in _NO_SUCH_QUEUE:
                raise
            raise NotFound(f"No queue in this account and Region has the URL {url}.") from None


class SQSDeadLetters:
    """The dead-letter queue. Each pass receives every message within reach once.

    Passes may be stopped and repeated, and several operators may run them at the same time. `now`
    is always in microseconds. Every method raises Unavailable when SQS fails.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url
        self._aside = SQSQueue(client, url)

    def counts(self) -> Counts:
        """Return the number of messages in the queue."""
        with unavailable_on_failure("SQS"):
            attributes = self._client.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
        return Counts(
            int(attributes["ApproximateNumberOfMessages"]),
            int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )

    def peek(self, now: int) -> Iterator[DeadLetter]:
        """Yield the messages within reach, judged at `now`. All of them stay in the queue."""
        held: Held = {}
        try:
            yield from self._meet(held, now)
        finally:
            self._put_back(held)

    def redrive(
        self, queue: SQSQueue, workspace_id: str | None, now: int, *, with_newer: bool = True
    ) -> Iterator[tuple[DeadLetter, bool]]:
        """Send messages of one workspace, or of all, to `queue`; yields (message, is_sent).

        Messages that cannot be chained at `now` are set aside and stay. Those that only a newer
        writer might read are sent, unless `with_newer` is False. Each message is sent before it is
        deleted. If the pass stops in between, the message exists twice and is not lost, and the
        writer drops events that are chained already.
        """
        held: Held = {}
        try:
            for letter in self._meet(held, now):
                if workspace_id not in (None, letter.workspace_id):
                    continue
                if letter.may_be_chained if with_newer else letter.can_be_chained:
                    queue.send(letter.workspace_id, letter.body)
                    self._delete(held, letter)
                    yield letter, True
                elif letter.is_set_aside:
                    yield letter, False
                else:
                    self._set_aside(held, letter)
        finally:
            self._put_back(held)

    def sift(self, workspace_id: str | None, now: int) -> Iterator[DeadLetter]:
        """Set aside messages that cannot be chained; yields every message that is set aside.

        Covers one workspace, or all. Messages that can be chained, or that a newer writer might
        read, stay where they are, and hide the ones behind them in their workspace's group.
        """
        held: Held = {}
        try:
            for letter in self._meet(held, now):
                if workspace_id not in (None, letter.workspace_id):
                    continue
                if letter.is_set_aside:
                    yield letter
                elif not letter.may_be_chained:
                    self._set_aside(held, letter)
        finally:
            self._put_back(held)

    def discard(self, ids: Collection[str], now: int) -> Iterator[DeadLetter]:
        """Delete the messages with these ids that can never be chained; yields each deleted one."""
        held: Held = {}
        try:
            for letter in self._meet(held, now):
                if letter.id in ids and letter.is_set_aside and letter.is_hopeless:
                    self._delete(held, letter)
                    yield letter
        finally:
            self._put_back(held)

    def _meet(self, held: Held, now: int) -> Iterator[DeadLetter]:
        """Receive until no new message comes, and hold every received message.

        A message that is held for too long is received again. So the pass ends at a receive that
        brings only known messages.
        """
        met: set[str] = set()
        while received := self._receive():
            held |= {each["MessageId"]: each["ReceiptHandle"] for each in received}
            new = [each for each in received if each["MessageId"] not in met]
            if not new:
                return
            met |= {each["MessageId"] for each in new}
            yield from (_dead_letter_of(each, now) for each in new)

    def _receive(self) -> list[MessageTypeDef]:
        with unavailable_on_failure("SQS"):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_MAX_BATCH,
                VisibilityTimeout=_HELD_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
                MessageSystemAttributeNames=[
                    "ApproximateReceiveCount",
                    "MessageGroupId",
                    "SentTimestamp",
                ],
                MessageAttributeNames=["reason", "workspace_id"],
            )
        return answer.get("Messages", [])

    def _set_aside(self, held: Held, letter: DeadLetter) -> None:
        """Move a message into a group of its own; sends the copy before it deletes the original."""
        reason = letter.verdict.obstacle or ""
        self._aside.quarantine(letter.workspace_id, letter.id, letter.body, reason)
        self._delete(held, letter)

    def _delete(self, held: Held, letter: DeadLetter) -> None:
        with unavailable_on_failure("SQS"):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=held[letter.message_id])
        del held[letter.message_id]

    def _put_back(self, held: Held) -> None:
        """Make held messages visible now. After _HELD_SECONDS they become visible anyway."""
        handles = list(held.values())
        for start in range(0, len(handles), _MAX_BATCH):
            some = handles[start : start + _MAX_BATCH]
            with unavailable_on_failure("SQS"):
                self._client.change_message_visibility_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(index), "ReceiptHandle": each, "VisibilityTimeout": 0}
                        for index, each in enumerate(some)
                    ],
                )


def _dead_letter_of(received: MessageTypeDef, now: int) -> DeadLetter:
    attributes = received["Attributes"]
    group, message_id = attributes["MessageGroupId"], received["MessageId"]
    id_before = id_of_set_aside(group)
    workspace_id = workspace_of(group, _text(received, "workspace_id"))
    return DeadLetter(
        id=id_before or message_id,
        message_id=message_id,
        workspace_id=workspace_id,
        body=received["Body"],
        receive_count=int(attributes["ApproximateReceiveCount"]),
        sent_at=int(attributes["SentTimestamp"]) * MILLISECOND,
        is_set_aside=id_before is not None,
        reason=_text(received, "reason") if id_before is not None else None,
        verdict=judge(workspace_id, received["Body"], now),
    )


def _text(received: MessageTypeDef, name: str) -> str | None:
    """Return a message attribute's string, or None: other senders may have sent bytes."""
    attribute = received.get("MessageAttributes", {}).get(name)
    return attribute.get("StringValue") if attribute else None
