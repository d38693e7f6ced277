"""Changes of a policy: a workspace's limits and allowlist. Each of its API keys holds a copy.

So ingest reads one item to authenticate and limit a request. A change of the policy rewrites the
profile and every active key in one transaction. `create_key` checks, in its own transaction, that
the profile from which it copied has not changed (`revision`).
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

    Raises NotFound for an unknown workspace, Conflict when the policy or a key was changed at the
    same time, and Unavailable. After Unavailable, the change may have been made; repeat the call.
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
