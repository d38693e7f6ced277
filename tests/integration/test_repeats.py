"""Whatever is repeated, crashed or overlapping, each event is chained once, under one id.

docs/exactly-once.md has the argument; these tests try to break it.
"""

from __future__ import annotations

import pytest
from indelible import message
from indelible.times import format_time
from support.aws_faults import before, losing_replies
from support.builders import DAY, an_event
from support.handlers import load
from support.pipeline import Caller, Pipeline, client_for, now

KEYED = [an_event(idempotency_key=f"key-{n}", action=f"a{n}") for n in range(3)]

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
    """The repeat is accepted and delivered to another writer just before the commit."""
    first = pipeline.post_events(caller, *KEYED)
    messages, other = pipeline.take_messages(), load("writer")

    def repeat() -> None:
        assert pipeline.post_events(caller, *KEYED, at=now() + 5_000).ids == first.ids
        assert pipeline.write(pipeline.take_messages(), writer=other) == []

    with before(pipeline.writer.table.client, "PutItem", repeat):
        assert pipeline.write(messages) == []
    assert pipeline.chained_ids(caller.workspace_id) == first.ids


@pytest.mark.parametrize("later", [0, 1_000, 60_000_000, DAY, 400 * DAY])
@pytest.mark.parametrize("cold", [False, True])
def test_a_request_repeated_after_the_first_is_chained(
    pipeline: Pipeline, caller: Caller, later: int, cold: bool
) -> None:
    """However late it comes, and however much was chained in between."""
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
    """With its own time it would look newer than the head, and be chained again."""
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


# ---- ingest stops half-way ---------------------------------------------------------------------


class Crash(BaseException):
    """The end of a function at any point: no `except` in the code may catch it."""


def crash() -> None:
    raise Crash


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "UpdateItem",
                                       "BatchExecuteStatement", "SendMessage"])  # fmt: skip
@pytest.mark.parametrize("later", [1_000, DAY])
def test_a_request_stopped_anywhere_loses_nothing_once_repeated(
    pipeline: Pipeline, caller: Caller, operation: str, later: int
) -> None:
    ingest, at = load("ingest"), now() - 3 * DAY
    client = client_for(ingest, operation)
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


def test_an_accepted_event_is_chained_unchanged_however_late(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Its message waits while the key comes again with different content."""
    [first] = pipeline.post_events(caller, an_event(idempotency_key="k", action="approved")).ids
    late = pipeline.take_messages()
    other = pipeline.post_events(caller, an_event(idempotency_key="k", action="refused"))
    assert (other.status, other.json["error"]) == (422, "idempotency_conflict")
    pipeline.drain()
    assert pipeline.write(late) == []
    [record] = pipeline.chain(caller.workspace_id)
    assert (record["id"], record["action"]) == (first, "approved")


@pytest.mark.parametrize(("operation", "times"), [("BatchExecuteStatement", 5), ("SendMessage", 1)])
def test_a_lost_reply_to_ingest_is_repaired_by_a_repeat(
    pipeline: Pipeline, caller: Caller, operation: str, times: int
) -> None:
    with losing_replies(client_for(pipeline.ingest, operation), operation, times):
        assert pipeline.post_events(caller, *KEYED).status == 503
    again = pipeline.post_events(caller, *KEYED)
    assert again.statuses == ["duplicate"] * 3
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == again.ids
