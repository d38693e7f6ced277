"""API keys as items. The functions find them; the operator makes, lists and revokes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..accounts.keys import ApiKey, digest, new_secret, prefix_of
from ..chain.hashes import HASH_BYTES
from ..errors import Conflict, NotFound
from ..identifiers import is_workspace_id
from ..times import format_time, parse_time
from .clients import unavailable_on_failure, write_together
from .table import (
    Table,
    api_key_key,
    binary,
    bytes_of,
    damaged_unless_readable,
    key,
    profile_key,
    string,
    text_of,
    workspace_pk,
)
from .workspaces import attributes_of_policy, bump_revision, policy_of, read_profile

if TYPE_CHECKING:
    from .table import ReadItem

MAX_KEYS = 50
"""Maximum active keys of a workspace. A change of its limits rewrites all in one transaction."""


class DynamoDBKeys:
    """`accounts.keys.Keys`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, prefix: str) -> ApiKey | None:
        """The key with this prefix, revoked or not. The read sees a revocation immediately.

        DamagedItem when the item is not a key.
        """
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=api_key_key(prefix), ConsistentRead=True
            )
        return api_key_of(answer["Item"]) if "Item" in answer else None


def create_key(
    table: Table, workspace_id: str, label: str, scopes: frozenset[str], now: int
) -> str:
    """Make a key and return its secret, which is not stored. `now` is in microseconds.

    NotFound when the workspace does not exist. Conflict when it has too many keys, or was changed
    at the same time.
    """
    profile = read_profile(table, workspace_id)
    if len(list_active_keys(table, workspace_id)) >= MAX_KEYS:
        raise Conflict(f"{workspace_id} has {MAX_KEYS} keys; revoke one first.")
    secret = new_secret()
    prefix = prefix_of(secret)
    item = {
        **api_key_key(prefix),
        "workspace_id": string(workspace_id),
        "secret_sha256": binary(digest(secret)),
        "label": string(label),
        "scopes": {"SS": sorted(scopes)},
        "created_at": string(format_time(now)),
        **attributes_of_policy(policy_of(profile)),
    }
    pointer = key(workspace_pk(workspace_id), f"KEY#{prefix}")
    absent = "attribute_not_exists(pk)"
    write_together(
        table,
        [
            {"Put": {"TableName": table.name, "Item": item, "ConditionExpression": absent}},
            {"Put": {"TableName": table.name, "Item": pointer}},
            bump_revision(table, profile_key(workspace_id), profile),
        ],
    )
    return secret


def list_keys(table: Table, workspace_id: str) -> list[ApiKey]:
    """All keys of a workspace, revoked ones too, oldest first."""
    read_profile(table, workspace_id)
    with unavailable_on_failure("DynamoDB"):
        pages = table.client.get_paginator("query").paginate(
            TableName=table.name,
            KeyConditionExpression="pk = :workspace AND begins_with(sk, :key)",
            ExpressionAttributeValues={
                ":workspace": string(workspace_pk(workspace_id)),
                ":key": string("KEY#"),
            },
            ConsistentRead=True,
        )
        prefixes = [text_of(i, "sk").removeprefix("KEY#") for p in pages for i in p["Items"]]
    found = (DynamoDBKeys(table).find(prefix) for prefix in prefixes)
    return sorted((each for each in found if each), key=lambda each: each.created_at)


def list_active_keys(table: Table, workspace_id: str) -> list[ApiKey]:
    """The keys of a workspace that are not revoked."""
    return [each for each in list_keys(table, workspace_id) if each.revoked_at is None]


def revoke_key(table: Table, prefix: str, now: int) -> ApiKey:
    """Revoke a key, from the next request on. It cannot be undone. `now` is in microseconds.

    NotFound when the key does not exist.
    """
    found = DynamoDBKeys(table).find(prefix)
    if found is None:
        raise NotFound(
            f"There is no key with the prefix {prefix}; `indelible key list` shows them."
        )
    with unavailable_on_failure("DynamoDB"):
        answer = table.client.update_item(
            TableName=table.name,
            Key=api_key_key(prefix),
            UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :now)",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":now": string(format_time(now))},
            ReturnValues="ALL_NEW",
        )
    return api_key_of(answer["Attributes"])


def api_key_of(item: ReadItem) -> ApiKey:
    """A key from its item. DamagedItem when the item is not a key."""
    with damaged_unless_readable("API key"):
        revoked_at = text_of(item, "revoked_at") if "revoked_at" in item else None
        workspace_id, secret_sha256 = text_of(item, "workspace_id"), bytes_of(item, "secret_sha256")
        if not is_workspace_id(workspace_id) or len(secret_sha256) != HASH_BYTES:
            raise ValueError("workspace_id or secret_sha256 is not one")
        return ApiKey(
            prefix=text_of(item, "pk").removeprefix("KEY#"),
            workspace_id=workspace_id,
            secret_sha256=secret_sha256,
            label=text_of(item, "label"),
            scopes=frozenset(item["scopes"]["SS"]),
            created_at=parse_time(text_of(item, "created_at")),
            revoked_at=None if revoked_at is None else parse_time(revoked_at),
            policy=policy_of(item),
        )
