"""`indelible verify --all` verifies every workspace, whatever is wrong with another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.aws.table import binary, chain_pk, key, segment_sk
from indelible.aws.usage import DynamoDBUsage
from indelible.aws.workspaces import pointer_key
from indelible.cli import verify_all as command
from indelible.cli.stack import Stack
from indelible.cli.verify_table import verify_table
from indelible.errors import Unavailable
from integration.command_line import Outcome, a_workspace, chain_events, run
from support.builders import KEY_PREFIX, NOON


def change_prefixes(stack: Stack, workspace_id: str) -> None:
    """Change the leaf prefix of the chain's first record."""
    stack.table.client.update_item(
        TableName=stack.table.name,
        Key=key(chain_pk(workspace_id), segment_sk(1)),
        UpdateExpression="SET leaf_prefixes = :other",
        ExpressionAttributeValues={":other": binary(b"none")},
    )


def as_json(outcome: Outcome) -> tuple[dict[str, Any], dict[str, Any]]:
    """The object without its workspaces, and the workspaces by id."""
    found = json.loads(outcome.stdout)
    return found, {each["workspace_id"]: each for each in found.pop("workspaces")}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_all_chains_are_valid(stack: Stack, jobs: str) -> None:
    first, second, empty = a_workspace(), a_workspace(), a_workspace()
    chain_events(stack, first, 3, 2)
    *_, last = chain_events(stack, second, 4)

    outcome = run("verify", "--all", "--jobs", jobs)
    whole, each = as_json(run("verify", "--all", "--json", "--jobs", jobs))

    assert outcome.status == 0
    assert "3 workspaces: 3 valid; 9 records in 3 segments." in outcome.stdout
    assert f"4:{last.event_hash.hex()}" in outcome.stdout
    assert whole.pop("seconds") >= 0
    assert whole == {"valid": True, "records": 9, "segments": 3, "broken": 0, "not_verified": 0}
    assert each.keys() == {first, second, empty}
    assert each[second]["head"] == {"sequence": 4, "event_hash": last.event_hash.hex()}
    assert each[empty]["head"] is None


def test_each_workspace_has_the_object_of_a_single_one(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 2)
    change_prefixes(stack, workspace_id)

    _, each = as_json(run("verify", "--all", "--json"))
    alone = json.loads(run("verify", workspace_id, "--json").stdout)

    assert {**each[workspace_id], "seconds": 0} == {**alone, "seconds": 0, "failure": None}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_broken_chain_does_not_stop_the_others(stack: Stack, jobs: str) -> None:
    workspaces = sorted(a_workspace() for _ in range(3))
    for each in workspaces:
        chain_events(stack, each, 1)
    change_prefixes(stack, workspaces[1])

    outcome = run("verify", "--all", "--jobs", jobs)
    whole, found = as_json(run("verify", "--all", "--json", "--jobs", jobs))

    assert outcome.status == 1
    assert "3 workspaces: 2 valid, 1 broken; 3 records in 3 segments." in outcome.stdout
    assert f"{workspaces[1]} is broken in 1 place." in outcome.stdout
    assert "hash_mismatch" in outcome.stdout
    assert (whole["valid"], whole["broken"], whole["not_verified"]) == (False, 1, 0)
    assert [found[each]["valid"] for each in workspaces] == [True, False, True]
    assert found[workspaces[1]]["breaks"][0]["type"] == "hash_mismatch"


@pytest.mark.parametrize("error", [Unavailable("DynamoDB did not answer"), ZeroDivisionError()])
@pytest.mark.parametrize("is_broken", [False, True])
def test_a_chain_that_cannot_be_verified_does_not_stop_the_others(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, error: Exception, is_broken: bool
) -> None:
    """Not even a bug of ours does. A broken chain decides the exit status."""
    workspaces = sorted(a_workspace() for _ in range(3))
    for each in workspaces:
        chain_events(stack, each, 1)
    if is_broken:
        change_prefixes(stack, workspaces[2])

    def failing(table: Any, workspace_id: str, *arguments: Any) -> Any:
        if workspace_id == workspaces[0]:
            raise error
        return verify_table(table, workspace_id, *arguments)

    monkeypatch.setattr(command, "verify_table", failing)
    outcome = run("verify", "--all")
    whole, found = as_json(run("verify", "--all", "--json"))

    assert outcome.status == (1 if is_broken else 2)
    assert f"{workspaces[0]} could not be verified." in outcome.stdout
    assert (whole["valid"], whole["not_verified"]) == (False, 1)
    assert [found[each]["valid"] for each in workspaces] == [None, True, not is_broken]
    assert (str(error) or repr(error)) in found[workspaces[0]]["failure"]


def test_a_chain_that_was_deleted_is_broken(stack: Stack) -> None:
    """What is stored beside each chain is looked at, too."""
    deleted, kept = a_workspace(), a_workspace()
    chain_events(stack, kept, 1)
    DynamoDBUsage(stack.table).reserve(deleted, KEY_PREFIX, Charge(3), Limits(), NOON)

    outcome = run("verify", "--all", "--json")
    _, found = as_json(outcome)

    assert outcome.status == 1
    assert [each["type"] for each in found[deleted]["breaks"]] == ["chain_missing"]
    assert found[kept]["valid"] is True


def test_a_damaged_pointer_does_not_hide_a_workspace(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 1)
    stack.table.client.put_item(TableName=stack.table.name, Item=pointer_key(workspace_id))

    assert run("workspace", "list").status == 1
    assert run("verify", "--all").status == 0
    assert as_json(run("verify", "--all", "--json"))[1].keys() == {workspace_id}


def test_a_workspace_without_profile_and_chain_is_not_verified(stack: Stack) -> None:
    client, table = stack.table.client, stack.table.name
    client.put_item(TableName=table, Item=pointer_key("ws_none"))
    outcome = run("verify", "--all", "--json")
    assert outcome.status == 2
    assert as_json(outcome)[1]["ws_none"]["valid"] is None


def test_no_workspace_gives_no_verdict(stack: Stack) -> None:
    outcome = run("verify", "--all")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert "has no workspace" in outcome.stderr


def test_a_restored_table_can_be_verified_whole(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3)
    client = stack.table.client
    backup = client.create_backup(TableName=stack.table.name, BackupName="before")["BackupDetails"]
    client.restore_table_from_backup(TargetTableName="restored", BackupArn=backup["BackupArn"])
    change_prefixes(stack, workspace_id)

    assert run("verify", "--all").status == 1
    assert run("verify", "--all", "--table", "restored").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--all", "ws_4kT9mQ2vXbN7cRd1"),
        ("--all", "--file", "november.ndjson.gz"),
        ("--all", "--expect-head", f"1:{64 * '0'}"),
        ("--jobs", "2", "--file", "november.ndjson.gz"),
        ("--all", "--jobs", "0"),
        ("--all", "--jobs", "65"),
        (),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(stack: Stack, arguments: tuple[str, ...]) -> None:
    outcome = run("verify", *arguments)
    assert outcome.status == 2
    assert "Usage: " in outcome.stderr


def test_an_interrupted_verification_of_all_gives_no_verdict(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    a_workspace()
    monkeypatch.setattr(command, "verify_table", interrupt)
    outcome = run("verify", "--all")
    assert (outcome.status, outcome.stdout) == (130, "")
