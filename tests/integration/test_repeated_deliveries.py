"""Whatever is delivered again, late, in parts or to two writers, each event is chained once."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from indelible.times import format_time
from support.aws_faults import TIMEOUT, answering, before, losing_replies
from support.builders import DAY, an_event
from support.handlers import load
from support.pipeline import Caller, Pipeline, now


def assert_chained_once(pipeline: Pipeline, caller: Caller, ids: list[str]) -> None:
    assert sorted(pipeline.chained_ids(caller.workspace_id)) == sorted(ids)


# ---- the same delivery again -------------------------------------------------------------------


def delivery(pipeline: Pipeline, caller: Caller, messages: int = 4) -> tuple[list[Any], list[str]]:
    """Messages of two events each, and the events' ids."""
    ids: list[str] = []
    for _ in range(messages):
        ids += pipeline.post_events(caller, an_event(), an_event(), at=now()).ids
    return pipeline.take_messages(), ids


@pytest.mark.parametrize("cold", [False, True])
def test_a_delivery_handled_twice_is_chained_once(
    pipeline: Pipeline, caller: Caller, cold: bool
) -> None:
    records, ids = delivery(pipeline, caller)
    assert pipeline.write(records) == []
    assert pipeline.write(records, writer=load("writer") if cold else None) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


@pytest.mark.parametrize("parts", [[(0, 2), (0, 4)], [(0, 4), (2, 4)], [(0, 3), (1, 4), (0, 1)],
                                   [(0, 1), (0, 2), (0, 3), (0, 4)]])  # fmt: skip
def test_a_delivery_handled_in_parts_is_chained_once(
    pipeline: Pipeline, caller: Caller, parts: list[tuple[int, int]]
) -> None:
    records, ids = delivery(pipeline, caller)
    writers = [pipeline.writer, load("writer")]
    for turn, (start, end) in enumerate(parts):
        assert pipeline.write(records[start:end], writer=writers[turn % 2]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_a_message_twice_in_one_delivery_is_chained_once(
    pipeline: Pipeline, caller: Caller
) -> None:
    records, ids = delivery(pipeline, caller)
    assert pipeline.write([records[0], *records, *records]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


@pytest.mark.parametrize("overlap", [(0, 4), (2, 4), (0, 1), (3, 4)])
def test_a_writer_overtaken_before_its_commit(
    pipeline: Pipeline, caller: Caller, overlap: tuple[int, int]
) -> None:
    """The other writer handles all or part of the same delivery between look-up and commit."""
    records, ids = delivery(pipeline, caller)
    slow, quick = load("writer"), load("writer")

    def overtake() -> None:
        assert pipeline.write(records[slice(*overlap)], writer=quick) == []

    with before(slow.table.client, "PutItem", overtake):
        assert pipeline.write(records, writer=slow) == []
    assert_chained_once(pipeline, caller, ids)
    assert pipeline.write(records, writer=quick) == []
    assert_chained_once(pipeline, caller, ids)


def test_a_writer_overtaken_whose_reply_is_lost_too(pipeline: Pipeline, caller: Caller) -> None:
    records, ids = delivery(pipeline, caller)
    slow, quick = load("writer"), load("writer")

    def overtake() -> None:
        assert pipeline.write(records[1:], writer=quick) == []

    with (
        losing_replies(slow.table.client, "PutItem", times=2),
        before(slow.table.client, "PutItem", overtake),
    ):
        assert pipeline.write(records, writer=slow) == []
    assert_chained_once(pipeline, caller, ids)


def test_a_writer_that_wakes_up_after_its_time_is_over(pipeline: Pipeline, caller: Caller) -> None:
    """It is frozen before its commit; meanwhile the delivery was handled, and much else."""
    records, ids = delivery(pipeline, caller)
    frozen = load("writer")

    def meanwhile() -> None:
        assert pipeline.write(records) == []
        for _ in range(6):
            ids.extend(pipeline.post_events(caller, an_event()).ids)
            pipeline.drain()

    with before(frozen.table.client, "PutItem", meanwhile):
        assert pipeline.write(records, writer=frozen) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_writers_that_overlap_in_threads(pipeline: Pipeline, caller: Caller) -> None:
    """Three writers get the same messages in their order, in pieces of different sizes."""
    records, ids = delivery(pipeline, caller, messages=12)

    def write(task: tuple[ModuleType, int]) -> list[str]:
        writer, size = task
        return [
            failed
            for start in range(0, len(records), size)
            for failed in pipeline.write(records[start : start + size], writer=writer)
        ]

    writers = [load("writer") for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(write, zip(writers, (2, 3, 5), strict=True))) == [[], [], []]
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_a_delivery_that_failed_half_way_is_handled_again(
    pipeline: Pipeline, caller: Caller
) -> None:
    records, ids = delivery(pipeline, caller)
    with losing_replies(pipeline.writer.table.client, "PutItem"):
        failed = pipeline.write(records, seconds=3.0)
    assert failed == [record["messageId"] for record in records]
    assert pipeline.write(records, writer=load("writer")) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


# ---- a message comes back late -----------------------------------------------------------------


@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize("was_chained", [False, True])
def test_a_message_redriven_after_a_day(
    pipeline: Pipeline, caller: Caller, was_chained: bool, cold: bool
) -> None:
    """It is chained at the current end if it was not chained before; its received_at stays."""
    at = now() - DAY
    keyed = [an_event(idempotency_key=f"key-{n}") for n in range(3)]
    late = pipeline.post_events(caller, *keyed, at=at)
    records = pipeline.take_messages()
    if was_chained:
        assert pipeline.write(records) == []
    else:
        with answering(pipeline.writer.table.client, "Query", TIMEOUT):
            assert pipeline.write(records, seconds=3.0) == [records[0]["messageId"]]
    others: list[str] = []
    for part in range(8):
        answer = pipeline.post_events(caller, an_event(), at=at + 1_000 + part * DAY // 8)
        others += answer.ids
        pipeline.drain()
    redriven = copy.deepcopy(records)
    redriven[0]["messageId"] = "redriven"
    writer = load("writer") if cold else pipeline.writer
    assert pipeline.write(redriven, writer=writer) == []
    assert pipeline.write(redriven, writer=writer) == []
    expected = [*late.ids, *others] if was_chained else [*others, *late.ids]
    chained = pipeline.chain(caller.workspace_id)
    assert [record["id"] for record in chained] == expected
    received = {r["id"]: r["received_at"] for r in chained}
    assert {received[each] for each in late.ids} == {format_time(at)}
