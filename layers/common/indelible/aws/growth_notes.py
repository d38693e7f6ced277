"""The queue of growth notes: an SQS standard queue from the indexer to the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..covering.ports import ReceivedNote
from ..errors import Unavailable
from ..times import MILLISECOND
from .clients import unavailable_on_failure

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HIDDEN_SECONDS = 180
"""A run that received a note and has not deleted it ends within 120 seconds. Then the note comes
again."""

_A_CALL = 10
"""Messages in a call, at most."""


class SQSGrowthNotes:
    """Growth notes, delivered at least once, in any order. Methods raise Unavailable."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, note: bytes) -> None:
        """Send a note, which `growth.encode_note` made. It may have been sent after Unavailable."""
        with unavailable_on_failure("SQS"):
            self._client.send_message(QueueUrl=self._url, MessageBody=note.decode())

    def receive(self, at_most: int) -> list[ReceivedNote]:
        """Notes that wait, in calls of ten, until a call returns none or there are `at_most`.

        Calls do not wait for notes (short polling), because a wait costs more than a run without
        growth. So a call may miss some: the next run receives them. They are hidden from other
        calls for HIDDEN_SECONDS.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
        """
        received = list[ReceivedNote]()
        while (left := at_most - len(received)) > 0:
            with unavailable_on_failure("SQS"):
                answer = self._client.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=min(left, _A_CALL),
                    VisibilityTimeout=HIDDEN_SECONDS,
                    WaitTimeSeconds=0,
                    MessageSystemAttributeNames=["SentTimestamp"],
                )
            messages = answer.get("Messages", [])
            if not messages:
                break
            received += map(_note_of, messages)
        return received

    def delete(self, notes: Sequence[ReceivedNote]) -> None:
        """Delete notes whose growth is published. Those that are not deleted come again.

        Raises Unavailable when some were not deleted, after it has tried all.
        """
        kept = 0
        for start in range(0, len(notes), _A_CALL):
            entries = [
                {"Id": str(number), "ReceiptHandle": note.receipt}
                for number, note in enumerate(notes[start : start + _A_CALL])
            ]
            with unavailable_on_failure("SQS"):
                answer = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
            kept += len(answer.get("Failed", []))
        if kept:
            raise Unavailable(f"SQS did not delete {kept} of {len(notes)} growth notes")

    def release(self, notes: Sequence[ReceivedNote]) -> None:
        """Let the next run receive these notes. Those of which SQS refuses it come later."""
        for start in range(0, len(notes), _A_CALL):
            entries = [
                {"Id": str(number), "ReceiptHandle": note.receipt, "VisibilityTimeout": 0}
                for number, note in enumerate(notes[start : start + _A_CALL])
            ]
            with unavailable_on_failure("SQS"):
                self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]


def _note_of(message: MessageTypeDef) -> ReceivedNote:
    sent_at = int(message.get("Attributes", {}).get("SentTimestamp", 0)) * MILLISECOND
    return ReceivedNote(message["Body"].encode(), message["ReceiptHandle"], sent_at)
