"""Whatever is repeated, crashed or overlaps: each event is chained once, under one id.

docs/exactly-once.md has the argument; these tests try to break it.
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from indelible import message
from indelible.times import format_time
from support.aws_faults import TIMEOUT, answering, before, losing_replies
from support.handlers import load
from support.pipeline import Caller, Pipeline, an_event, now

DAY = 24 * 3_600 * 1_000_000
KEYED = [an_event(idempotency_key=f"key-{n}", action=f"a{n}") for n in range(3)]


def client_of(writer: ModuleType) -> Any:
    return writer.writer.ledger._table.client


def assert_chained_once(pipeline: Pipeline, caller: Caller, ids: list[str]) -> None:
    assert sorted(pipeline.chained_ids(caller.workspace_id)) == sorted(ids)


# ---- the same request again --------------------------------------------------------------------


def test_a_request_repeated_before_the_first_is_chained(pipeline: Pipeline, caller: Caller) -> None:
    first = pipeline.post_events(caller, *KEYED)
    again = pipeline.post_events(caller, *KEYED, at=now() + 5_000)
    assert (first.statuses, again.statuses) == (["queued"] * 3, ["duplicate"] * 3)
    assert again.ids == first.ids
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == first.ids


def test_a_request_repeated_while_the_first_is_being_chained(
    pipeline: Pipeline, caller: Caller
) -> None:
    """The repeat is accepted, and delivered to another writer, just before the commit."""
    first = pipeline.post_events(caller, *KEYED)
    messages, other = pipeline.take_messages(), load("writer")

    def repeat() -> None:
        assert pipeline.post_events(caller, *KEYED, at=now() + 5_000).ids == first.ids
        assert pipeline.write(pipeline.take_messages(), writer=other) == []

    with before(client_of(pipeline.writer), "PutItem", repeat):
        assert pipeline.write(messages) == []
    assert pipeline.chained_ids(caller.workspace_id) == first.ids


@pytest.mark.parametrize("later", [0, 1_000, 60_000_000, DAY, 400 * DAY])
@pytest.mark.parametrize("cold", [False, True])
def test_a_request_repeated_after_the_first_is_chained(
    pipeline: Pipeline, caller: Caller, later: int, cold: bool
) -> None:
    """However late, and however much was chained in between."""
    at = now()
    first = pipeline.post_events(caller, *KEYED, at=at)
    pipeline.drain()
    for n in range(7):
        pipeline.post_events(caller, an_event(action="between"), at=at + 1_000 * n)
        pipeline.drain()
    again = pipeline.post_events(caller, *KEYED, at=at + later)
    assert (again.statuses, again.ids) == (["duplicate"] * 3, first.ids)
    writer = load("writer") if cold else pipeline.writer
    assert pipeline.write(pipeline.take_messages(), writer=writer) == []
    chained = pipeline.chain(caller.workspace_id)
    assert len(chained) == 10
    assert [record["id"] for record in chained[:3]] == first.ids
    assert {record["received_at"] for record in chained[:3]} == {format_time(at)}


def test_a_repeat_carries_the_time_of_the_first_request(pipeline: Pipeline, caller: Caller) -> None:
    """The trap: with its own time it would look newer than the head, and be chained again."""
    at = now()
    first = pipeline.post_events(caller, *KEYED, at=at)
    pipeline.drain()
    pipeline.post_events(caller, *KEYED, at=at + DAY)
    [sent] = pipeline.take_messages()
    events = message.decode(sent["body"]).events
    assert [(event.id, event.received_at) for event in events] == [(i, at) for i in first.ids]


def test_a_repeat_mixed_with_new_events_adds_only_those(pipeline: Pipeline, caller: Caller) -> None:
    first = pipeline.post_events(caller, *KEYED)
    pipeline.drain()
    mixed = pipeline.post_events(caller, an_event(), KEYED[1], an_event(), KEYED[0], KEYED[0])
    assert mixed.statuses == ["queued", "duplicate", "queued", "duplicate", "duplicate"]
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [*first.ids, mixed.ids[0], mixed.ids[2]]


# ---- ingest stops half way ---------------------------------------------------------------------


class Crash(BaseException):
    """The end of a function, at any point: no `except` of the code may see it."""


def crash() -> None:
    raise Crash


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "UpdateItem",
                                       "TransactWriteItems", "SendMessage"])  # fmt: skip
@pytest.mark.parametrize("later", [1_000, DAY])
def test_ingest_stopped_anywhere_loses_nothing_once_repeated(
    pipeline: Pipeline, caller: Caller, operation: str, later: int
) -> None:
    ingest, at = load("ingest"), now() - 3 * DAY
    client = ingest.services.queue._client if operation == "SendMessage" else ingest.table.client
    body = '{"events":[{"actor_id":"a","action":"b","idempotency_key":"k"}]}'
    with before(client, operation, crash), pytest.raises(Crash):
        pipeline.send(body, caller=caller, at=at, function=ingest)
    assert pipeline.take_messages() == []
    pipeline.post_events(caller, an_event(), at=at + 500)
    pipeline.drain()
    again = pipeline.send(body, caller=caller, at=at + later)
    claimed = operation == "SendMessage"
    assert again.statuses == ["duplicate" if claimed else "queued"]
    pipeline.drain()
    once_more = pipeline.send(body, caller=caller, at=at + 2 * later)
    assert (once_more.statuses, once_more.ids) == (["duplicate"], again.ids)
    pipeline.drain()
    records = pipeline.chain(caller.workspace_id)
    assert [record["id"] for record in records][1:] == again.ids
    assert records[1]["received_at"] == format_time(at if claimed else at + later)


def test_an_accepted_event_is_chained_as_it_was_however_late(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Its message waits while the key comes again with another content."""
    [first] = pipeline.post_events(caller, an_event(idempotency_key="k", action="approved")).ids
    late = pipeline.take_messages()
    other = pipeline.post_events(caller, an_event(idempotency_key="k", action="refused"))
    assert (other.status, other.json["error"]) == (422, "idempotency_conflict")
    pipeline.drain()
    assert pipeline.write(late) == []
    [record] = pipeline.chain(caller.workspace_id)
    assert (record["id"], record["action"]) == (first, "approved")


@pytest.mark.parametrize("operation", ["TransactWriteItems", "SendMessage"])
def test_a_lost_reply_to_ingest_is_repaired_by_a_repeat(
    pipeline: Pipeline, caller: Caller, operation: str
) -> None:
    ingest = pipeline.ingest
    client = ingest.services.queue._client if operation == "SendMessage" else ingest.table.client
    with losing_replies(client, operation):
        assert pipeline.post_events(caller, *KEYED).status == 503
    again = pipeline.post_events(caller, *KEYED)
    assert again.statuses == ["duplicate"] * 3
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == again.ids


# ---- the same delivery again -------------------------------------------------------------------


def delivery(pipeline: Pipeline, caller: Caller, messages: int = 4) -> tuple[list[Any], list[str]]:
    """Messages of two events each, and the events' ids."""
    ids: list[str] = []
    for _ in range(messages):
        ids += pipeline.post_events(caller, an_event(), an_event(), at=now()).ids
    return pipeline.take_messages(), ids


@pytest.mark.parametrize("cold", [False, True])
def test_a_delivery_handled_twice(pipeline: Pipeline, caller: Caller, cold: bool) -> None:
    records, ids = delivery(pipeline, caller)
    assert pipeline.write(records) == []
    assert pipeline.write(records, writer=load("writer") if cold else None) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


@pytest.mark.parametrize("parts", [[(0, 2), (0, 4)], [(0, 4), (2, 4)], [(0, 3), (1, 4), (0, 1)],
                                   [(0, 1), (0, 2), (0, 3), (0, 4)]])  # fmt: skip
def test_a_delivery_handled_in_parts(
    pipeline: Pipeline, caller: Caller, parts: list[tuple[int, int]]
) -> None:
    records, ids = delivery(pipeline, caller)
    writers = [pipeline.writer, load("writer")]
    for turn, (start, end) in enumerate(parts):
        assert pipeline.write(records[start:end], writer=writers[turn % 2]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_a_message_twice_in_one_delivery(pipeline: Pipeline, caller: Caller) -> None:
    records, ids = delivery(pipeline, caller)
    assert pipeline.write([records[0], *records, *records]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


@pytest.mark.parametrize("overlap", [(0, 4), (2, 4), (0, 1), (3, 4)])
def test_a_writer_overtaken_before_its_commit(
    pipeline: Pipeline, caller: Caller, overlap: tuple[int, int]
) -> None:
    """The other writer handles all or a part of the same delivery between look-up and commit."""
    records, ids = delivery(pipeline, caller)
    slow, quick = load("writer"), load("writer")

    def overtake() -> None:
        assert pipeline.write(records[slice(*overlap)], writer=quick) == []

    with before(client_of(slow), "PutItem", overtake):
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
        losing_replies(client_of(slow), "PutItem", times=2),
        before(client_of(slow), "PutItem", overtake),
    ):
        assert pipeline.write(records, writer=slow) == []
    assert_chained_once(pipeline, caller, ids)


def test_a_writer_that_wakes_up_after_its_time_is_over(pipeline: Pipeline, caller: Caller) -> None:
    """Frozen before its commit; meanwhile the delivery was handled, and much else."""
    records, ids = delivery(pipeline, caller)
    frozen = load("writer")

    def meanwhile() -> None:
        assert pipeline.write(records) == []
        for _ in range(6):
            ids.extend(pipeline.post_events(caller, an_event()).ids)
            pipeline.drain()

    with before(client_of(frozen), "PutItem", meanwhile):
        assert pipeline.write(records, writer=frozen) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_writers_that_overlap_in_threads(pipeline: Pipeline, caller: Caller) -> None:
    """Three writers get the same messages, in their order, in pieces of other sizes."""
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
    with losing_replies(client_of(pipeline.writer), "PutItem"):
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
    """It is chained where the chain ends now, if it was not before; its received_at stays."""
    at = now() - DAY
    late = pipeline.post_events(caller, *KEYED, at=at)
    records = pipeline.take_messages()
    if was_chained:
        assert pipeline.write(records) == []
    else:
        with answering(client_of(pipeline.writer), "Query", TIMEOUT):
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
