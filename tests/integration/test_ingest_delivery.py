"""Ingest and the queue: its calls to AWS, how it splits requests and settles repeated keys."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from math import ceil

import pytest
from indelible.accounts.limits import Limits
from indelible.ingest.plan import repeatable
from indelible.ingest.receipt import Receipt, Status
from indelible.ingest.submit import Submission, submit
from indelible.message import MAX_MESSAGE_BYTES, decode
from support.aws_faults import TIMEOUT, answering, before, counting
from support.builders import an_event
from support.handlers import load
from support.pipeline import Caller, Pipeline, client_for, clients_of, now


def test_a_request_costs_three_calls(pipeline: Pipeline, caller: Caller) -> None:
    for _ in range(2):
        with counting(*clients_of(pipeline.ingest)) as calls:
            answer = pipeline.post_events(caller, *[an_event()] * 100, at=now())
        assert answer.status == 202
        assert calls == ["GetItem", "UpdateItem", "SendMessage"]


@pytest.mark.parametrize("n", [1, 25, 26, 100])
def test_n_new_idempotency_keys_cost_a_look_up_and_a_call_for_each_25(
    pipeline: Pipeline, caller: Caller, n: int
) -> None:
    for each in range(2):
        events = [an_event(idempotency_key=f"{each}-{number}") for number in range(n)]
        with counting(*clients_of(pipeline.ingest)) as calls:
            assert pipeline.post_events(caller, *events).statuses == ["queued"] * n
        assert calls == [
            "GetItem",
            "BatchGetItem",
            "UpdateItem",
            *["BatchExecuteStatement"] * ceil(n / 25),
            "SendMessage",
        ]
        assert len(calls) == 4 + ceil(n / 25)
    with counting(*clients_of(pipeline.ingest)) as calls:
        assert pipeline.post_events(caller, *events).statuses == ["duplicate"] * n
    assert calls == ["GetItem", "BatchGetItem", "UpdateItem", "SendMessage"]


def test_the_client_for_inserts_never_repeats_one(pipeline: Pipeline) -> None:
    """If it did, a last attempt that was throttled would hide a first one that took effect."""
    _, inserts, _ = clients_of(pipeline.ingest)
    assert inserts.meta.config.retries["total_max_attempts"] == 1


def test_a_cold_start_costs_no_more_calls_for_a_new_workspace(
    pipeline: Pipeline, caller: Caller
) -> None:
    cold = load("ingest")
    with counting(*clients_of(cold)) as calls:
        answer = pipeline.send(
            '{"events":[{"actor_id":"a","action":"b"}]}', caller=caller, function=cold
        )
    assert answer.status == 202
    assert calls == ["GetItem", "UpdateItem", "SendMessage"]


def test_a_large_request_is_sent_in_several_messages_in_order(
    pipeline: Pipeline, caller: Caller
) -> None:
    events = [an_event(metadata={"noise": secrets.token_hex(30_000)}) for _ in range(69)]
    answer = pipeline.post_events(caller, *events)
    assert (answer.status, answer.statuses) == (202, ["queued"] * 69)
    messages = pipeline.take_messages()
    assert len(messages) > 5
    assert all(len(each["body"]) <= MAX_MESSAGE_BYTES for each in messages)
    sent = [event for each in messages for event in decode(each["body"]).events]
    assert [event.id for event in sent] == answer.ids
    assert [event.fields for event in sent] == events
    for start in range(0, len(messages), 10):
        assert pipeline.write(messages[start : start + 10]) == []
    chained = pipeline.chain(caller.workspace_id)
    assert [record["id"] for record in chained] == answer.ids
    assert [record["metadata"] for record in chained] == [event["metadata"] for event in events]


def test_a_hundred_events_of_60_kb_are_too_large(pipeline: Pipeline, caller: Caller) -> None:
    events = [an_event(metadata={"noise": secrets.token_hex(30_000)})] * 100
    answer = pipeline.post_events(caller, *events)
    assert (answer.status, answer.json["error"]) == (413, "payload_too_large")
    assert pipeline.take_messages() == []


def test_events_of_failed_messages_are_reported_and_accepted_when_sent_again(
    pipeline: Pipeline, caller: Caller
) -> None:
    """The first message is queued, the second is not; half of the events carry a key."""
    events = [
        an_event(
            metadata={"noise": secrets.token_hex(30_000)},
            **({"idempotency_key": f"key-{n}"} if n % 2 else {}),
        )
        for n in range(20)
    ]
    queue, at = client_for(pipeline.ingest, "SendMessage"), now()
    with answering(queue, "SendMessage", None, "RequestThrottled"):
        answer = pipeline.post_events(caller, *events, at=at)
    assert answer.status == 202
    sent = answer.statuses.count("queued")
    assert 0 < sent < 20
    assert answer.statuses == ["queued"] * sent + ["failed"] * (20 - sent)
    assert answer.receipts[-1]["errors"] == [
        {"field": "", "message": "could not be queued; send this event again"}
    ]
    again = pipeline.post_events(caller, *events[sent:], at=at + 1_000)
    assert set(again.statuses) == {"queued", "duplicate"}
    for n in range(sent, 20):
        if n % 2:
            assert again.ids[n - sent] == answer.ids[n]
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == answer.ids[:sent] + again.ids
    assert pipeline.ingest.services.usage.events_used(caller.workspace_id, at) == 20


def test_a_key_twice_in_a_batch_is_one_event(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.post_events(
        caller,
        an_event(idempotency_key="a", action="first"),
        an_event(idempotency_key="b"),
        an_event(idempotency_key="a", action="first"),
        an_event(idempotency_key="a", action="second"),
        an_event(),
    )
    assert answer.statuses == ["queued", "queued", "duplicate", "invalid", "queued"]
    assert answer.ids[2] == answer.ids[0]
    pipeline.drain()
    chained = pipeline.chain(caller.workspace_id)
    assert [each["id"] for each in chained] == [answer.ids[0], answer.ids[1], answer.ids[4]]
    assert chained[0]["action"] == "first"


def test_a_request_overtaken_between_look_up_and_claim_gets_the_first_id(
    pipeline: Pipeline, caller: Caller
) -> None:
    other = load("ingest")
    body = '{"events":[{"actor_id":"a","action":"b","idempotency_key":"k"}]}'
    inner = []

    def overtake() -> None:
        inner.append(pipeline.send(body, caller=caller, function=other, at=now() - 5_000))

    client = client_for(pipeline.ingest, "BatchExecuteStatement")
    with before(client, "BatchExecuteStatement", overtake):
        outer = pipeline.send(body, caller=caller)
    assert inner[0].statuses == ["queued"]
    assert outer.statuses == ["duplicate"]
    assert outer.ids == inner[0].ids
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == outer.ids
    assert pipeline.ingest.services.usage.events_used(caller.workspace_id, now()) == 1


def test_concurrent_requests_under_one_key_have_the_same_receipts(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Whoever claims the key of the request first gives all of them the ids."""

    def send(client: int) -> list[Receipt]:
        events = [an_event(resource_id=f"doc_{n}") for n in range(9)]
        events.append(an_event(idempotency_key="key-1"))
        submission = Submission(
            caller.workspace_id,
            caller.key[:20],
            Limits(),
            now() + client * 1_000,
            f"client-{client}",
            events,
            repeatable("key-1", b"the body"),
        )
        return submit(pipeline.ingest.services, submission)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert {receipt.status for receipt in answers[0][:9]} == {Status.QUEUED}
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [each.id for each in answers[0]]
    assert pipeline.ingest.services.usage.events_used(caller.workspace_id, now()) == 10


def test_concurrent_requests_with_the_same_keys_agree(pipeline: Pipeline, caller: Caller) -> None:
    """Powertools' router handles one request at a time, so the requests race below it."""

    def send(client: int) -> list[tuple[str | None, Status]]:
        events = [an_event(idempotency_key=f"key-{n}") for n in range(10)]
        submission = Submission(
            caller.workspace_id, caller.key[:20], Limits(), now(), f"client-{client}", events
        )
        return [(r.id, r.status) for r in submit(pipeline.ingest.services, submission)]

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    ids = [event_id for event_id, _ in answers[0]]
    assert all([event_id for event_id, _ in answer] == ids for answer in answers)
    for position in range(10):
        statuses = [answer[position][1] for answer in answers]
        assert statuses.count(Status.QUEUED) == 1
        assert statuses.count(Status.DUPLICATE) == 5
    pipeline.drain()
    assert sorted(pipeline.chained_ids(caller.workspace_id)) == sorted(i for i in ids if i)
    assert pipeline.ingest.services.usage.events_used(caller.workspace_id, now()) == 10


@pytest.mark.parametrize("code", ["RequestThrottled", TIMEOUT])
def test_a_quota_that_cannot_be_given_back_does_not_change_the_answer(
    pipeline: Pipeline, caller: Caller, code: str
) -> None:
    table, _, queue = clients_of(pipeline.ingest)
    with (
        answering(table, "UpdateItem", None, code),
        answering(queue, "SendMessage", "RequestThrottled"),
    ):
        answer = pipeline.post_events(caller, an_event())
    assert (answer.status, answer.json["error"]) == (503, "unavailable")


def test_a_cold_start_within_a_minute_costs_no_more_calls(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Another environment has started the minute; this one cannot know, and need not."""
    at = now()
    assert pipeline.post_events(caller, an_event(), at=at).status == 202
    cold = load("ingest")
    with counting(*clients_of(cold)) as calls:
        body = '{"events":[{"actor_id":"a","action":"b"}]}'
        assert pipeline.send(body, caller=caller, at=at, function=cold).status == 202
    assert calls == ["GetItem", "UpdateItem", "SendMessage"]


def test_a_message_that_is_sent_again_on_purpose_is_delivered_again(
    pipeline: Pipeline, caller: Caller
) -> None:
    """SQS would drop a second message with the same deduplication id within five minutes."""
    pipeline.post_events(caller, an_event())
    [message] = pipeline.take_messages()
    queue = pipeline.ingest.services.queue
    for _ in range(2):
        queue.send(caller.workspace_id, message["body"])
    assert [each["body"] for each in pipeline.take_messages()] == [message["body"]] * 2
