"""Dead letters: putting them into the queue, listing them and taking them out again."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from indelible.aws.dead_letters import SQSDeadLetters
from indelible.aws.queue import SQSQueue
from indelible.cli.stack import Stack
from indelible.errors import Unavailable
from integration.command_line import run
from support.builders import NOON

JUNK = "not a message: Error"


class Clock:
    """The time that commands see, and the number of times they waited."""

    now = NOON
    waits = 0

    def wait(self, _: float) -> None:
        """Count the wait; no time passes."""
        self.waits += 1


def bury(stack: Stack, group: str, *bodies: str) -> None:
    """Put messages into the dead-letter queue, as SQS does after too many receives."""
    for body in bodies:
        SQSQueue(stack.sqs, stack.dead_letter_queue_url).send(group, body)


def set_aside(stack: Stack, group: str, message_id: str, body: str, reason: str = JUNK) -> None:
    """Set a message aside, as the writer does when it cannot be chained."""
    SQSQueue(stack.sqs, stack.dead_letter_queue_url).quarantine(group, message_id, body, reason)


def listed() -> list[dict[str, Any]]:
    """The output of `dlq list --json`."""
    outcome = run("dlq", "list", "--json")
    assert outcome.status == 0, outcome.stderr
    found: list[dict[str, Any]] = json.loads(outcome.stdout)["messages"]
    return found


def fail_a_deletion(monkeypatch: pytest.MonkeyPatch, *, after: int = 0) -> None:
    """Fail one deletion of dead letters, after that many which succeed."""
    really_delete, turns = SQSDeadLetters._delete, count()

    def delete(self: SQSDeadLetters, *arguments: Any) -> None:
        if next(turns) == after:
            raise Unavailable("SQS answered InternalError")
        really_delete(self, *arguments)

    monkeypatch.setattr(SQSDeadLetters, "_delete", delete)


def drain(stack: Stack, url: str) -> list[tuple[str, str]]:
    """The group and body of every message of a queue, which is emptied."""
    found = []
    while received := stack.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    ).get("Messages"):
        for each in received:
            found.append((each["Attributes"]["MessageGroupId"], each["Body"]))
            stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found
