"""Policies: a workspace's limits and allowlist, of which each of its keys carries a copy.

Ingest reads one item to know a caller: the key, with the policy in it. So whatever changes the
policy rewrites the profile and every unrevoked key in one transaction, and whatever makes a key
checks in its transaction that the profile is the one it copied from (`revision`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..accounts.workspace import Policy
from .api_keys import list_active_keys
from .clients import write_together
from .table import Table, api_key_key, profile_key
from .workspaces import attributes_of_policy, bump_revision, read_profile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def set_policy(table: Table, workspace_id: str, policy: Policy) -> None:
    """Replace a workspace's policy, from the next request on.

    NotFound when there is no such workspace, Conflict when a key was made or the policy was
    changed meanwhile.
    """
    profile = read_profile(table, workspace_id)
    keys = list_active_keys(table, workspace_id)
    changes = attributes_of_policy(policy)
    write_together(
        table,
        [
            bump_revision(table, profile_key(workspace_id), profile, changes),
            *(_copy_policy(table, each.prefix, policy) for each in keys),
        ],
    )


def _copy_policy(table: Table, prefix: str, policy: Policy) -> TransactWriteItemTypeDef:
    attributes = attributes_of_policy(policy)
    return {
        "Update": {
            "TableName": table.name,
            "Key": api_key_key(prefix),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeNames": {f"#{name}": name for name in attributes},
            "ExpressionAttributeValues": {f":{name}": v for name, v in attributes.items()},
        }
    }
