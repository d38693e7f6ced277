"""`indelible key` against a stack in moto."""

from __future__ import annotations

import json

import pytest
from indelible.accounts.keys import KEY_PREFIX_LENGTH, check_key
from indelible.accounts.limits import Charge, Limits
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.table import string, usage_key
from indelible.aws.usage import DynamoDBUsage
from indelible.cli.stack import Stack
from indelible.errors import Unauthenticated
from indelible.times import parse_iso_8601
from integration.command_line import a_workspace, run


def opens(stack: Stack, secret: str) -> bool:
    try:
        check_key(secret, DynamoDBKeys(stack.table).find(secret[:KEY_PREFIX_LENGTH]))
    except Unauthenticated:
        return False
    return True


def test_the_secret_is_shown_once_and_stored_nowhere(stack: Stack) -> None:
    workspace_id = a_workspace()

    outcome = run("key", "create", workspace_id, "--label", "billing")

    secret = outcome.stdout.strip()
    assert opens(stack, secret)
    assert (outcome.stdout + outcome.stderr).count(secret) == 1
    assert "cannot be shown again" in outcome.stderr
    stored = repr(stack.table.client.scan(TableName=stack.table.name)["Items"])
    assert secret[:KEY_PREFIX_LENGTH] in stored
    assert secret[KEY_PREFIX_LENGTH:] not in stored
    shown = (
        run("key", "list", workspace_id).stdout + run("key", "list", workspace_id, "--json").stdout
    )
    assert secret[:KEY_PREFIX_LENGTH] in shown
    assert secret[KEY_PREFIX_LENGTH:] not in shown


def test_a_label_has_at_most_200_characters(stack: Stack) -> None:
    """A longer one would widen every list of keys, and every log line of the key's requests."""
    workspace_id = a_workspace()
    refused = run("key", "create", workspace_id, "--label", "l" * 201)
    assert refused.status == 2
    assert "at most 200 characters, not 201" in refused.stderr
    assert "valid UTF-8" in run("key", "create", workspace_id, "--label", "\udcff").stderr
    assert run("key", "create", workspace_id, "--label", "l" * 200).status == 0
    listed = json.loads(run("key", "list", workspace_id, "--json").stdout)
    assert [each["label"] for each in listed] == ["l" * 200]


def test_a_key_has_the_requested_scopes_or_both_by_default(stack: Stack) -> None:
    workspace_id = a_workspace()
    run("key", "create", workspace_id, "--label", "writer", "--scope", "events:write")
    run("key", "create", workspace_id, "--scope", "events:read", "--scope", "events:write")
    answer = json.loads(run("key", "create", workspace_id, "--json").stdout)
    run("key", "create", workspace_id, "--scope", "viewer:create")
    run("key", "create", workspace_id, "--scope", "viewer:create:all", "--scope", "events:read")

    listed = json.loads(run("key", "list", workspace_id, "--json").stdout)

    assert opens(stack, answer["api_key"])
    assert [each["scopes"] for each in listed] == [
        ["events:write"],
        ["events:read", "events:write"],
        ["events:read", "events:write"],
        ["viewer:create"],
        ["events:read", "viewer:create:all"],
    ]
    assert listed[0]["label"] == "writer"
    assert listed[0]["revoked_at"] is None
    assert run("key", "create", workspace_id, "--scope", "events:delete").status == 2


@pytest.mark.parametrize("characters", [KEY_PREFIX_LENGTH, None])
def test_a_revoked_key_opens_nothing_and_revoking_again_changes_nothing(
    stack: Stack, characters: int | None
) -> None:
    workspace_id = a_workspace()
    secret = run("key", "create", workspace_id).stdout.strip()
    other = run("key", "create", workspace_id).stdout.strip()

    first = run("key", "revoke", secret[:characters])
    second = run("key", "revoke", secret[:characters])

    assert (first.status, second.status) == (0, 0)
    assert first.stdout == second.stdout
    assert secret[KEY_PREFIX_LENGTH:] not in first.stdout + first.stderr
    assert not opens(stack, secret)
    assert opens(stack, other)
    assert json.loads(run("key", "list", workspace_id, "--json").stdout)[0]["revoked_at"]


def test_list_shows_the_minute_in_which_a_key_last_posted(stack: Stack) -> None:
    workspace_id = a_workspace()
    used = run("key", "create", workspace_id, "--label", "used").stdout[:KEY_PREFIX_LENGTH]
    run("key", "create", workspace_id, "--label", "unused")
    long_ago = parse_iso_8601("2025-01-31T23:59:59Z")
    DynamoDBUsage(stack.table).reserve(workspace_id, used, Charge(1), Limits(), long_ago)

    listed = json.loads(run("key", "list", workspace_id, "--json").stdout)
    table = run("key", "list", workspace_id).stdout

    assert [each["last_used_at"] for each in listed] == ["2025-01-31T23:59Z", None]
    assert "last_used_at" in table.splitlines()[0]
    assert "2025-01-31T23:59Z" in table


def test_list_fails_when_it_cannot_know_the_last_use(stack: Stack) -> None:
    """A `-` would look as if the key could be revoked."""
    workspace_id = a_workspace()
    secret = run("key", "create", workspace_id).stdout
    item = {**usage_key(workspace_id, "2026-11"), secret[:KEY_PREFIX_LENGTH]: string("never")}
    stack.table.client.put_item(TableName=stack.table.name, Item=item)

    outcome = run("key", "list", workspace_id)

    assert (outcome.status, outcome.stdout) == (1, "")
    assert "last use" in outcome.stderr


def test_an_invalid_key_is_refused_and_not_echoed(stack: Stack) -> None:
    for mistyped in ("imk_" + 47 * "a", "", "imk_" + 48 * "-"):
        outcome = run("key", "revoke", mistyped)
        assert outcome.status == 2
        assert not mistyped or mistyped not in outcome.stdout + outcome.stderr


def test_an_unknown_key_or_workspace_gives_one_sentence(stack: Stack) -> None:
    for arguments in (["create", "ws_none"], ["list", "ws_none"], ["revoke", "imk_" + 16 * "a"]):
        outcome = run("key", *arguments)
        assert outcome.status == 1
        assert outcome.stdout == ""
        assert len(outcome.stderr.splitlines()) == 1
