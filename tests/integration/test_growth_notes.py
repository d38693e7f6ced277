"""The queue of growth notes, and the indexer that sends them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from indelible.aws.clients import sqs_client
from indelible.aws.growth_notes import HIDDEN_SECONDS, SQSGrowthNotes
from indelible.aws.table import Table
from indelible.covering.growth import decode_note, encode_note, merge_notes
from indelible.errors import Unavailable
from integration.table_stream import inserted, record, store
from support.builders import WORKSPACE, a_chain
from support.handlers import LambdaContext, load

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

OTHER = "ws_0therW0rkspace00"
CHAIN = a_chain(9, 3)
ALL = {WORKSPACE: [1, 4, 7]}


@pytest.fixture
def sqs(moto: None) -> SQSClient:
    return sqs_client()


@pytest.fixture
def queue_url(sqs: SQSClient) -> str:
    """A new queue of notes."""
    return sqs.create_queue(QueueName=f"notes-{secrets.token_hex(4)}")["QueueUrl"]


@pytest.fixture
def notes(sqs: SQSClient, queue_url: str) -> SQSGrowthNotes:
    return SQSGrowthNotes(sqs, queue_url)


@pytest.fixture
def indexer(moto_table: Table, queue_url: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The indexer's function with checkpoints on."""
    monkeypatch.setenv("GROWTH_QUEUE_URL", queue_url)
    return load("indexer")


def failing(operation: str) -> Callable[..., Any]:
    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalError", "Message": "later"}}, operation)

    return fail


def deliver(indexer: ModuleType, *records: dict[str, Any]) -> None:
    indexer.handler({"Records": [*records]}, LambdaContext(seconds=60))


def test_notes_are_received_up_to_a_number_and_come_until_they_are_deleted(
    notes: SQSGrowthNotes,
) -> None:
    sent = [encode_note({f"ws_{number}": [number + 1]}) for number in range(25)]
    for encoded in sent:
        notes.send(encoded)
    some = notes.receive(13)
    others = notes.receive(1_000)
    assert (len(some), len(others)) == (13, 12)
    assert sorted(each.encoded for each in [*some, *others]) == sorted(sent)
    assert notes.receive(1_000) == []
    notes.delete(some)
    notes.release(others)
    again = notes.receive(1_000)
    assert sorted(each.encoded for each in again) == sorted(each.encoded for each in others)


def test_received_notes_are_hidden_for_longer_than_a_run_takes(
    notes: SQSGrowthNotes, sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = list[dict[str, Any]]()

    def receive(**request: Any) -> Any:
        requests.append(request)
        return {}

    monkeypatch.setattr(sqs, "receive_message", receive)
    assert notes.receive(1_000) == []
    assert notes.receive(3) == []
    assert HIDDEN_SECONDS > 120
    assert [each["VisibilityTimeout"] for each in requests] == [HIDDEN_SECONDS] * 2
    assert [each["MaxNumberOfMessages"] for each in requests] == [10, 3]
    assert [each["WaitTimeSeconds"] for each in requests] == [0, 0]


def test_notes_that_are_released_are_received_by_the_next_run(notes: SQSGrowthNotes) -> None:
    sent = [encode_note({f"ws_{number}": [number + 1]}) for number in range(12)]
    for encoded in sent:
        notes.send(encoded)
    received = notes.receive(1_000)
    assert notes.receive(1_000) == []
    notes.release(received)
    again = notes.receive(1_000)
    assert sorted(each.encoded for each in again) == sorted(sent)
    assert {each.encoded: each.sent_at for each in again} == {
        each.encoded: each.sent_at for each in received
    }


def test_notes_that_are_not_released_are_named_by_their_number(
    notes: SQSGrowthNotes, sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.send(encode_note(ALL))
    received = notes.receive(10)
    monkeypatch.setattr(
        sqs, "change_message_visibility_batch", lambda **_: {"Failed": [{"Id": "0"}]}
    )
    with pytest.raises(Unavailable, match="did not release 1 of 1"):
        notes.release(received)


def test_a_note_says_when_it_was_sent(notes: SQSGrowthNotes) -> None:
    before = time.time_ns() // 1_000_000 * 1_000
    notes.send(encode_note(ALL))
    [received] = notes.receive(10)
    assert before <= received.sent_at <= time.time_ns() // 1_000


def test_a_foreign_message_is_received_as_it_is_and_can_be_deleted(
    notes: SQSGrowthNotes, sqs: SQSClient, queue_url: str
) -> None:
    for body in ("hello", '{"ws_a":[0]}', "Ü"):
        sqs.send_message(QueueUrl=queue_url, MessageBody=body)
    notes.send(encode_note(ALL))
    received = notes.receive(10)
    merged, unreadable = merge_notes((each.encoded, each.sent_at) for each in received)
    assert {name: noted.firsts for name, noted in merged.items()} == ALL
    assert unreadable == 3
    notes.delete(received)
    assert notes.receive(10) == []


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("send_message", lambda notes: notes.send(b"{}")),
        ("receive_message", lambda notes: notes.receive(10)),
        ("delete_message_batch", lambda notes: notes.delete(notes.receive(10))),
        ("change_message_visibility_batch", lambda notes: notes.release(notes.receive(10))),
    ],
)
def test_a_failure_of_the_queue_is_unavailable(
    notes: SQSGrowthNotes,
    sqs: SQSClient,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    call: Callable[[SQSGrowthNotes], object],
) -> None:
    notes.send(encode_note(ALL))
    monkeypatch.setattr(sqs, operation, failing(operation))
    with pytest.raises(Unavailable):
        call(notes)


def test_notes_that_were_not_deleted_are_reported_when_all_have_been_tried(
    notes: SQSGrowthNotes, sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        notes.send(encode_note({WORKSPACE: [number + 1]}))
    received, calls = notes.receive(12), list[int]()

    def delete(**request: Any) -> Any:
        calls.append(len(request["Entries"]))
        return {"Successful": [], "Failed": [{"Id": "0"}]}

    monkeypatch.setattr(sqs, "delete_message_batch", delete)
    with pytest.raises(Unavailable, match="did not delete 2 of 12"):
        notes.delete(received)
    assert calls == [10, 2]


def test_the_indexer_notes_all_growth_of_a_delivery_in_one_message(
    indexer: ModuleType, moto_table: Table, notes: SQSGrowthNotes
) -> None:
    store(moto_table, CHAIN)
    strange = record("WORKSPACE#x", "POLICY")
    other = record(f"CHAIN#{OTHER}", f"SEGMENT#{1:016d}")
    deliver(indexer, *map(inserted, CHAIN), strange, other)
    [sent] = notes.receive(10)
    assert decode_note(sent.encoded) == ALL | {OTHER: [1]}


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_the_indexer_notes_segments_that_were_changed_or_removed(
    indexer: ModuleType, moto_table: Table, notes: SQSGrowthNotes, name: str
) -> None:
    """Nothing but tampering does it, so the next run looks."""
    store(moto_table, CHAIN)
    deliver(indexer, inserted(CHAIN[1], name))
    [sent] = notes.receive(10)
    assert decode_note(sent.encoded) == {WORKSPACE: [4]}


def test_the_indexer_sends_nothing_when_no_chain_has_changed(
    indexer: ModuleType, notes: SQSGrowthNotes
) -> None:
    deliver(indexer, record("WORKSPACE#x", "POLICY"))
    assert notes.receive(10) == []


def test_a_note_that_cannot_be_sent_makes_the_delivery_come_again(
    indexer: ModuleType,
    moto_table: Table,
    notes: SQSGrowthNotes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store(moto_table, CHAIN)
    with monkeypatch.context() as patch:
        patch.setattr(indexer.notes._client, "send_message", failing("SendMessage"))
        with pytest.raises(Unavailable, match="SQS"):
            deliver(indexer, *map(inserted, CHAIN))
    assert notes.receive(10) == []
    deliver(indexer, *map(inserted, CHAIN))
    assert len(notes.receive(10)) == 1


def test_growth_is_noted_even_when_the_index_cannot_be_extended(
    indexer: ModuleType,
    moto_table: Table,
    notes: SQSGrowthNotes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store(moto_table, CHAIN)
    monkeypatch.setattr(indexer.table.client, "query", failing("Query"))
    with pytest.raises(Unavailable, match="DynamoDB"):
        deliver(indexer, inserted(CHAIN[0], "MODIFY"), *map(inserted, CHAIN[1:]))
    [sent] = notes.receive(10)
    assert decode_note(sent.encoded) == ALL


@pytest.mark.parametrize("url", [None, ""])
def test_without_checkpoints_nothing_is_sent(
    moto_table: Table, notes: SQSGrowthNotes, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    if url is None:
        monkeypatch.delenv("GROWTH_QUEUE_URL", raising=False)
    else:
        monkeypatch.setenv("GROWTH_QUEUE_URL", url)
    store(moto_table, CHAIN)
    deliver(load("indexer"), *map(inserted, CHAIN))
    assert notes.receive(10) == []
