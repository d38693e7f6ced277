"""Messages set aside delay no others, and every redrive judges them again."""

from __future__ import annotations

import pytest
from indelible.aws import redrive
from indelible.aws.dead_letters import SQSDeadLetters
from indelible.aws.queue import SQSQueue
from indelible.cli import dlq
from indelible.cli.stack import Stack
from integration.buried import JUNK, Clock, bury, drain, fail_a_deletion, listed, set_aside
from integration.command_line import a_workspace, bodies, run
from support.builders import MINUTE, NOON, a_message, a_queued_event

HOUR = 60 * MINUTE
pytestmark = pytest.mark.usefixtures("clock")


def test_no_two_messages_set_aside_share_a_group(stack: Stack) -> None:
    for number in range(12):
        set_aside(stack, "ws_one", f"message-{number}", f"junk {number}")
    received = []
    while some := stack.sqs.receive_message(
        QueueUrl=stack.dead_letter_queue_url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["MessageGroupId"],
        MessageAttributeNames=["All"],
    ).get("Messages"):
        received += some
    groups = [each["Attributes"]["MessageGroupId"] for each in received]
    assert groups == [f"set-aside:message-{n}" for n in range(12)]
    assert {
        name: each["StringValue"] for name, each in received[0]["MessageAttributes"].items()
    } == {
        "workspace_id": "ws_one",
        "reason": JUNK,
    }


def test_attributes_are_within_the_rules_of_sqs(stack: Stack) -> None:
    """Whatever group a sender chose, and whatever our reason says."""
    set_aside(stack, "!" * 128, "i" * 200, "junk", "bell \x07" + "r" * 1_000_000)
    set_aside(stack, "ws_one", "2", "junk", "")
    first, second = listed()
    assert first["workspace_id"] == "!" * 128
    assert first["message_id"] == "i" * 118
    assert first["reason"] == "bell \ufffd" + "r" * 250
    assert second["reason"] == "-"


def test_a_message_set_aside_is_received_once_and_stays(stack: Stack) -> None:
    workspace_id = a_workspace()
    bury(stack, workspace_id, *(f"junk {n}" for n in range(25)))
    first = run("dlq", "redrive", workspace_id, "--yes")
    again = run("dlq", "redrive", workspace_id, "--yes")
    assert "0 messages" in first.stdout
    assert "25 kept." in first.stdout
    assert again.stdout == first.stdout
    assert len(drain(stack, stack.dead_letter_queue_url)) == 25


def test_a_message_set_aside_twice_is_reported_once_and_deleted_completely(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This happens when a redrive is stopped between sending and deleting."""
    workspace_id = a_workspace()
    bury(stack, workspace_id, "junk")
    fail_a_deletion(monkeypatch)
    assert run("dlq", "redrive", "--yes").status == 1
    [message_id] = {each["message_id"] for each in listed()}
    # moto forgets a deduplication id once its message is received; SQS after five minutes
    outcome = run("dlq", "redrive", "--yes")
    assert (outcome.status, outcome.stdout.count(message_id)) == (0, 1)
    assert "1 kept." in outcome.stdout
    assert "1 message deleted." in run("dlq", "discard", "--yes").stdout
    assert drain(stack, stack.dead_letter_queue_url) == []


def test_junk_of_other_workspaces_is_left_alone(stack: Stack) -> None:
    one, other = a_workspace("one"), a_workspace("other")
    bury(stack, other, "junk", *bodies(other, 1))
    bury(stack, one, "junk of one", *bodies(one, 1))
    outcome = run("dlq", "redrive", one, "--yes")
    assert "1 message of" in outcome.stdout
    assert "1 kept." in outcome.stdout
    places = {(each["workspace_id"], each["set_aside"]) for each in listed()}
    assert places == {(other, False), (one, True)}


def test_a_message_set_aside_that_can_be_chained_now_is_sent_again(stack: Stack) -> None:
    """An older writer sets aside a message of a newer ingest."""
    workspace_id = a_workspace()
    [body] = bodies(workspace_id, 1)
    set_aside(stack, workspace_id, "m", body, "message format 2 is unknown")
    [letter] = listed()
    assert letter["reason"] == "set aside before, can be chained now"
    assert "1 message" in run("dlq", "redrive", workspace_id, "--yes").stdout
    assert drain(stack, stack.queue_url) == [(workspace_id, body)]


def test_a_message_set_aside_is_sent_only_to_the_workspace_it_came_from(stack: Stack) -> None:
    one, other = a_workspace("one"), a_workspace("other")
    set_aside(stack, one, "m", *bodies(other, 1))
    assert "1 kept." in run("dlq", "redrive", "--yes").stdout
    assert drain(stack, stack.queue_url) == []


def test_a_message_dated_ahead_waits_for_its_time_and_hides_nothing(
    stack: Stack, clock: Clock
) -> None:
    workspace_id = a_workspace()
    ahead = a_message(a_queued_event(1, NOON + 3 * HOUR), workspace_id=workspace_id)
    at_once = a_message(a_queued_event(2, NOON + HOUR), workspace_id=workspace_id)
    bury(stack, workspace_id, ahead, at_once)

    outcome = run("dlq", "redrive", "--yes")
    assert "1 message of all workspaces sent again, 1 kept." in outcome.stdout
    assert "dated ahead, until 2026-11-23T14:00:00.000000Z" in outcome.stdout
    assert "discard" not in outcome.stdout
    assert drain(stack, stack.queue_url) == [(workspace_id, at_once)]
    assert "nothing to delete" in run("dlq", "discard", "--yes").stdout

    clock.now = NOON + 2 * HOUR
    assert "1 message" in run("dlq", "redrive", "--yes").stdout
    assert drain(stack, stack.queue_url) == [(workspace_id, ahead)]


def test_two_concurrent_operators_send_every_message_once_and_lose_none(stack: Stack) -> None:
    one, other = a_workspace("one"), a_workspace("other")
    sent = {name: bodies(name, 15) for name in (one, other)}
    for name, of in sent.items():
        bury(stack, name, *(f"junk {n}" for n in range(12)), *of)
    queue = SQSQueue(stack.sqs, stack.queue_url)
    operators = [
        SQSDeadLetters(stack.sqs, stack.dead_letter_queue_url).redrive(queue, None, NOON)
        for _ in range(2)
    ]
    while operators:
        operators = [each for each in operators if next(each, None)]

    assert run("dlq", "redrive", "--yes").status == 0
    arrived = [body for _, body in drain(stack, stack.queue_url)]
    assert sorted(arrived) == sorted(sent[one] + sent[other])
    assert len(drain(stack, stack.dead_letter_queue_url)) == 24


def test_a_redrive_that_cannot_reach_a_message_says_so_within_a_bounded_time(
    stack: Stack, clock: Clock
) -> None:
    workspace_id = a_workspace()
    bury(stack, workspace_id, *bodies(workspace_id, 3))
    stack.sqs.receive_message(QueueUrl=stack.dead_letter_queue_url, VisibilityTimeout=600)

    for arguments in ([], [workspace_id]):
        outcome = run("dlq", "redrive", *arguments, "--yes")
        assert outcome.status == 1
        assert "0 messages" in outcome.stdout
        assert "run this command again in two minutes" in outcome.stderr
    assert clock.waits == 2 * (redrive._MAX_PASSES - 1)


def test_a_redrive_sends_messages_that_reappear_while_it_waits(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = a_workspace()
    buried = bodies(workspace_id, 3)
    bury(stack, workspace_id, *buried)
    url = stack.dead_letter_queue_url
    [held] = stack.sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]

    def give_back(_: float) -> None:
        stack.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0
        )

    monkeypatch.setattr(dlq, "_wait", give_back)
    outcome = run("dlq", "redrive", "--yes")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert [body for _, body in drain(stack, stack.queue_url)] == buried
