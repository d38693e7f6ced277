"""Workspaces, keys and policies on each engine: an operator's changes apply immediately."""

from __future__ import annotations

import pytest
from indelible.accounts.keys import READ, WRITE, ApiKey, digest, prefix_of
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy, Workspace
from indelible.aws.api_keys import DynamoDBKeys, create_key, list_active_keys, list_keys, revoke_key
from indelible.aws.policy_changes import set_policy
from indelible.aws.table import Table, api_key_key, key, workspace_pk
from indelible.aws.workspaces import create_workspace, get_workspace, list_workspaces
from indelible.errors import Conflict, NotFound, Unavailable
from support.aws_faults import answering, before

NOW = 1_795_466_588_123_456
STRICT = Policy(Limits(7, 70), ("203.0.113.0/24", "2001:db8::/32"))


@pytest.fixture
def workspace(table: Table) -> Workspace:
    return create_workspace(table, "Acme 🦆", Policy(), NOW)


def new_key(table: Table, workspace: Workspace, now: int = NOW) -> str:
    return create_key(table, workspace.id, "ci", frozenset({WRITE}), now)


def found(table: Table, secret: str) -> ApiKey:
    stored = DynamoDBKeys(table).find(prefix_of(secret))
    assert stored is not None
    return stored


def test_a_created_workspace_is_found_unchanged(table: Table) -> None:
    made = create_workspace(table, "Acme 🦆", STRICT, NOW)
    assert get_workspace(table, made.id) == made
    assert made == Workspace(made.id, "Acme 🦆", STRICT, NOW)
    assert (made.id, "Acme 🦆", NOW) in list_workspaces(table)


def test_workspaces_are_listed_oldest_first(table: Table) -> None:
    made = [create_workspace(table, str(at), Policy(), at).id for at in (NOW + 2, NOW, NOW + 1)]
    listed = [each for each, _, _ in list_workspaces(table) if each in made]
    assert listed == [made[1], made[2], made[0]]


def test_an_absent_workspace_is_not_found(table: Table) -> None:
    for act in (
        lambda: get_workspace(table, "ws_none"),
        lambda: list_keys(table, "ws_none"),
        lambda: create_key(table, "ws_none", "ci", frozenset({WRITE}), NOW),
        lambda: set_policy(table, "ws_none", STRICT),
    ):
        with pytest.raises(NotFound, match="no workspace ws_none; `indelible workspace list`"):
            act()


def test_a_key_is_found_by_its_prefix(table: Table, workspace: Workspace) -> None:
    secret = create_key(table, workspace.id, "ci", frozenset({WRITE, READ}), NOW)
    assert found(table, secret) == ApiKey(
        prefix=secret[:20],
        workspace_id=workspace.id,
        secret_sha256=digest(secret),
        label="ci",
        scopes=frozenset({WRITE, READ}),
        created_at=NOW,
        revoked_at=None,
        policy=Policy(),
    )
    assert DynamoDBKeys(table).find("imk_" + "0" * 16) is None


def test_the_secret_is_stored_nowhere(table: Table, workspace: Workspace) -> None:
    secret = new_key(table, workspace)
    pages = table.client.get_paginator("scan").paginate(TableName=table.name)
    stored = repr([item for page in pages for item in page["Items"]])
    assert secret[:20] in stored
    assert secret not in stored
    assert secret[20:] not in stored


def test_keys_are_listed_oldest_first(table: Table, workspace: Workspace) -> None:
    secrets = [new_key(table, workspace, at) for at in (NOW + 2, NOW, NOW + 1)]
    other = create_workspace(table, "other", Policy(), NOW)
    new_key(table, other)
    listed = [each.prefix for each in list_keys(table, workspace.id)]
    assert listed == [secrets[1][:20], secrets[2][:20], secrets[0][:20]]


def test_a_revoked_key_is_revoked_immediately_and_permanently(
    table: Table, workspace: Workspace
) -> None:
    secret = new_key(table, workspace)
    assert revoke_key(table, secret[:20], NOW + 1).revoked_at == NOW + 1
    assert found(table, secret).revoked_at == NOW + 1
    assert revoke_key(table, secret[:20], NOW + 2).revoked_at == NOW + 1
    assert list_active_keys(table, workspace.id) == []
    assert [each.revoked_at for each in list_keys(table, workspace.id)] == [NOW + 1]


def test_an_absent_key_cannot_be_revoked(table: Table) -> None:
    with pytest.raises(NotFound, match="no key with the prefix imk_x; `indelible key list`"):
        revoke_key(table, "imk_x", NOW)
    with pytest.raises(NotFound):
        revoke_key(table, "imk_x", NOW)  # the first attempt has not created one


def test_a_policy_reaches_every_active_key(table: Table, workspace: Workspace) -> None:
    active = [new_key(table, workspace) for _ in range(3)]
    revoked = new_key(table, workspace)
    revoke_key(table, revoked[:20], NOW)
    set_policy(table, workspace.id, STRICT)
    assert get_workspace(table, workspace.id).policy == STRICT
    assert [found(table, secret).policy for secret in active] == [STRICT] * 3
    assert found(table, revoked).policy == Policy()
    assert found(table, new_key(table, workspace)).policy == STRICT


def test_a_policy_change_leaves_everything_else_unchanged(
    table: Table, workspace: Workspace
) -> None:
    secret = new_key(table, workspace)
    old = found(table, secret)
    set_policy(table, workspace.id, STRICT)
    set_policy(table, workspace.id, Policy())
    assert found(table, secret) == old
    assert get_workspace(table, workspace.id) == workspace


def test_a_key_created_during_a_policy_change_gets_the_new_policy(
    table: Table, workspace: Workspace
) -> None:
    """The change is written after the new key, from a list of keys read before."""
    with (
        before(table.client, "TransactWriteItems", lambda: new_key(table, workspace)),
        pytest.raises(Conflict, match="try again"),
    ):
        set_policy(table, workspace.id, STRICT)
    [made] = list_active_keys(table, workspace.id)
    assert made.policy == get_workspace(table, workspace.id).policy == Policy()


def test_a_policy_change_during_the_creation_of_a_key_reaches_the_key(
    table: Table, workspace: Workspace
) -> None:
    with (
        before(table.client, "TransactWriteItems", lambda: set_policy(table, workspace.id, STRICT)),
        pytest.raises(Conflict, match="try again"),
    ):
        new_key(table, workspace)
    assert list_keys(table, workspace.id) == []
    assert get_workspace(table, workspace.id).policy == STRICT


def test_two_policy_changes_do_not_mix(table: Table, workspace: Workspace) -> None:
    secret = new_key(table, workspace)
    other = Policy(Limits(8, 80))
    with (
        before(table.client, "TransactWriteItems", lambda: set_policy(table, workspace.id, other)),
        pytest.raises(Conflict),
    ):
        set_policy(table, workspace.id, STRICT)
    assert get_workspace(table, workspace.id).policy == found(table, secret).policy == other


def copy_key(table: Table, workspace: Workspace, secret: str, copies: int) -> list[str]:
    """Create keys without reading all existing ones, which is quick; returns their prefixes."""
    item = table.client.get_item(TableName=table.name, Key=api_key_key(secret[:20]))["Item"]
    prefixes = [f"imk_{n:016d}" for n in range(copies)]
    for prefix in prefixes:
        pointer = key(workspace_pk(workspace.id), f"KEY#{prefix}")
        for each in ({**item, **api_key_key(prefix)}, pointer):
            table.client.put_item(TableName=table.name, Item=each)
    return prefixes


def test_a_workspace_has_at_most_fifty_keys_and_a_policy_reaches_all(
    table: Table, workspace: Workspace
) -> None:
    secret = new_key(table, workspace)
    prefixes = [secret[:20], *copy_key(table, workspace, secret, copies=48)]
    prefixes.append(new_key(table, workspace)[:20])
    with pytest.raises(Conflict, match="50 keys; revoke one first"):
        new_key(table, workspace)
    set_policy(table, workspace.id, STRICT)
    active = list_active_keys(table, workspace.id)
    assert {each.prefix for each in active} == set(prefixes)
    assert {each.policy for each in active} == {STRICT}
    revoke_key(table, prefixes[0], NOW)
    new_key(table, workspace)


def test_a_failed_call_is_never_treated_as_an_unknown_key(
    table: Table, workspace: Workspace
) -> None:
    secret = new_key(table, workspace)
    with answering(table.client, "GetItem", "ThrottlingException"), pytest.raises(Unavailable):
        found(table, secret)
