"""`indelible checkpoint restart`, `take-over` and `rebuild`: an operator's bad days."""

from __future__ import annotations

import json

import pytest
from indelible import message
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.fields import QueuedEvent
from indelible.checkpoints.entries import RestartEntry
from indelible.checkpoints.requests import RestartRequest, TakeOverRequest
from indelible.cli.stack import Stack
from indelible.covering.newest_run import read_run
from indelible.errors import Contradiction
from integration.command_line import a_workspace, chain_events, run
from integration.log_of_stack import cover, cut, lose_states, the_log

REASON = "Table restored to 12:00, no backup is newer"


@pytest.fixture
def workspace(stack: Stack) -> str:
    """A workspace whose chain of twelve records is covered, eight of them by an earlier run."""
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 5)
    cover(stack, workspace_id)
    chain_events(stack, workspace_id, 4)
    cover(stack, workspace_id)
    return workspace_id


def queued(stack: Stack) -> list[QueuedEvent]:
    """The events in the queue to the writer."""
    found = list[QueuedEvent]()
    while got := stack.sqs.receive_message(QueueUrl=stack.queue_url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        for each in got:
            found += message.decode(each["Body"]).events
            stack.sqs.delete_message(QueueUrl=stack.queue_url, ReceiptHandle=each["ReceiptHandle"])
    return found


def requests() -> list[object]:
    return [*the_log().turns.requests()]


def test_a_restart_names_what_is_lost_and_asks_before_it_requests_anything(
    workspace: str, stack: Stack
) -> None:
    cut(stack, workspace, 8)
    outcome = run("checkpoint", "restart", workspace, "--reason", REASON, answer="n\n")
    assert outcome.status == 1
    assert "of 12 covered records the chain has the first 8 as they were" in outcome.stdout
    assert "records 9 to 12 are lost" in outcome.stdout
    assert requests() == []
    assert queued(stack) == []


def test_a_restart_is_in_the_log_in_the_chain_and_in_every_later_verdict(
    workspace: str, stack: Stack
) -> None:
    cut(stack, workspace, 8)
    outcome = run("checkpoint", "restart", workspace, "--reason", REASON, answer="y\n")
    assert outcome.status == 0, outcome.stderr
    assert requests() == [RestartRequest(workspace, 0, 8, REASON)]
    [event] = queued(stack)
    assert event.fields["action"] == "indelible.chain_restarted"
    assert event.fields["metadata"]["reason"] == REASON
    assert event.fields["metadata"]["kept"] == 8
    report = cover(stack)
    assert report.published
    [entry] = read_run(the_log().bucket, 3).entries_before
    assert isinstance(entry, RestartEntry)
    assert (entry.old_size, entry.kept_size) == (12, 8)
    assert entry.reason_sha256.hex() == event.fields["metadata"]["reason_sha256"]
    cover(stack, workspace)
    text = run("checkpoint", "show", workspace).stdout
    assert "records 9 to 12 lost" in text
    shown = json.loads(run("checkpoint", "show", workspace, "--json").stdout)["coverage"]
    [restart] = shown["restarts"]
    assert (shown["epoch"], restart["kept_size"], restart["lost"]) == (1, 8, 4)
    assert restart["reason_sha256"] == entry.reason_sha256.hex()
    for verdict in (run("verify", workspace), run("verify", "--all")):
        assert verdict.status == 0
        assert "records 9 to 12 lost" in " ".join(verdict.stdout.split())
    coverage = json.loads(run("verify", workspace, "--json").stdout)["coverage"]
    assert coverage["restarts"] == [restart]


def test_a_restart_that_is_repeated_adds_no_second_event_and_no_second_entry(
    workspace: str, stack: Stack
) -> None:
    cut(stack, workspace, 8)
    for _ in range(2):
        assert run("checkpoint", "restart", workspace, "--reason", REASON, "--yes").status == 0
    assert len({each.id for each in queued(stack)}) == 1
    assert len(requests()) == 1
    again = run("checkpoint", "restart", workspace, "--reason", "another reason", "--yes")
    assert again.status == 0
    assert "of this restart was accepted before" in again.stderr
    assert queued(stack) == []
    cover(stack)
    chain_events(stack, workspace, 1)
    cover(stack, workspace)
    assert len(read_run(the_log().bucket, 3).entries_before) == 1
    assert read_run(the_log().bucket, 4).entries_before == ()
    assert requests() == []


def test_a_whole_chain_is_not_restarted(workspace: str, stack: Stack) -> None:
    outcome = run("checkpoint", "restart", workspace, "--reason", REASON, "--yes")
    assert outcome.status == 1
    assert "has all 12 records that are covered" in outcome.stderr
    assert (requests(), queued(stack)) == ([], [])


def test_all_chains_that_end_too_early_are_restarted_and_no_other(
    workspace: str, stack: Stack
) -> None:
    others = [a_workspace(name) for name in ("cut", "whole")]
    for each in others:
        chain_events(stack, each, 2, 3)
    cover(stack, *others)
    cut(stack, workspace, 8)
    cut(stack, others[0], 2)
    outcome = run("checkpoint", "restart", "--all-truncated", "--reason", REASON, "--yes")
    assert outcome.status == 0, outcome.stderr
    found = {each.workspace_id for each in requests()}  # type: ignore[attr-defined]
    assert found == {workspace, others[0]}
    cover(stack)
    outcome = run("checkpoint", "restart", "--all-truncated", "--reason", REASON, "--yes")
    assert (outcome.status, "No chain ends" in outcome.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [("ws_x", "--reason", ""), ("ws_x", "--reason", "r" * 1_001), ("--reason", "r"), ("ws_x",)],
)
def test_a_restart_without_a_reason_or_a_chain_is_wrong_usage(
    stack: Stack, arguments: tuple[str, ...]
) -> None:
    assert run("checkpoint", "restart", *arguments).status == 2


def test_a_stack_with_another_table_takes_over_once_somebody_says_so(
    workspace: str, stack: Stack
) -> None:
    other = "arn:aws:dynamodb:eu-central-1:111122223333:table/other"
    chain_events(stack, workspace, 1)
    with pytest.raises(Contradiction, match="take-over"):
        cover(stack, workspace, table_arn=other)
    outcome = run("checkpoint", "take-over", "--yes")
    assert (outcome.status, "already read the table" in outcome.stderr) == (1, True)
    the_log().turns.request(TakeOverRequest(other), 1)
    assert cover(stack, workspace, table_arn=other).published
    outcome = run("checkpoint", "take-over", answer="n\n")
    assert (outcome.status, requests()) == (1, [])
    assert run("checkpoint", "take-over", answer="y\n").status == 0
    assert cover(stack, workspace).published
    assert run("checkpoint", "take-over", "--yes").status == 1


def test_a_lost_state_is_made_anew_and_runs_go_on(workspace: str, stack: Stack) -> None:
    outcome = run("checkpoint", "rebuild")
    assert (outcome.status, "is there" in outcome.stderr) == (1, True)
    lose_states(stack)
    with pytest.raises(Contradiction, match="checkpoint rebuild"):
        cover(stack, workspace)
    assert run("checkpoint", "show").status == 1
    outcome = run("checkpoint", "rebuild")
    assert outcome.status == 0, outcome.stderr
    assert "with 1 workspace" in outcome.stdout
    assert cover(stack, workspace).published
    assert "covered 12 of 12 records" in run("checkpoint", "show", workspace).stdout


def test_a_state_that_cannot_be_made_anew_names_the_workspace(workspace: str, stack: Stack) -> None:
    lose_states(stack)
    ledger = DynamoDBLedger(stack.table)
    cut(stack, workspace, 8)
    assert ledger.newest(workspace)
    outcome = run("checkpoint", "rebuild")
    assert outcome.status == 1
    assert workspace in outcome.stderr
    assert requests() == []
