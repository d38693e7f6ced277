"""`indelible verify` beside what the log covers, what holds a chain, and what the watcher found."""

from __future__ import annotations

import json
from dataclasses import replace

from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.scrub_verdicts import DynamoDBScrubVerdicts
from indelible.checkpoints.watched import BACKDATED, Finding, Watched
from indelible.cli.stack import Stack
from integration.command_line import a_workspace, chain_events, run
from integration.log_of_stack import cover, cut, put
from support.builders import NOON
from support.deployment import segments_after
from support.notes import LOG


def types_of(workspace_id: str) -> tuple[int, list[tuple[str, int]]]:
    """The exit status, and the type and sequence of each break."""
    outcome = run("verify", workspace_id, "--json")
    breaks = json.loads(outcome.stdout)["breaks"]
    return outcome.status, [(each["type"], each["sequence"]) for each in breaks]


def test_a_covered_chain_is_valid_and_says_up_to_where(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 4)
    cover(stack, workspace_id)
    outcome = run("verify", workspace_id)
    assert outcome.status == 0
    shown = " ".join(outcome.stdout.split())
    assert f"covered up to record 7 by the log {LOG.name}, run 1 at 2026-" in shown
    assert "signed by the operator only: this server says so" in shown
    assert "record 7 was covered between 2026-" in shown
    assert "coverage exists since 2026-" in shown
    coverage = json.loads(run("verify", workspace_id, "--json").stdout)["coverage"]
    assert (coverage["covered_to"], coverage["run"], coverage["held"]) == (7, 1, None)
    assert coverage["status"] == "signed_by_operator"


def test_a_chain_that_was_never_covered_is_valid_and_says_so(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3)
    outcome = run("verify", workspace_id)
    assert outcome.status == 0
    assert "not covered: no record is covered yet" in outcome.stdout


def test_a_cut_end_is_found(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 4)
    cover(stack, workspace_id)
    cut(stack, workspace_id, 3)
    assert types_of(workspace_id) == (1, [("truncated", 4)])
    everything = run("verify", "--all")
    assert everything.status == 1
    assert "truncated" in everything.stdout


def test_a_rewrite_with_fitting_hashes_is_found(stack: Stack) -> None:
    workspace_id = a_workspace()
    head = chain_events(stack, workspace_id, 3, 4)[0].head
    cover(stack, workspace_id)
    [forged] = segments_after(workspace_id, head, (4,), number=9)
    put(stack, forged)
    assert types_of(workspace_id) == (1, [("checkpoint_mismatch", 7)])


def test_what_holds_a_workspace_is_a_break(stack: Stack) -> None:
    workspace_id = a_workspace()
    *_, last = chain_events(stack, workspace_id, 3, 4)
    put(stack, replace(last, event_hash=bytes(32)))
    cover(stack, workspace_id)
    put(stack, last)
    assert types_of(workspace_id) == (1, [("chain_break", 7)])
    assert "held since" in run("verify", workspace_id, "--json").stdout


def test_what_the_watcher_found_is_a_break_and_a_warning_is_none(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 4)
    cover(stack, workspace_id)
    verdicts = DynamoDBScrubVerdicts(stack.table)
    warning = Finding(workspace_id, "backdated/4", BACKDATED, 4, NOON, "created at noon")
    verdicts.put(workspace_id, Watched([warning], NOON, NOON))
    outcome = run("verify", workspace_id)
    assert outcome.status == 0
    assert "look at record 4: backdated, created at noon" in outcome.stdout
    found = Finding(workspace_id, "index/0", "index_mismatch", 1, NOON, "it hides 3 records")
    verdicts.put(workspace_id, Watched([warning, found], NOON, NOON))
    assert types_of(workspace_id) == (1, [("index_mismatch", 1)])
    assert (
        "found by the watcher since 2026-11-23T12:00:00"
        in run("verify", workspace_id, "--json").stdout
    )


def test_a_restored_copy_is_compared_with_what_is_covered(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 4)
    cover(stack, workspace_id)
    copy = stack.table.client.create_table(
        TableName="restored",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableName"]
    for page in stack.table.client.get_paginator("scan").paginate(TableName=stack.table.name):
        for item in page["Items"]:
            stack.table.client.put_item(TableName=copy, Item=item)
    assert run("verify", workspace_id, "--table", copy).status == 0
    restored = replace(stack, table=replace(stack.table, name=copy))
    cut(restored, workspace_id, 3)
    outcome = run("verify", workspace_id, "--table", copy)
    assert outcome.status == 1
    assert "truncated" in outcome.stdout
    assert run("verify", workspace_id).status == 0
    newest = DynamoDBLedger(restored.table).newest(workspace_id)
    assert newest
    older = f"{newest.last_sequence}:{newest.event_hash.hex()}"
    assert run("verify", workspace_id, "--table", copy, "--expect-head", older).status == 0
    newer = run("verify", workspace_id).stdout.partition("head ")[2].split()[0]
    assert run("verify", workspace_id, "--table", copy, "--expect-head", newer).status == 1
