"""`indelible verify` finds a chain that was deleted whole, by what is stored beside it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import chain_pk, key, profile_key, segment_sk, string, usage_key
from indelible.aws.usage import DynamoDBUsage
from indelible.cli import verify as command
from indelible.cli.stack import Stack
from indelible.index.levels import GEOMETRY
from integration.command_line import a_workspace, chain_events, run
from support.aws_faults import TIMEOUT, answering
from support.builders import DAY, KEY_PREFIX, MINUTE


def now() -> int:
    return time.time_ns() // 1_000


def accept(stack: Stack, workspace_id: str, events: int, at: int) -> None:
    """Count events as ingest does."""
    DynamoDBUsage(stack.table).reserve(workspace_id, KEY_PREFIX, Charge(events), Limits(), at)


def delete(stack: Stack, place: Any) -> None:
    stack.table.client.delete_item(TableName=stack.table.name, Key=place)


def delete_chain(stack: Stack, workspace_id: str) -> None:
    """Delete every segment."""
    for segment in DynamoDBLedger(stack.table).ascending(workspace_id, 1):
        delete(stack, key(chain_pk(workspace_id), segment_sk(segment.first_sequence)))


def put_directory(stack: Stack, workspace_id: str) -> None:
    """Store the directory of the first block, as the indexer does after 4,096 records."""
    DynamoDBIndex(stack.table).put_directory(workspace_id, 0, b"")


@pytest.fixture
def workspace_id(stack: Stack) -> str:
    """A workspace whose four records of last year were deleted, all of them."""
    made = a_workspace()
    accept(stack, made, 3, now() - 400 * DAY)
    accept(stack, made, 1, now() - 370 * DAY)
    chain_events(stack, made, 3, 1)
    assert run("verify", made).status == 0
    delete_chain(stack, made)
    return made


def test_a_chain_that_was_deleted_whole_is_broken(workspace_id: str) -> None:
    outcome = run("verify", workspace_id)
    verdict = json.loads(run("verify", workspace_id, "--json").stdout)

    assert outcome.status == 1
    assert f"{workspace_id} is broken in 1 place: 0 records." in outcome.stdout
    assert "4 events were accepted, the first at 20" in outcome.stdout
    assert "indelible dlq list" in outcome.stdout
    (broken,) = verdict["breaks"]
    assert (broken["type"], broken["sequence"]) == ("chain_missing", 1)
    assert (verdict["valid"], verdict["records"], verdict["head"]) == (False, 0, None)


def test_a_chain_that_was_deleted_with_its_profile_is_broken(
    stack: Stack, workspace_id: str
) -> None:
    delete(stack, profile_key(workspace_id))

    outcome = run("verify", workspace_id)

    assert outcome.status == 1
    assert "chain_missing" in outcome.stdout


def test_a_kept_head_shows_that_a_workspace_was_deleted_with_everything_beside_it(
    stack: Stack,
) -> None:
    workspace_id = a_workspace()
    (segment,) = chain_events(stack, workspace_id, 2)
    delete_chain(stack, workspace_id)
    delete(stack, profile_key(workspace_id))
    assert run("verify", workspace_id).status == 2

    outcome = run("verify", workspace_id, "--expect-head", f"2:{segment.event_hash.hex()}")

    assert outcome.status == 1
    assert "no such record" in outcome.stdout


def test_a_kept_head_that_is_missed_is_a_verdict_even_if_nothing_else_can_be_read(
    stack: Stack, workspace_id: str
) -> None:
    item = {**usage_key(workspace_id, "2026-11"), "events": string("forged")}
    stack.table.client.put_item(TableName=stack.table.name, Item=item)

    assert run("verify", workspace_id).status == 2
    assert run("verify", workspace_id, "--expect-head", "4:" + 64 * "a").status == 1


def test_an_index_without_a_chain_is_a_break(stack: Stack) -> None:
    workspace_id = a_workspace()
    put_directory(stack, workspace_id)

    outcome = run("verify", workspace_id)

    assert outcome.status == 1
    assert "chain_missing" in outcome.stdout
    assert f"ends at sequence {GEOMETRY.narrow.span}" in outcome.stdout


def test_a_chain_that_began_again_is_shorter_than_its_index(stack: Stack) -> None:
    workspace_id = a_workspace()
    put_directory(stack, workspace_id)
    chain_events(stack, workspace_id, 2, 3)

    outcome = run("verify", workspace_id, "--json")

    assert outcome.status == 1
    (broken,) = json.loads(outcome.stdout)["breaks"]
    assert (broken["type"], broken["sequence"]) == ("chain_missing", 6)


def test_events_that_were_just_accepted_are_on_their_way(stack: Stack) -> None:
    workspace_id = a_workspace()
    accept(stack, workspace_id, 3, now() - 59 * MINUTE)

    outcome = run("verify", workspace_id)
    verdict = json.loads(run("verify", workspace_id, "--json").stdout)

    assert outcome.status == 0
    assert f"{workspace_id} is valid: 0 records." in outcome.stdout
    assert "3 events accepted within the last hour, and none is chained yet" in outcome.stdout
    assert (verdict["valid"], verdict["on_their_way"]) == (True, 3)


def test_events_that_were_given_back_were_never_accepted(stack: Stack) -> None:
    workspace_id, long_ago = a_workspace(), now() - DAY
    accept(stack, workspace_id, 3, long_ago)
    DynamoDBUsage(stack.table).give_back(workspace_id, 3, long_ago)

    outcome = run("verify", workspace_id)

    assert outcome.status == 0
    assert "accepted" not in outcome.stdout


def test_a_chain_is_verified_although_its_profile_is_gone(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 2)
    delete(stack, profile_key(workspace_id))

    outcome = run("verify", workspace_id)

    assert outcome.status == 0
    assert f"{workspace_id} is valid: 2 records in 1 segment." in outcome.stdout


def test_a_restored_copy_is_compared_with_its_own_usage(stack: Stack, workspace_id: str) -> None:
    client = stack.table.client
    backup = client.create_backup(TableName=stack.table.name, BackupName="after")["BackupDetails"]
    client.restore_table_from_backup(TargetTableName="restored", BackupArn=backup["BackupArn"])
    delete(stack, profile_key(workspace_id))

    outcome = run("verify", workspace_id, "--table", "restored")

    assert outcome.status == 1
    assert "chain_missing" in outcome.stdout


def test_what_cannot_be_read_is_an_error_and_never_missing_evidence(
    stack: Stack, workspace_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first query reads the length of the chain, the second the chain."""
    monkeypatch.setattr(command, "find_stack", lambda _: stack)
    index, usage = [None, None, TIMEOUT], [None, None, None, "AccessDeniedException"]
    for answers in (index, usage):
        with answering(stack.table.client, "Query", *answers) as left:
            outcome = run("verify", workspace_id)
        assert left == []
        assert outcome.status == 2
        assert outcome.stdout == ""


def test_show_says_that_a_chain_is_missing(stack: Stack, workspace_id: str) -> None:
    shown = run("workspace", "show", workspace_id).stdout
    facts = json.loads(run("workspace", "show", workspace_id, "--json").stdout)

    assert "missing: 4 events were accepted" in shown
    assert "no records yet" not in shown
    assert (facts["head"], facts["missing"][:24]) == (None, "4 events were accepted, ")
    new = json.loads(run("workspace", "show", a_workspace(), "--json").stdout)
    assert (new["head"], new["missing"]) == (None, None)
