"""The queue to the writer: SQS FIFO, the workspace as message group."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from ..writing.dead_letter import set_aside_group
from .clients import unavailable_on_failure

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

_MAX_ATTRIBUTE_LENGTH = 256
"""Characters; a group has at most 128, and no reason of ours is longer."""

_NOT_IN_ATTRIBUTES = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What SQS refuses in a message.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""


class SQSQueue:
    """`ingest.ports.Queue`, and `writing.ports.DeadLetters` on the dead-letter queue."""

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
        """Set a message that cannot be chained aside, into a message group of its own.

        Attributes say which group it came from (`workspace_id`) and why. Its id is the
        deduplication id: a second try within five minutes adds nothing.
        """
        with unavailable_on_failure("SQS"):
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageGroupId=set_aside_group(message_id),
                MessageDeduplicationId=message_id,
                MessageAttributes={"workspace_id": _attribute(group), "reason": _attribute(reason)},
            )


def _attribute(text: str) -> MessageAttributeValueTypeDef:
    """A text as SQS takes it in an attribute: never empty, no control characters, bounded."""
    allowed = _NOT_IN_ATTRIBUTES.sub("\ufffd", text[:_MAX_ATTRIBUTE_LENGTH])
    return {"DataType": "String", "StringValue": allowed or "-"}
