"""One workspace floods the writer: the effect on the messages of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from indelible.aws.ledger import item_of
from indelible.chain.fields import QueuedEvent
from support.builders import a_chain, a_message, a_queued_event, at_second
from support.handlers import sqs_event, sqs_record

from .stage import Scale, Stage
from .world import Invocation, World

FLOODING, QUIET = "ws_test", "ws_quiet"
SEGMENTS = 6_000
SECONDS = 20.0
SPARE_SECONDS = 3.0
SCALE = Scale(
    keys_a_call=25,
    message_bytes=240 * 1024,
    portion_bytes=4 * 1024 * 1024,
    records=1_000,
    compressed_bytes=300_000,
    remembered_segments=4,
    remembered_chains=64,
    page_bytes=500,
)
LATE = [a_queued_event(10_000 + n, at_second(1)) for n in range(10)]
"""Events that were never chained, so the whole chain is searched for them."""

NEW = a_queued_event(1, at_second(0))


def a_world() -> World:
    """The flooding workspace has a long chain: half a minute of look-ups."""
    world = World(1)
    items: Any = {item["sk"]["S"]: item for item in map(item_of, a_chain(SEGMENTS, 1))}
    world.dynamodb.partitions[f"CHAIN#{FLOODING}"] = items
    return world


def a_record(number: int, workspace_id: str, *events: QueuedEvent) -> dict[str, Any]:
    return sqs_record(
        {
            "MessageId": f"{workspace_id}-{number}",
            "ReceiptHandle": "handle",
            "Body": a_message(*events, workspace_id=workspace_id),
            "MD5OfBody": "",
            "Attributes": {
                "MessageGroupId": workspace_id,
                "ApproximateReceiveCount": "1",
                "SentTimestamp": str(at_second(SEGMENTS) // 1_000),
            },
        }
    )


def deliver(stage: Stage, *deliveries: Sequence[dict[str, Any]]) -> tuple[World, list[set[str]]]:
    """The world after these concurrent deliveries, and the failed messages of each."""
    world, failed = a_world(), list[set[str]]()

    def begin(name: str, records: Sequence[dict[str, Any]]) -> None:
        invocation = Invocation(name, 0)

        def work() -> None:
            environment = stage.take("writer")
            assert environment is not None
            invocation.deadline = world.loop.now + int(SECONDS * 1_000_000)
            answer = stage.invoke("writer", environment, sqs_event(records), SECONDS)
            failed.append({each["itemIdentifier"] for each in answer["batchItemFailures"]})

        world.loop.spawn(work, invocation)

    stage.show(world, SCALE)
    for number, records in enumerate(deliveries):
        begin(f"writer {number}", records)
    world.loop.run()
    return world, failed


def is_chained(world: World) -> bool:
    return len(world.dynamodb.partitions.get(f"CHAIN#{QUIET}", {})) == 1


FLOOD = [a_record(n, FLOODING, event) for n, event in enumerate(LATE)]


def test_a_quiet_workspace_in_its_own_delivery_is_not_affected_by_a_flood(stage: Stage) -> None:
    """It makes the same calls, and another environment makes those of the flooding workspace."""
    alone, _ = deliver(stage, [a_record(0, QUIET, NEW)])
    beside, failed = deliver(stage, [a_record(0, QUIET, NEW)], FLOOD)
    assert is_chained(alone)
    assert is_chained(beside)
    assert failed[0] == set()
    assert alone.tally["calls of AWS"] == 2
    assert failed[1] == {each["messageId"] for each in FLOOD}


@pytest.mark.parametrize("events", [1, 2_000])
def test_a_quiet_workspace_in_one_delivery_with_a_flood_is_chained_within_the_invocation(
    stage: Stage, events: int
) -> None:
    """It goes first when it is smaller, and it has its share of the time when it is larger."""
    own = [a_queued_event(n, at_second(n)) for n in range(1, events + 1)]
    world, failed = deliver(stage, [*FLOOD[:9], a_record(0, QUIET, *own)])
    chained = world.dynamodb.partitions[f"CHAIN#{QUIET}"]
    assert sum(int(item["count"]["N"]) for item in chained.values()) == events
    assert failed == [{each["messageId"] for each in FLOOD[:9]}]
    assert world.seconds() - world.began / 1_000_000 < SECONDS - SPARE_SECONDS + 1
    assert f"LOOKUP#{FLOODING}" in world.dynamodb.partitions
