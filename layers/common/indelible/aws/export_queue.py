"""The queue to the exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..errors import Unreadable
from .clients import unavailable_on_failure

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SQSExportQueue:
    """The queue that brings exports to the exporter."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, workspace_id: str, export_id: str) -> None:
        """Have the export worked on, at least once.

        The group asks for no order, as this is no FIFO queue; it makes it a fair one, so that many
        exports of one workspace do not hold up another's.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
        """
        body = msgspec.json.encode(Task(workspace_id, export_id)).decode()
        with unavailable_on_failure("SQS"):
            self._client.send_message(
                QueueUrl=self._url, MessageBody=body, MessageGroupId=workspace_id
            )

    def delay(self, receipt_handle: str, seconds: int) -> None:
        """Have a message that was received delivered again after so long, not sooner or later."""
        with unavailable_on_failure("SQS"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )


class Task(msgspec.Struct, frozen=True):
    """What a message to the exporter says: which export."""

    workspace_id: str
    export_id: str


def read_task(body: str) -> Task:
    """The task in a message's body. Unreadable when there is none."""
    try:
        return msgspec.json.decode(body, type=Task)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"not a task of the exporter: {error}") from None
