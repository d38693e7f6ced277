"""Messages moved by SQS's own redrive keep their workspace: chained, or set aside again.

StartMessageMoveTask preserves the group and the attributes of a message, and gives it a new id.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

from typing import Any

from support.builders import an_event
from support.handlers import sqs_record, sqs_record_of
from support.pipeline import Caller, Pipeline, take_all


def moved_back(pipeline: Pipeline) -> list[dict[str, Any]]:
    """The dead letters as the writer receives them after SQS's own redrive."""
    taken = take_all(pipeline.sqs, pipeline.dead_letter_url)
    return [sqs_record(each) | {"messageId": f"moved-{n}"} for n, each in enumerate(taken)]


def test_a_message_set_aside_is_chained_in_its_workspace(
    pipeline: Pipeline, caller: Caller
) -> None:
    """The writer that set it aside was older than the ingest that sent it."""
    ids = pipeline.post_events(caller, an_event()).ids
    [message] = pipeline.take_messages()
    pipeline.writer.writer.dead_letters.quarantine(
        caller.workspace_id, message["messageId"], message["body"], "message format 1 is unknown"
    )
    [moved] = moved_back(pipeline)
    assert moved["attributes"]["MessageGroupId"] == f"set-aside:{message['messageId']}"
    assert pipeline.write([moved]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids
    assert pipeline.take_dead_letters() == []


def test_a_message_set_aside_again_keeps_its_workspace_and_a_short_group(
    pipeline: Pipeline, caller: Caller
) -> None:
    assert pipeline.write([sqs_record_of("junk", caller.workspace_id, "poison")]) == []
    for _ in range(3):
        assert pipeline.write(moved_back(pipeline)) == []
    [letter] = pipeline.take_dead_letters()
    assert letter.workspace_id == caller.workspace_id
    assert letter.group == "set-aside:moved-0"
    assert "does not decompress" in letter.reason


def test_an_attribute_of_a_message_in_a_workspaces_group_is_ignored(
    pipeline: Pipeline, caller: Caller
) -> None:
    other = pipeline.new_caller()
    ids = pipeline.post_events(caller, an_event()).ids
    [message] = pipeline.take_messages()
    attribute = {"stringValue": other.workspace_id, "dataType": "String"}
    assert pipeline.write([message | {"messageAttributes": {"workspace_id": attribute}}]) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids
    assert pipeline.chained_ids(other.workspace_id) == []


def test_a_message_set_aside_that_names_no_workspace_stays_set_aside(
    pipeline: Pipeline, caller: Caller
) -> None:
    pipeline.post_events(caller, an_event())
    [message] = pipeline.take_messages()
    bare = sqs_record_of(message["body"], "set-aside:m", "moved")
    binary = {"dataType": "Binary", "binaryValue": "AA=="}
    for attributes in ({}, {"workspace_id": binary}):
        assert pipeline.write([bare | {"messageAttributes": attributes}]) == []
        [letter] = pipeline.take_dead_letters()
        assert letter.workspace_id == "set-aside:m"
    assert pipeline.chained_ids(caller.workspace_id) == []
