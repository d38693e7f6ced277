"""The double of SQS answers as moto does, and as AWS documents where moto does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from indelible.aws.clients import sqs_client
from support.engines import MOTO

from .sqs import DEDUPLICATION_SECONDS, SQS, FifoQueue

DOUBLE = "double"
VISIBILITY_SECONDS, MOST_RECEIVES = 120, 3


@dataclass
class Queues:
    """A queue and its dead letters, and the client that reaches them."""

    client: Any
    url: str
    dead_letters: str

    def send(self, body: str, group: str = "a", name: str | None = None, **more: Any) -> str:
        answer = self.client.send_message(
            QueueUrl=self.url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=name or body,
            **more,
        )
        message_id: str = answer["MessageId"]
        return message_id

    def receive(self, most: int = 10, url: str | None = None) -> list[dict[str, Any]]:
        answer = self.client.receive_message(
            QueueUrl=url or self.url,
            MaxNumberOfMessages=most,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
            MessageAttributeNames=["reason"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def give_back(self, messages: list[dict[str, Any]]) -> None:
        handles = [each["ReceiptHandle"] for each in messages]
        entries = [
            {"Id": str(index), "ReceiptHandle": each, "VisibilityTimeout": 0}
            for index, each in enumerate(handles)
        ]
        self.client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def delete(self, messages: list[dict[str, Any]]) -> None:
        for each in messages:
            self.client.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])


def a_double(seconds: Callable[[], float]) -> Queues:
    dead_letters = FifoQueue("dead", VISIBILITY_SECONDS)
    queue = FifoQueue("main", VISIBILITY_SECONDS, MOST_RECEIVES, dead_letters)
    return Queues(SQS(seconds, queue, dead_letters), "main", "dead")


def in_moto() -> Queues:
    client = sqs_client()
    fifo: dict[Any, str] = {"FifoQueue": "true", "VisibilityTimeout": str(VISIBILITY_SECONDS)}
    dead = client.create_queue(QueueName="dead.fifo", Attributes=fifo)["QueueUrl"]
    reply = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": reply["Attributes"]["QueueArn"], "maxReceiveCount": 3}
    main = client.create_queue(
        QueueName="main.fifo",
        Attributes={**fifo, "RedrivePolicy": json.dumps(policy)},
    )["QueueUrl"]
    return Queues(client, main, dead)


@pytest.fixture(params=[DOUBLE, MOTO])
def queues(request: pytest.FixtureRequest) -> Iterator[Queues]:
    """Empty queues."""
    if request.param == DOUBLE:
        yield a_double(lambda: 1_000.0)
        return
    request.getfixturevalue("moto")
    found = in_moto()
    yield found
    for url in (found.url, found.dead_letters):
        found.client.delete_queue(QueueUrl=url)


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [each["Body"] for each in messages]


def test_a_group_is_delivered_in_order_and_to_one_at_a_time(queues: Queues) -> None:
    for body in ("1", "2", "3"):
        queues.send(body)
    first = queues.receive(most=2)
    assert bodies(first) == ["1", "2"]
    assert queues.receive() == []
    queues.send("of another group", "b")
    assert bodies(queues.receive()) == ["of another group"]
    queues.delete(first)
    assert bodies(queues.receive()) == ["3"]


def test_a_returned_message_is_delivered_first_again(queues: Queues) -> None:
    sent = queues.send("1")
    queues.send("2")
    first = queues.receive(most=1)
    queues.give_back(first)
    again = queues.receive()
    assert bodies(again) == ["1", "2"]
    assert again[0]["MessageId"] == first[0]["MessageId"] == sent
    counts = [each["Attributes"]["ApproximateReceiveCount"] for each in again]
    assert counts == ["2", "1"]
    assert again[0]["Attributes"]["MessageGroupId"] == "a"


def test_a_message_with_a_known_deduplication_id_is_dropped(queues: Queues) -> None:
    queues.send("1", name="same")
    queues.send("1", name="same")
    assert bodies(queues.receive()) == ["1"]


def test_a_message_received_too_often_is_a_dead_letter(queues: Queues) -> None:
    sent = queues.send("1")
    queues.send("2")
    for _ in range(MOST_RECEIVES):
        queues.give_back(queues.receive(most=1))
    assert bodies(queues.receive()) == ["2"]
    [dead] = queues.receive(url=queues.dead_letters)
    assert (dead["Body"], dead["MessageId"]) == ("1", sent)


def test_attributes_are_delivered_with_the_message(queues: Queues) -> None:
    reason = {"DataType": "String", "StringValue": "garbage"}
    queues.send("1", MessageAttributes={"reason": reason})
    queues.send("2")
    first, second = queues.receive()
    assert first["MessageAttributes"]["reason"]["StringValue"] == "garbage"
    assert "MessageAttributes" not in second


def test_a_dead_letter_keeps_its_group_and_its_attributes(queues: Queues) -> None:
    reason = {"DataType": "String", "StringValue": "garbage"}
    queues.send("1", "a", MessageAttributes={"reason": reason})
    for _ in range(MOST_RECEIVES):
        queues.give_back(queues.receive(most=1))
    assert queues.receive() == []
    [dead] = queues.receive(url=queues.dead_letters)
    assert dead["Attributes"]["MessageGroupId"] == "a"
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "garbage"


def test_ten_messages_of_a_group_hide_those_behind_them_and_no_other_group(
    queues: Queues,
) -> None:
    for number in range(12):
        queues.send(f"{number}")
    queues.send("apart", "set-aside:3f0c2b1e-8a52-4c43-9f6e-0a1b2c3d4e5f")
    assert bodies(queues.receive()) == [f"{number}" for number in range(10)]
    assert bodies(queues.receive()) == ["apart"]
    assert queues.receive() == []


class Time:
    """A clock that tests set."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_deduplication_id_is_forgotten_after_five_minutes() -> None:
    time = Time()
    queues = a_double(time)
    first = queues.send("1", name="same")
    time.seconds = DEDUPLICATION_SECONDS - 0.1
    assert queues.send("1", name="same") == first
    time.seconds = DEDUPLICATION_SECONDS
    assert queues.send("1", name="same") != first


def test_a_deduplication_id_is_remembered_after_its_message_is_deleted() -> None:
    """As AWS documents; moto forgets the id."""
    queues = a_double(Time())
    first = queues.send("1", name="same")
    queues.delete(queues.receive())
    assert queues.send("1", name="same") == first
    assert queues.receive() == []


def test_a_deduplication_id_belongs_to_its_group() -> None:
    """`DeduplicationScope: messageGroup`, which the template sets and moto lacks."""
    queues = a_double(Time())
    assert queues.send("1", "a", "same") != queues.send("1", "b", "same")


def test_a_message_is_no_longer_held_after_its_visibility_timeout() -> None:
    time = Time()
    queues = a_double(time)
    queues.send("1")
    late = queues.receive()
    time.seconds = VISIBILITY_SECONDS
    with pytest.raises(ClientError, match="expired"):
        queues.delete(late)
    assert bodies(queues.receive()) == ["1"]
    with pytest.raises(ClientError, match="expired"):
        queues.delete(late)
    queues.give_back(late)
    assert queues.receive() == []


def test_the_double_refuses_unknown_calls_and_parameters() -> None:
    queues = a_double(Time())
    with pytest.raises(NotImplementedError, match="DelaySeconds"):
        queues.send("1", DelaySeconds=1)
