"""`indelible workspace rename` and `delete`: what may change, and what may not be lost."""

from __future__ import annotations

import json
import time

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.accounts.workspace import MAX_NAME
from indelible.aws import workspace_deletion
from indelible.aws.api_keys import create_key, revoke_key
from indelible.aws.usage import DynamoDBUsage
from indelible.aws.workspace_deletion import delete_workspace
from indelible.cli.stack import Stack
from indelible.errors import Conflict
from integration.command_line import a_workspace, chain_events, run
from support.builders import KEY_PREFIX, MINUTE, SECOND


def now() -> int:
    return time.time_ns() // 1_000


def names() -> list[str]:
    return [each["name"] for each in json.loads(run("workspace", "list", "--json").stdout)]


def items(stack: Stack) -> int:
    return stack.table.client.scan(TableName=stack.table.name)["Count"]


def test_a_renamed_workspace_is_listed_and_shown_by_its_new_name(stack: Stack) -> None:
    workspace_id = a_workspace("Acme")
    secret = run("key", "create", workspace_id).stdout.strip()
    done = run("workspace", "rename", workspace_id, "Acme Corporation")
    assert done.status == 0, done.stderr
    assert names() == ["Acme Corporation"]
    assert "Acme Corporation" in run("workspace", "show", workspace_id).stdout
    assert secret[:20] in run("key", "list", workspace_id).stdout
    assert run("workspace", "rename", "ws_unknown", "x").status == 1


@pytest.mark.parametrize("name", ["n" * (MAX_NAME + 1), " ", "", "not UTF-8: \udcff"])
def test_a_name_has_at_most_200_characters_and_is_not_blank(stack: Stack, name: str) -> None:
    workspace_id = a_workspace("n" * MAX_NAME)
    for arguments in (["create", name], ["rename", workspace_id, name]):
        refused = run("workspace", *arguments)
        assert refused.status == 2
        assert "must" in refused.stderr
    assert names() == ["n" * MAX_NAME]


def test_the_name_in_a_question_cannot_control_the_terminal(stack: Stack) -> None:
    workspace_id = a_workspace("Acme\x1b[2K")
    asked = run("workspace", "delete", workspace_id, answer="n\n")
    assert asked.status == 1
    assert "(Acme\\x1b[2K)" in asked.stdout + asked.stderr


def test_a_workspace_without_events_is_deleted_with_its_keys(stack: Stack) -> None:
    workspace_id, other = a_workspace(), a_workspace("Other")
    for _ in range(3):
        secret = create_key(stack.table, workspace_id, "", frozenset(["events:read"]), now())
        revoke_key(stack.table, secret[:20], now() - 6 * MINUTE)
    done = run("workspace", "delete", workspace_id, "--yes")
    assert done.status == 0, done.stderr
    assert names() == ["Other"]
    assert run("workspace", "show", workspace_id).status == 1
    assert items(stack) == 2, "the profile and the pointer of the other workspace"
    assert run("workspace", "show", other).status == 0


def test_deleting_asks_first(stack: Stack) -> None:
    workspace_id = a_workspace()
    assert run("workspace", "delete", workspace_id, answer="n\n").status == 1
    assert names() == ["Acme"]
    assert run("workspace", "delete", workspace_id, answer="y\n").status == 0
    assert names() == []


def test_a_workspace_with_an_active_or_a_just_revoked_key_is_not_deleted(stack: Stack) -> None:
    """A request that was authenticated before may still send its events to the queue."""
    workspace_id = a_workspace()
    secret = run("key", "create", workspace_id).stdout.strip()
    refused = run("workspace", "delete", workspace_id, "--yes")
    assert refused.status == 1
    assert f"not revoked: {secret[:20]}" in refused.stderr
    revoke_key(stack.table, secret[:20], now() - 4 * MINUTE)
    refused = run("workspace", "delete", workspace_id, "--yes")
    assert refused.status == 1
    assert "less than five minutes ago" in refused.stderr
    assert names() == ["Acme"]


def test_a_workspace_with_a_chain_is_never_deleted(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 1)
    refused = run("workspace", "delete", workspace_id, "--yes")
    assert refused.status == 1
    assert "A chain is never deleted" in refused.stderr


@pytest.mark.parametrize("is_chained", [True, False])
def test_nobody_is_told_to_revoke_the_keys_of_a_workspace_that_stays(
    stack: Stack, is_chained: bool
) -> None:
    workspace_id = a_workspace()
    assert run("key", "create", workspace_id).status == 0
    if is_chained:
        chain_events(stack, workspace_id, 1)
    else:
        DynamoDBUsage(stack.table).reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), now())
    refused = run("workspace", "delete", workspace_id, "--yes")
    assert refused.status == 1
    assert "events" in refused.stderr.lower()
    assert "not revoked" not in refused.stderr


@pytest.mark.parametrize("given_back", [0, 1, 3])
def test_a_workspace_whose_events_were_ever_counted_is_not_deleted(
    stack: Stack, given_back: int
) -> None:
    """They may be in a queue. Giving events back may subtract too many, when replies are lost."""
    workspace_id, usage = a_workspace(), DynamoDBUsage(stack.table)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), now())
    if given_back:
        usage.give_back(workspace_id, given_back, now())
    refused = run("workspace", "delete", workspace_id, "--yes")
    assert refused.status == 1
    assert "may be in a queue" in refused.stderr
    assert names() == ["Acme"]


def test_a_key_that_is_created_at_the_same_time_keeps_the_workspace(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = a_workspace()
    check = workspace_deletion._require_no_event

    def check_late(*args: object) -> None:
        check(*args)  # type: ignore[arg-type]
        create_key(stack.table, workspace_id, "", frozenset(["events:write"]), now())

    monkeypatch.setattr(workspace_deletion, "_require_no_event", check_late)
    with pytest.raises(Conflict, match="at the same time"):
        delete_workspace(stack.table, workspace_id, now() + SECOND)
    assert run("workspace", "show", workspace_id).status == 0
