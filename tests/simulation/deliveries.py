"""Deliveries: what AWS does between the queue and the writer (the event source mapping).

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from support.handlers import sqs_event, sqs_record

from .loop import SECOND
from .stage import Stage
from .versions import of_a_newer_version
from .world import MAIN, Crashed, Invocation, World

_BATCH = 10
_WRITER_SECONDS = (20.0, 20.0, 5.0, 3.1, 3.02)
"""The time in template.yaml, and how little of it a workspace among others may have left.

The last two leave hardly any time for work, so that look-ups stop before they are done.
"""

_ENOUGH_SECONDS = 5.0

_SPARE_SECONDS = 3.01
"""The time the writer reserves for its response, and a bit more: it counts whole milliseconds."""

_LONGEST_GAP_SECONDS = 10.0


@dataclass(frozen=True)
class Delivery:
    """The messages of a delivery, and those the writer reported; None when it did not answer.

    `had_time`: whether the other workspaces left some time for the last one. `had_enough`: whether
    an invocation without faults has time for ten messages.
    """

    invocation: Invocation
    messages: list[dict[str, Any]]
    failed: set[str] | None
    had_time: bool
    had_enough: bool


class Deliveries:
    """All deliveries of one run."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.made: list[Delivery] = []
        self._world = world
        self._stage = stage
        self._until = 0
        self._seconds = world.random.choice(_WRITER_SECONDS)
        self._under_way: list[str] = []

    def is_under_way(self, workspace_id: str) -> bool:
        """Whether a writer is processing messages of this workspace."""
        return workspace_id in self._under_way

    def have_time(self) -> None:
        """From now on the writer has the full time that template.yaml gives it."""
        self._seconds = _WRITER_SECONDS[0]

    def poll_for(self, seconds: float, every: float) -> None:
        """Look for messages again and again."""
        self._until = self._world.loop.now + int(seconds * SECOND)
        self._poll(every, every)

    def _poll(self, every: float, gap: float) -> None:
        """Look now, and then after a gap that grows while nothing is found."""
        world, known = self._world, self._world.tally["deliveries"]
        self.poll(world.random.randint(1, _BATCH))
        found = world.tally["deliveries"] > known
        if world.loop.now < self._until:
            longer = every if found else min(2 * gap, _LONGEST_GAP_SECONDS)
            after = world.random.uniform(0, 2 * longer)
            world.loop.call_after(after, lambda: self._poll(every, longer))

    def poll(self, most: int = _BATCH) -> None:
        """Receive messages, if there are any, and start to deliver them; sometimes twice."""
        random = self._world.random
        answer = self._world.sqs.receive_message(
            QueueUrl=MAIN,
            MaxNumberOfMessages=most,
            MessageSystemAttributeNames=[
                "ApproximateReceiveCount",
                "MessageGroupId",
                "SentTimestamp",
            ],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        twice = not self._world.weather.is_quiet and random.random() < 0.05
        for delay in (0.0, random.uniform(0, 1))[: 1 + twice]:
            self._world.tally["deliveries"] += 1
            invocation = Invocation(f"writer {self._world.tally['deliveries']}", 0)
            deliver = partial(self._deliver, invocation, messages)
            self._world.loop.spawn(deliver, invocation, delay)

    def _deliver(self, invocation: Invocation, messages: list[dict[str, Any]]) -> None:
        groups = {each["Attributes"]["MessageGroupId"] for each in messages}
        self._world.tally["deliveries that overlap another"] += not groups.isdisjoint(
            self._under_way
        )
        self._under_way += groups
        failed = self._invoke(invocation, messages)
        bodies = [each["Body"] for each in messages]
        for group in groups:
            if not invocation.is_newer and of_a_newer_version(self._world, group, bodies):
                invocation.troubled.add(group)
            self._under_way.remove(group)
        spare = invocation.deadline - self._world.loop.now
        had_time = spare > _SPARE_SECONDS * SECOND
        had_enough = self._seconds >= _ENOUGH_SECONDS
        self.made.append(Delivery(invocation, messages, failed, had_time, had_enough))
        for each in messages:
            if failed is None or each["MessageId"] in failed:
                self._give_back(each)
            else:
                self._delete(each)

    def _invoke(self, invocation: Invocation, messages: list[dict[str, Any]]) -> set[str] | None:
        world = self._world
        environment = self._stage.take("writer")
        if environment is None:
            world.tally["deliveries throttled"] += 1
            return None
        invocation.deadline = world.loop.now + int(self._seconds * SECOND)
        world.tally["messages delivered"] += len(messages)
        event = sqs_event([sqs_record(each) for each in messages])  # type: ignore[arg-type]
        world.note(f"delivered {[each['MessageId'] for each in messages]}")
        try:
            answer = self._stage.invoke("writer", environment, event, self._seconds)
        except Crashed:
            world.note("crashed")
            return None
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        world.note(f"failed {sorted(failed)}")
        world.tally["messages failed"] += len(failed)
        return failed

    def _give_back(self, message: dict[str, Any]) -> None:
        """A failed message comes again soon, or when its visibility timeout ends."""
        if self._world.random.random() < 0.7:
            soon = self._world.random.choice([0, 1, 30])
            entry = {
                "Id": "0",
                "ReceiptHandle": message["ReceiptHandle"],
                "VisibilityTimeout": soon,
            }
            self._world.sqs.change_message_visibility_batch(QueueUrl=MAIN, Entries=[entry])

    def _delete(self, message: dict[str, Any]) -> None:
        """Delete a message that succeeded; when that fails, it comes again."""
        if not self._world.weather.is_quiet and self._world.random.random() < 0.03:
            self._world.tally["deletions lost"] += 1
            return
        try:
            self._world.sqs.delete_message(QueueUrl=MAIN, ReceiptHandle=message["ReceiptHandle"])
        except ClientError:
            self._world.tally["deletions too late"] += 1
