"""AWS as the designs see it: DynamoDB answers, SQS is in memory, and every call is noted."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError

DELIVERED_AT_ONCE = 10
"""The most messages of a FIFO queue that Lambda passes to one invocation."""


class Made(NamedTuple):
    """A call that was made, and its answer."""

    operation: str
    parameters: dict[str, Any]
    answer: dict[str, Any]


@dataclass
class Watched:
    """The calls so far, and the messages that wait in each group.

    `unanswered` are calls that DynamoDB did not answer in time, because this machine was busy. The
    designs repeat them, or read what became of them.
    """

    calls: list[Made] = field(default_factory=list)
    unanswered: int = 0
    waiting: dict[str, deque[dict[str, Any]]] = field(default_factory=lambda: defaultdict(deque))
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10**19))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note the calls of every boto3 client, and answer those to SQS."""
        call = vars(BaseClient)["_make_api_call"]

        def make(client: BaseClient, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
            match operation:
                case "SendMessage":
                    answer = self._send(parameters)
                case "SendMessageBatch":
                    entries = parameters["Entries"]
                    sent = [{**self._send(entry), "Id": entry["Id"]} for entry in entries]
                    answer = {"Successful": sent}
                case _:
                    try:
                        answer = call(client, operation, parameters)
                    except BotoCoreError:
                        self.unanswered += 1
                        raise
            self.calls.append(Made(operation, parameters, answer))
            return answer

        with patch.object(BaseClient, "_make_api_call", make):
            yield

    def _send(self, message: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        group = message["MessageGroupId"]
        self.waiting[group].append(
            {
                "messageId": f"message-{number}",
                "receiptHandle": f"receipt-{number}",
                "body": message["MessageBody"],
                "attributes": {
                    "MessageGroupId": group,
                    "SequenceNumber": str(number),
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": str(time.time_ns() // 1_000_000),
                },
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:messages.fifo",
                "awsRegion": "us-east-1",
            }
        )
        return {"MessageId": f"message-{number}", "SequenceNumber": str(number)}

    def delivery(self, group: str) -> dict[str, Any] | None:
        """The next messages of a group, at most ten, as Lambda passes them; None if there are none.

        As on AWS, they have at most 6 MB, which ten messages never reach here.
        """
        waiting = self.waiting[group]
        if not waiting:
            return None
        count = min(DELIVERED_AT_ONCE, len(waiting))
        return {"Records": [waiting.popleft() for _ in range(count)]}
