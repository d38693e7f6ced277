"""A failure delays only its own workspace; a message that can never succeed is set aside."""

from __future__ import annotations

import secrets

import msgspec
import pytest
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import string
from support.aws_faults import TIMEOUT, answering, counting, losing_replies
from support.builders import an_event
from support.pipeline import Caller, Pipeline


@pytest.mark.parametrize(
    "code",
    ["ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError",
     "TransactionConflictException", "RequestLimitExceeded", TIMEOUT],
)  # fmt: skip
@pytest.mark.parametrize("operation", ["Query", "PutItem"])
def test_a_passing_failure_is_waited_out(
    pipeline: Pipeline, caller: Caller, operation: str, code: str
) -> None:
    ids = pipeline.post_events(caller, an_event(), an_event()).ids
    with answering(pipeline.writer.table.client, operation, code, code) as to_come:
        pipeline.drain()
    assert to_come == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", TIMEOUT])
def test_a_lasting_failure_fails_in_time_and_only_its_own_workspace(
    pipeline: Pipeline, caller: Caller, code: str
) -> None:
    other = pipeline.new_caller()
    ids = [i for _ in range(2) for i in pipeline.post_events(caller, an_event()).ids]
    mine = pipeline.take_messages()
    large = an_event(metadata={"noise": secrets.token_hex(2_000)})  # goes second, being larger
    others = pipeline.post_events(other, large).ids
    theirs = pipeline.take_messages()
    # As many refusals as the first workspace can meet in its half of a second.
    with answering(pipeline.writer.table.client, "PutItem", *[code] * 4):
        failed = pipeline.write([mine[0], *theirs, mine[1]], seconds=3.6)
    assert failed == [each["messageId"] for each in mine]
    assert pipeline.chain(caller.workspace_id) == []
    assert pipeline.chained_ids(other.workspace_id) == others
    assert pipeline.write(mine) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_without_time_a_workspace_is_tried_once(pipeline: Pipeline, caller: Caller) -> None:
    pipeline.post_events(caller, an_event())
    [message] = pipeline.take_messages()
    with (
        answering(pipeline.writer.table.client, "PutItem", TIMEOUT),
        counting(pipeline.writer.table.client) as calls,
    ):
        assert pipeline.write([message], seconds=3.0) == [message["messageId"]]
    assert calls.count("Query") == 1


def test_a_put_whose_reply_is_lost_is_not_repeated(pipeline: Pipeline, caller: Caller) -> None:
    ids = pipeline.post_events(caller, an_event(), an_event()).ids
    with losing_replies(pipeline.writer.table.client, "PutItem"):
        pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == ids
    assert len(list(DynamoDBLedger(pipeline.table).ascending(caller.workspace_id, 1))) == 1


def test_a_chain_that_cannot_be_read_fails_and_is_not_written_to(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Nothing may be appended to a damaged chain; the other workspaces continue."""
    other = pipeline.new_caller()
    pipeline.post_events(caller, an_event())
    pipeline.drain()
    pipeline.writer.writer.tails.clear()
    [segment] = DynamoDBLedger(pipeline.table).ascending(caller.workspace_id, 1)
    damaged = item_of(segment) | {"last_created_at": string("?")}
    pipeline.table.client.put_item(TableName=pipeline.table.name, Item=damaged)
    pipeline.post_events(caller, an_event())
    [mine] = pipeline.take_messages()
    others = pipeline.post_events(other, an_event()).ids
    assert pipeline.write([mine, *pipeline.take_messages()]) == [mine["messageId"]]
    assert pipeline.chained_ids(other.workspace_id) == others
    assert pipeline.take_dead_letters() == []


def test_a_failed_delivery_is_logged_with_its_messages(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.post_events(caller, an_event())
    [message] = pipeline.take_messages()
    with answering(pipeline.writer.table.client, "PutItem", "ThrottlingException"):
        pipeline.write([message], seconds=3.0)
    logged = [
        msgspec.json.decode(line)
        for line in capsys.readouterr().out.splitlines()
        if '"not chained"' in line
    ]
    assert len(logged) == 1
    assert logged[0]["workspace_id"] == caller.workspace_id
    assert logged[0]["failed"] == [message["messageId"]]
    assert logged[0]["cause"] == "DynamoDB answered ThrottlingException"


def test_events_settled_before_a_failure_stay_settled(pipeline: Pipeline, caller: Caller) -> None:
    """Two messages of 150 KB do not fit into one segment; the put of the second one fails."""
    ids = []
    for _ in range(2):
        events = [an_event(metadata={"noise": secrets.token_hex(30_000)}) for _ in range(5)]
        ids += pipeline.post_events(caller, *events).ids
    first, second = pipeline.take_messages()
    with answering(pipeline.writer.table.client, "PutItem", None, "ThrottlingException"):
        assert pipeline.write([first, second], seconds=3.0) == [second["messageId"]]
    assert pipeline.chained_ids(caller.workspace_id) == ids[:9]
    assert pipeline.write([second]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_a_long_look_up_of_one_workspace_leaves_time_for_others(
    pipeline: Pipeline, caller: Caller
) -> None:
    """An event that was never chained is looked up in everything chained since."""
    late = pipeline.post_events(caller, an_event()).ids
    [old] = pipeline.take_messages()
    other = pipeline.new_caller()
    for _ in range(12):
        pipeline.post_and_chain(caller, an_event())
    ids = pipeline.chained_ids(caller.workspace_id)
    others = pipeline.post_events(other, an_event()).ids
    failed = pipeline.write([old, *pipeline.take_messages()], seconds=3.0)
    assert failed == [old["messageId"]]
    assert pipeline.chained_ids(other.workspace_id) == others
    again = 0
    while pipeline.write([old], seconds=3.0):
        again += 1
    assert 5 <= again <= 12
    assert pipeline.chained_ids(caller.workspace_id) == ids + late
