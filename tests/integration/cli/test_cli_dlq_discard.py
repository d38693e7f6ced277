"""`indelible dlq discard` deletes, on confirmation, only messages that can never be chained."""

from __future__ import annotations

import pytest
from indelible.aws.dead_letters import SQSDeadLetters
from indelible.cli.stack import Stack
from integration.buried import JUNK, bury, drain, listed, set_aside
from integration.command_line import a_workspace, bodies, run
from support.builders import DAY, NOON, a_message, a_queued_event

pytestmark = pytest.mark.usefixtures("clock")


def test_discarding_deletes_only_messages_that_can_never_be_chained(stack: Stack) -> None:
    one, other = a_workspace("one"), a_workspace("other")
    readable, of_other = bodies(one, 2), bodies(other, 1)
    ahead = a_message(a_queued_event(1, NOON + DAY), workspace_id=one)
    never = a_message(a_queued_event(1, NOON + 400 * DAY), workspace_id=one)
    bury(stack, one, *(f"junk {n}" for n in range(12)), never, ahead, *readable)
    bury(stack, other, *of_other)
    set_aside(stack, other, "m-other", "junk of another")
    kept = [*readable, ahead, *of_other]

    outcome = run("dlq", "discard", one, "--yes")

    assert outcome.status == 0
    assert "13 messages deleted." in outcome.stdout
    assert outcome.stdout.count("not a message") == 12
    assert "m-other" not in outcome.stdout
    assert {each["workspace_id"] for each in listed()} == {one, other}
    everywhere = run("dlq", "discard", "--yes")
    assert "m-other" in everywhere.stdout
    assert "1 message deleted." in everywhere.stdout
    left = [body for _, body in drain(stack, stack.dead_letter_queue_url)]
    assert sorted(left) == sorted(kept)


def test_discarding_names_each_message_and_asks_for_confirmation(stack: Stack) -> None:
    set_aside(stack, "!no workspace!"[:12], "m-1", "junk")
    refused = run("dlq", "discard", answer="n\n")
    assert refused.status == 1
    for shown in ("m-1", "!no", JUNK, "20"):
        assert shown in refused.stdout
    assert run("dlq", "discard").status == 1
    assert len(listed()) == 1
    assert run("dlq", "discard", answer="y\n").status == 0
    assert listed() == []


def test_discarding_reports_messages_that_another_consumer_holds(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aside(stack, "ws_one", "m-1", "junk")
    monkeypatch.setattr(SQSDeadLetters, "discard", lambda *_: iter(()))
    outcome = run("dlq", "discard", "--yes")
    assert outcome.status == 1
    assert "1 message could not be reached" in outcome.stderr


def test_discarding_nothing_asks_for_no_confirmation(stack: Stack) -> None:
    workspace_id = a_workspace()
    bury(stack, workspace_id, *bodies(workspace_id, 1))
    outcome = run("dlq", "discard")
    assert outcome.status == 0
    assert "nothing to delete" in outcome.stdout
