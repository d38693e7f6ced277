"""`indelible dlq` keeps messages that can be chained later, and shows their reasons."""

from __future__ import annotations

import pytest
from indelible.cli.stack import Stack
from integration.buried import bury, drain, listed, set_aside
from integration.command_line import a_workspace, bodies, run
from support.builders import DAY, MINUTE, NOON, a_body, a_message, a_queued_event

HOUR = 60 * MINUTE
UNTIL_TWO = "dated ahead, until 2026-11-23T14:00:00.000000Z"
NEWER = "it may be from a newer version; upgrade, then try again"
pytestmark = pytest.mark.usefixtures("clock")


def ahead(workspace_id: str, by: int = 3 * HOUR) -> str:
    return a_message(a_queued_event(1, NOON + by), workspace_id=workspace_id)


def of_a_newer_version(workspace_id: str) -> list[str]:
    unknown = a_message(a_queued_event(1, country="NL"), workspace_id=workspace_id)
    return ["zstd-next:KLUv/Q==", a_body(b'{"format":2}'), unknown]


def test_the_list_says_until_when_a_message_is_dated_ahead(stack: Stack) -> None:
    set_aside(stack, "ws_one", "m", ahead("ws_one"), "dated more than an hour ahead")
    assert [each["reason"] for each in listed()] == [UNTIL_TWO]


def test_the_list_says_that_a_newer_writer_may_chain_a_message(stack: Stack) -> None:
    """Older writers set such a message aside; now its receives are used up."""
    newer = of_a_newer_version("ws_one")
    bury(stack, "ws_one", *newer)
    set_aside(stack, "ws_one", "m", newer[0], "not a message: Error")
    assert [NEWER in each["reason"] for each in listed()] == [True] * 4


def test_a_redrive_sends_messages_that_a_newer_writer_may_chain(stack: Stack) -> None:
    """The command line may be older than the writer. Order is kept, and nothing is set aside."""
    workspace_id = a_workspace()
    before, after = bodies(workspace_id, 2)
    bury(stack, workspace_id, before, *of_a_newer_version(workspace_id), after)
    outcome = run("dlq", "redrive", workspace_id, "--yes")
    assert outcome.status == 0
    assert f"5 messages of {workspace_id} sent again, 0 kept." in outcome.stdout
    assert listed() == []


def test_a_redrive_without_newer_messages_frees_the_ones_behind_them(stack: Stack) -> None:
    """Nobody upgrades, or an attacker invented a codec: the accepted events must get past."""
    workspace_id = a_workspace()
    accepted = bodies(workspace_id, 1)
    bury(stack, workspace_id, *["zstd-next:KLUv/Q=="] * 12, *accepted)
    outcome = run("dlq", "redrive", workspace_id, "--yes", "--without-newer")
    assert outcome.status == 0
    assert drain(stack, stack.queue_url) == [(workspace_id, accepted[0])]
    assert [each["set_aside"] for each in listed()] == [True] * 12
    run("dlq", "redrive", workspace_id, "--yes")
    assert len(drain(stack, stack.queue_url)) == 12


def test_discarding_keeps_messages_that_a_newer_writer_may_chain(stack: Stack) -> None:
    workspace_id = a_workspace()
    bury(stack, workspace_id, *of_a_newer_version(workspace_id), "junk")
    outcome = run("dlq", "discard", workspace_id, "--yes")
    assert outcome.status == 0
    assert "1 message deleted." in outcome.stdout
    assert [NEWER in each["reason"] for each in listed()] == [True] * 3


def test_discarding_says_how_many_messages_dated_ahead_stay_and_until_when(stack: Stack) -> None:
    workspace_id = a_workspace()
    bury(stack, workspace_id, ahead(workspace_id))
    set_aside(stack, workspace_id, "m", ahead(workspace_id, DAY))
    outcome = run("dlq", "discard", workspace_id)
    assert outcome.status == 0
    assert f"2 messages of {workspace_id} may be chained later" in outcome.stdout
    assert UNTIL_TWO in outcome.stdout
    assert "until 2026-11-24T11:00:00.000000Z" in outcome.stdout
    assert "nothing to delete" in outcome.stdout
    assert len(listed()) == 2


def test_discarding_mentions_no_later_time_when_all_can_be_chained_now(stack: Stack) -> None:
    workspace_id = a_workspace()
    set_aside(stack, workspace_id, "m", *bodies(workspace_id, 1))
    outcome = run("dlq", "discard", workspace_id)
    assert "later" not in outcome.stdout
    assert "nothing to delete" in outcome.stdout


def test_discarding_for_an_unknown_workspace_is_an_error(stack: Stack) -> None:
    set_aside(stack, "ws_one", "m", "junk")
    outcome = run("dlq", "discard", "ws_none", "--yes")
    assert outcome.status != 0
    assert "ws_none" in outcome.stderr
    assert "nothing to delete" not in outcome.stdout
    assert len(listed()) == 1


def test_junk_of_a_group_that_is_not_a_workspace_can_be_discarded_by_its_name(stack: Stack) -> None:
    bury(stack, "chosen-by-a-sender", "junk")
    assert "1 message deleted." in run("dlq", "discard", "chosen-by-a-sender", "--yes").stdout
