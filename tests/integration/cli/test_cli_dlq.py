"""`indelible dlq` against a stack in moto loses nothing, whatever an operator does."""

from __future__ import annotations

import pytest
from indelible.aws.queue import SQSQueue
from indelible.cli.stack import Stack
from integration.buried import JUNK, bury, drain, fail_a_deletion, listed
from integration.command_line import a_workspace, bodies, run

pytestmark = pytest.mark.usefixtures("clock")


def test_listing_shows_the_reasons_and_keeps_every_message(stack: Stack) -> None:
    one, other = a_workspace("one"), a_workspace("other")
    bury(stack, one, *bodies(one, 1, events=3))
    bury(stack, other, *bodies(one, 1))
    SQSQueue(stack.sqs, stack.dead_letter_queue_url).quarantine(other, "first", "no message", JUNK)

    first, second = listed(), listed()

    assert {each["message_id"] for each in first} == {each["message_id"] for each in second}
    columns = ("workspace_id", "events", "set_aside", "reason")
    assert [tuple(each[name] for name in columns) for each in first] == [
        (one, 3, False, "receives used up"),
        (other, 1, False, "message names another workspace than its group"),
        (other, None, True, JUNK),
    ]
    assert first[2]["message_id"] == "first"
    outcome = run("dlq", "list")
    assert outcome.status == 0
    assert "3 shown of 3." in outcome.stdout
    assert "document.created" not in outcome.stdout
    assert all(each["message_id"] in outcome.stdout for each in first)
    assert len(drain(stack, stack.dead_letter_queue_url)) == 3


def test_a_reason_that_is_not_a_string_stops_neither_listing_nor_redriving(stack: Stack) -> None:
    """SQS keeps the sender's attributes on messages that it moves here itself."""
    workspace_id = a_workspace()
    [body] = bodies(workspace_id, 1)
    stack.sqs.send_message(
        QueueUrl=stack.dead_letter_queue_url,
        MessageBody=body,
        MessageGroupId=workspace_id,
        MessageDeduplicationId="1",
        MessageAttributes={"reason": {"DataType": "Binary", "BinaryValue": b"x"}},
    )
    assert [each["reason"] for each in listed()] == ["receives used up"]
    assert run("dlq", "redrive", "--yes").status == 0
    assert drain(stack, stack.queue_url) == [(workspace_id, body)]


def test_an_empty_queue_is_listed_as_empty(stack: Stack) -> None:
    assert "0 shown of 0." in run("dlq", "list").stdout


def test_redriven_messages_go_back_unchanged_in_their_order(stack: Stack) -> None:
    one, other = a_workspace("one"), a_workspace("other")
    of_one, of_other = bodies(one, 25), bodies(other, 1)
    bury(stack, one, *of_one)
    bury(stack, other, *of_other)

    outcome = run("dlq", "redrive", "--yes")

    assert outcome.status == 0
    assert "26 messages of all workspaces sent again, 0 kept." in outcome.stdout
    sent = drain(stack, stack.queue_url)
    assert [body for group, body in sent if group == one] == of_one
    assert [body for group, body in sent if group == other] == of_other
    assert listed() == []


def test_redriving_one_workspace_leaves_the_others(stack: Stack) -> None:
    one, other = a_workspace("one"), a_workspace("other")
    bury(stack, other, *bodies(other, 12))
    bury(stack, one, *bodies(one, 12))

    outcome = run("dlq", "redrive", one, "--yes")

    assert "12 messages" in outcome.stdout
    assert {group for group, _ in drain(stack, stack.queue_url)} == {one}
    assert {each["workspace_id"] for each in listed()} == {other}
    assert len(drain(stack, stack.dead_letter_queue_url)) == 12


def test_twelve_messages_of_junk_hide_no_accepted_message(stack: Stack) -> None:
    workspace_id = a_workspace()
    [accepted] = bodies(workspace_id, 1)
    bury(stack, workspace_id, *(f"junk {n}" for n in range(12)), accepted)

    outcome = run("dlq", "redrive", "--yes")

    assert outcome.status == 0
    assert "1 message of all workspaces sent again, 12 kept." in outcome.stdout
    assert "indelible dlq discard" in outcome.stdout
    assert drain(stack, stack.queue_url) == [(workspace_id, accepted)]


def test_unreadable_messages_stay_and_are_named_and_hide_none_behind_them(stack: Stack) -> None:
    workspace_id = a_workspace()
    readable = bodies(workspace_id, 15)
    bury(stack, workspace_id, "unreadable", *readable[:4], "also unreadable", *readable[4:])

    outcome = run("dlq", "redrive", workspace_id, "--yes")

    assert outcome.status == 0
    assert "15 messages" in outcome.stdout
    assert "2 kept." in outcome.stdout
    assert [body for _, body in drain(stack, stack.queue_url)] == readable
    left = listed()
    assert [each["workspace_id"] for each in left] == [workspace_id, workspace_id]
    assert all(each["set_aside"] for each in left)
    assert all(each["message_id"] in outcome.stdout for each in left)
    assert all("not a message" in each["reason"] for each in left)


def test_a_redrive_that_fails_half_way_loses_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = a_workspace()
    buried = bodies(workspace_id, 5)
    bury(stack, workspace_id, *buried)
    fail_a_deletion(monkeypatch, after=2)

    failed = run("dlq", "redrive", "--yes")
    sent_before = [body for _, body in drain(stack, stack.queue_url)]
    repeated = run("dlq", "redrive", "--yes")

    assert failed.status == 1
    assert failed.stderr.splitlines() == ["SQS answered InternalError"]
    assert sent_before == buried[:3]
    assert "3 messages" in repeated.stdout
    assert [body for _, body in drain(stack, stack.queue_url)] == buried[2:]


def test_redrive_asks_for_confirmation_and_treats_no_answer_as_no(stack: Stack) -> None:
    workspace_id = a_workspace()
    bury(stack, workspace_id, *bodies(workspace_id, 1))

    assert run("dlq", "redrive", answer="n\n").status == 1
    assert run("dlq", "redrive").status == 1
    assert drain(stack, stack.queue_url) == []
    assert run("dlq", "redrive", answer="y\n").status == 0
    assert len(drain(stack, stack.queue_url)) == 1


def test_redriving_an_unknown_workspace_is_refused(stack: Stack) -> None:
    outcome = run("dlq", "redrive", "ws_none", "--yes")

    assert outcome.status == 1
    assert len(outcome.stderr.splitlines()) == 1


def test_events_in_the_queue_of_a_deleted_stack_are_sent_to_the_new_one(stack: Stack) -> None:
    workspace_id = a_workspace()
    left = stack.sqs.create_queue(
        QueueName="left-behind.fifo", Attributes={"FifoQueue": "true", "VisibilityTimeout": "0"}
    )["QueueUrl"]
    waiting = bodies(workspace_id, 12)
    old = SQSQueue(stack.sqs, left)
    for body in waiting:
        old.send(workspace_id, body)
    of_the_new = bodies(workspace_id, 1)
    bury(stack, workspace_id, *of_the_new)

    shown = run("dlq", "list", "--from-queue", left)
    outcome = run("dlq", "redrive", "--yes", "--from-queue", left)

    assert "of 12." in shown.stdout
    assert outcome.status == 0
    assert "12 messages of all workspaces sent again, 0 kept." in outcome.stdout
    assert drain(stack, stack.queue_url) == [(workspace_id, body) for body in waiting]
    assert drain(stack, left) == []
    assert drain(stack, stack.dead_letter_queue_url) == [(workspace_id, *of_the_new)]


def test_a_queue_is_not_redriven_into_itself(stack: Stack) -> None:
    outcome = run("dlq", "redrive", "--yes", "--from-queue", stack.queue_url)
    assert outcome.status == 2
    assert "the queue that messages are sent to" in outcome.stderr
