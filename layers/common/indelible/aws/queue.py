"""The queue to the writer: SQS FIFO. The message group is the workspace."""

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
"""Maximum characters of an attribute. Message groups have at most 128; reasons are cut here."""

_NOT_IN_ATTRIBUTES = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SQS refuses in a message.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""


class SQSQueue:
    """Implements `ingest.ports.Queue`, and for the dead-letter queue `writing.ports.DeadLetters`.

    Methods raise Unavailable when SQS fails. The message may have been sent nevertheless.
    """

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, workspace_id: str, body: str) -> None:
        """Send one message, which `message.encode` made.

        Each call has a new deduplication id. So SQS drops only the retries of its own client, and
        delivers an event that is sent again on purpose.
        """
        with unavailable_on_failure("SQS"):
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageGroupId=workspace_id,
                MessageDeduplicationId=secrets.token_hex(16),
            )

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Set a message aside that cannot be chained: send it into a message group of its own.

        The attribute `workspace_id` has the group that it came from. `reason` says why it is set
        aside. The deduplication id is the message's id, so a repeat within five minutes adds
        nothing.
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
    """Return an attribute that SQS accepts: not empty, no control characters, limited length."""
    allowed = _NOT_IN_ATTRIBUTES.sub("\ufffd", text[:_MAX_ATTRIBUTE_LENGTH])
    return {"DataType": "String", "StringValue": allowed or "-"}
