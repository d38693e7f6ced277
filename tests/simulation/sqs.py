"""A double of SQS at the level of its client: FIFO queues with dead letters.

It knows what Indelible uses and refuses everything else. test_doubles_sqs.py requires the same
answers from it and moto.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from itertools import count
from typing import Any

from .refusals import expect, refusal

MOST_AT_ONCE = 10
DEDUPLICATION_SECONDS = 300


@dataclass
class Stored:
    """A message on a queue."""

    id: str
    number: int
    group: str
    body: str
    attributes: dict[str, Any]
    sent_at: float
    visible_at: float = 0
    receive_count: int = 0
    receipt_handle: str | None = None


@dataclass
class FifoQueue:
    """One queue. A message received `most_receives` times goes to `dead_letters` instead."""

    url: str
    visibility_seconds: float
    most_receives: int = 0
    dead_letters: FifoQueue | None = None
    messages: list[Stored] = field(default_factory=list)
    sent: dict[tuple[str, str], tuple[float, Stored]] = field(default_factory=dict)


class SQS:
    """Several queues. `on_send` gets the new messages, `on_dead` the moved ones."""

    def __init__(self, seconds: Callable[[], float], *queues: FifoQueue) -> None:
        self.on_send: Callable[[FifoQueue, Stored], None] = lambda *_: None
        self.on_dead: Callable[[Stored], None] = lambda *_: None
        self._seconds = seconds
        self._queues = {queue.url: queue for queue in queues}
        self._numbers = count(1)

    def send_message(self, **request: Any) -> dict[str, Any]:
        """Accept a message, unless the same deduplication id came in the last five minutes."""
        expect(
            request,
            ("QueueUrl", "MessageBody", "MessageGroupId", "MessageDeduplicationId"),
            "MessageAttributes",
        )
        queue, now = self._queues[request["QueueUrl"]], self._seconds()
        group = request["MessageGroupId"]
        identity = group, request["MessageDeduplicationId"]
        sent_at, stored = queue.sent.get(identity, (-DEDUPLICATION_SECONDS, None))
        if stored is None or now >= sent_at + DEDUPLICATION_SECONDS:
            attributes = request.get("MessageAttributes", {})
            stored = self._new(group, request["MessageBody"], attributes)
            queue.sent[identity] = now, stored
            queue.messages.append(stored)
            self.on_send(queue, stored)
        return {
            "MessageId": stored.id,
            "SequenceNumber": f"{stored.number:020d}",
            "MD5OfMessageBody": _digest(stored.body),
        }

    def receive_message(self, **request: Any) -> dict[str, Any]:
        """Deliver messages, in order, of groups of which no message is being processed."""
        expect(
            request,
            ("QueueUrl", "MaxNumberOfMessages", "MessageSystemAttributeNames"),
            "VisibilityTimeout WaitTimeSeconds MessageAttributeNames",
        )
        queue, now = self._queues[request["QueueUrl"]], self._seconds()
        timeout = request.get("VisibilityTimeout", queue.visibility_seconds)
        held = {each.group for each in queue.messages if each.visible_at > now}
        received: list[dict[str, Any]] = []
        for each in list(queue.messages):
            if each.group in held:
                continue
            if queue.dead_letters and each.receive_count >= queue.most_receives:
                self._bury(queue, queue.dead_letters, each)
                continue
            each.receive_count += 1
            each.visible_at = now + timeout
            each.receipt_handle = f"{each.id}/{each.receive_count}"
            received.append(_as_received(each, request))
            if len(received) == min(MOST_AT_ONCE, request["MaxNumberOfMessages"]):
                break
        return {"Messages": received} if received else {}

    def delete_message(self, **request: Any) -> dict[str, Any]:
        """Delete a message; refused once its visibility timeout is over."""
        expect(request, ("QueueUrl", "ReceiptHandle"))
        queue = self._queues[request["QueueUrl"]]
        queue.messages.remove(self._held(queue, request["ReceiptHandle"], "DeleteMessage"))
        return {}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        """Set when messages can be received again; refused, individually, once they can."""
        expect(request, ("QueueUrl", "Entries"))
        queue = self._queues[request["QueueUrl"]]
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in request["Entries"]:
            expect(entry, ("Id", "ReceiptHandle", "VisibilityTimeout"))
            found = self._find_held(queue, entry["ReceiptHandle"])
            if found is None:
                code = "InvalidParameterValue"
                answer["Failed"].append({"Id": entry["Id"], "SenderFault": True, "Code": code})
            else:
                found.visible_at = self._seconds() + entry["VisibilityTimeout"]
                answer["Successful"].append({"Id": entry["Id"]})
        return answer

    def _new(self, group: str, body: str, attributes: dict[str, Any]) -> Stored:
        number = next(self._numbers)
        return Stored(f"message-{number}", number, group, body, attributes, self._seconds())

    def _bury(self, queue: FifoQueue, dead_letters: FifoQueue, message: Stored) -> None:
        """Move a message to the dead-letter queue, where it keeps its id, but not its age.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
        """
        queue.messages.remove(message)
        message.receive_count, message.visible_at = 0, 0
        message.sent_at = self._seconds()
        dead_letters.messages.append(message)
        self.on_dead(message)

    def _held(self, queue: FifoQueue, receipt_handle: str, operation: str) -> Stored:
        found = self._find_held(queue, receipt_handle)
        if found is None:
            raise refusal(operation, "InvalidParameterValue", "the receipt handle has expired")
        return found

    def _find_held(self, queue: FifoQueue, receipt_handle: str) -> Stored | None:
        now = self._seconds()
        for each in queue.messages:
            if each.receipt_handle == receipt_handle and each.visible_at > now:
                return each
        return None


def _as_received(message: Stored, request: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": str(message.receive_count),
        "MessageGroupId": message.group,
        "SentTimestamp": str(int(message.sent_at * 1_000)),
    }
    requested = request["MessageSystemAttributeNames"]
    received = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
        "MD5OfBody": _digest(message.body),
        "Attributes": {name: attributes[name] for name in requested},
    }
    named = request.get("MessageAttributeNames", ())
    if sent := {name: value for name, value in message.attributes.items() if name in named}:
        received["MessageAttributes"] = sent
    return received


def _digest(body: str) -> str:
    return md5(body.encode(), usedforsecurity=False).hexdigest()
