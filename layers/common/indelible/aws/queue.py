"""The queue to the writer: SQS FIFO, the workspace as message group."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from .clients import unavailable_on_failure

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SQSQueue:
    """`indelible.ports.Queue`."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, workspace_id: str, body: str) -> None:
        """Hand over one message.

        The deduplication id is new for each call, so that SQS drops only what its own client
        sent twice; an event that is sent again on purpose goes through.
        """
        with unavailable_on_failure("SQS"):
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageGroupId=workspace_id,
                MessageDeduplicationId=secrets.token_hex(16),
            )

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Hand a message that can never succeed to this queue, with the reason.

        Its id is the deduplication id: a second try within five minutes adds nothing.
        """
        with unavailable_on_failure("SQS"):
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=message_id,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
            )
