"""The queue to the exporter: an SQS standard queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..errors import Unreadable
from .clients import unavailable_on_failure

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SQSExportQueue:
    """Brings exports to the exporter. Every method raises Unavailable when SQS fails."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, workspace_id: str, export_id: str) -> None:
        """Queue an export. It is delivered at least once.

        The message group does not order messages, because this is not a FIFO queue. It makes the
        queue fair: many exports of one workspace do not delay those of others.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
        """
        body = msgspec.json.encode(Task(workspace_id, export_id)).decode()
        with unavailable_on_failure("SQS"):
            self._client.send_message(
                QueueUrl=self._url, MessageBody=body, MessageGroupId=workspace_id
            )

    def delay(self, receipt_handle: str, seconds: int) -> None:
        """Have a received message delivered again after this many seconds."""
        with unavailable_on_failure("SQS"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )


class Task(msgspec.Struct, frozen=True):
    """The body of a message to the exporter: which export to work on."""

    workspace_id: str
    export_id: str


def read_task(body: str) -> Task:
    """Read the task from a message's body. Raises Unreadable."""
    try:
        return msgspec.json.decode(body, type=Task)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"not a task of the exporter: {error}") from None
