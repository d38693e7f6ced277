"""Runs that once broke a promise, recorded as deliveries, because a seed gives other runs by now.

Seeds 5010275, 7019636 and 40027763 broke "a workspace that meets no fault fails no message". Each
segment held one record and gateways were an hour apart. Every commit of a delivery looked up the
same events again, so that a delivery of ten messages did not finish in time.
"""

from __future__ import annotations

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.handlers import sqs_event, sqs_record

from .stage import Scale, Stage
from .world import Invocation, World

RECORDED = json.loads((Path(__file__).parent / "recorded" / "slow-look-ups.json").read_text())
DELIVERIES = [
    (seed, number) for seed in RECORDED for number in range(len(RECORDED[seed]["deliveries"]))
]
MOST_CALLS_PER_MESSAGE = 8


def with_bytes(value: Any) -> Any:
    """Binary attributes are recorded as base64."""
    if not isinstance(value, dict):
        return value
    if value.keys() == {"b64"}:
        return base64.b64decode(value["b64"])
    return {name: with_bytes(inner) for name, inner in value.items()}


@pytest.mark.parametrize(("seed", "number"), DELIVERIES)
def test_a_delivery_without_a_fault_fails_no_message(stage: Stage, seed: str, number: int) -> None:
    recorded = RECORDED[seed]["deliveries"][number]
    world = World(0)
    for partition, items in recorded["chains"].items():
        world.dynamodb.partitions[partition] = {sk: with_bytes(i) for sk, i in items.items()}
    event = sqs_event([_record(each) for each in recorded["messages"]])
    answers = list[dict[str, Any]]()
    invocation = Invocation("writer", 0)
    stage.show(world, Scale(keys_a_call=25, **RECORDED[seed]["scale"]))

    def deliver() -> None:
        environment = stage.take("writer")
        assert environment is not None
        invocation.deadline = world.loop.now + int(recorded["seconds"] * 1_000_000)
        invoke = partial(stage.invoke, "writer", environment, event)
        answers.append(invoke(recorded["seconds"]))

    world.loop.spawn(deliver, invocation)
    world.loop.run()
    assert answers == [{"batchItemFailures": []}]
    assert world.tally["calls of AWS"] <= MOST_CALLS_PER_MESSAGE * len(recorded["messages"])


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return sqs_record(
        {
            "MessageId": message["id"],
            "ReceiptHandle": "handle",
            "Body": message["body"],
            "MD5OfBody": "",
            "Attributes": {
                "MessageGroupId": message["workspace"],
                "ApproximateReceiveCount": "1",
                "SentTimestamp": str(message["sent_at"]),
            },
        }
    )
