"""Workspaces as items: a profile for each, and a pointer for listing it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..accounts.limits import Limits
from ..accounts.workspace import Policy, Workspace
from ..errors import NotFound
from ..identifiers import new_workspace_id
from ..times import format_time, parse_time
from .clients import unavailable_on_failure, write_together
from .table import (
    WORKSPACES,
    Table,
    damaged_unless_readable,
    key,
    number,
    number_of,
    profile_key,
    string,
    text_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from .table import Item, ReadItem


def create_workspace(table: Table, name: str, policy: Policy, now: int) -> Workspace:
    """Make a workspace. `now` is in microseconds. Raises Unavailable."""
    workspace = Workspace(new_workspace_id(), name, policy, now)
    described = {"name": string(name), "created_at": string(format_time(now))}
    profile = {
        **profile_key(workspace.id),
        **described,
        **attributes_of_policy(policy),
        "revision": number(1),
    }
    pointer = {**pointer_key(workspace.id), **described}
    absent = "attribute_not_exists(pk)"
    write_together(
        table,
        [
            {"Put": {"TableName": table.name, "Item": each, "ConditionExpression": absent}}
            for each in (profile, pointer)
        ],
    )
    return workspace


def list_workspaces(table: Table) -> list[tuple[str, str, int]]:
    """The id, name and created_at (microseconds) of every workspace, oldest first."""
    return sorted(map(_listed, _pointers(table)), key=lambda each: each[2])


def list_workspace_ids(table: Table) -> list[str]:
    """The id of every workspace, in order, even if the other values of its pointer are damaged."""
    return sorted(map(_id_in, _pointers(table)))


class ListedWorkspaces:
    """Implements `watching.ports.ListedWorkspaces`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ids(self) -> list[str]:
        """The id of every workspace, in order."""
        return list_workspace_ids(self._table)


def _pointers(table: Table) -> list[ReadItem]:
    with unavailable_on_failure("DynamoDB"):
        pages = table.client.get_paginator("query").paginate(
            TableName=table.name,
            KeyConditionExpression="pk = :all",
            ExpressionAttributeValues={":all": string(WORKSPACES)},
        )
        return [item for page in pages for item in page["Items"]]


def _id_in(pointer: ReadItem) -> str:
    return text_of(pointer, "sk").removeprefix("WORKSPACE#")


def _listed(pointer: ReadItem) -> tuple[str, str, int]:
    with damaged_unless_readable("pointer to a workspace"):
        return (
            _id_in(pointer),
            text_of(pointer, "name"),
            parse_time(text_of(pointer, "created_at")),
        )


def get_workspace(table: Table, workspace_id: str) -> Workspace:
    """A workspace by its id. NotFound when there is none, DamagedItem when it is unreadable."""
    profile = read_profile(table, workspace_id)
    with damaged_unless_readable("workspace"):
        created_at = parse_time(text_of(profile, "created_at"))
        return Workspace(workspace_id, text_of(profile, "name"), policy_of(profile), created_at)


def read_profile(table: Table, workspace_id: str) -> ReadItem:
    """The item of a workspace's profile. NotFound when there is none."""
    with unavailable_on_failure("DynamoDB"):
        answer = table.client.get_item(
            TableName=table.name, Key=profile_key(workspace_id), ConsistentRead=True
        )
    if "Item" not in answer:
        raise NotFound(
            f"There is no workspace {workspace_id}; `indelible workspace list` shows them."
        )
    return answer["Item"]


def rename_workspace(table: Table, workspace_id: str, name: str) -> None:
    """Give a workspace another name.

    Raises NotFound, Unavailable, or Conflict when the workspace was changed at the same time.
    """
    profile = read_profile(table, workspace_id)
    pointer: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table.name,
            "Key": pointer_key(workspace_id),
            "UpdateExpression": "SET #name = :name",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeNames": {"#name": "name"},
            "ExpressionAttributeValues": {":name": string(name)},
        }
    }
    changes: Item = {"name": string(name)}
    write_together(
        table, [bump_revision(table, profile_key(workspace_id), profile, changes), pointer]
    )


def pointer_key(workspace_id: str) -> Item:
    """The key of the item by which a workspace is listed."""
    return key(WORKSPACES, f"WORKSPACE#{workspace_id}")


def bump_revision(
    table: Table, profile: Item, read: ReadItem, changes: Item | None = None
) -> TransactWriteItemTypeDef:
    """The write that changes a profile, on condition that nobody has changed it since `read`."""
    names = {f"#{name}": name for name in changes or {}}
    values: Item = {f":{name}": value for name, value in (changes or {}).items()}
    assignments = ", ".join(
        ["revision = revision + :one", *(f"#{n} = :{n}" for n in changes or {})]
    )
    update: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table.name,
            "Key": profile,
            "UpdateExpression": f"SET {assignments}",
            "ConditionExpression": "revision = :revision",
            "ExpressionAttributeValues": {
                **values,
                ":one": number(1),
                ":revision": number(number_of(read, "revision")),
            },
        }
    }
    if names:
        update["Update"]["ExpressionAttributeNames"] = names
    return update


def attributes_of_policy(policy: Policy) -> Item:
    """A policy as attributes of a profile or a key."""
    return {
        "requests_per_minute": number(policy.limits.requests_per_minute),
        "events_per_month": number(policy.limits.events_per_month),
        "bytes_per_minute": number(policy.limits.bytes_per_minute),
        "repeats_per_minute": number(policy.limits.repeats_per_minute),
        "allowlist": {"L": [string(network) for network in policy.allowlist]},
    }


def policy_of(item: ReadItem) -> Policy:
    """The policy in a profile or a key. DamagedItem when it is missing or unreadable.

    Older items lack the limits that were added later.
    """
    with damaged_unless_readable("policy"):
        limits = Limits(number_of(item, "requests_per_minute"), number_of(item, "events_per_month"))
        if "bytes_per_minute" in item:
            limits = replace(
                limits,
                bytes_per_minute=number_of(item, "bytes_per_minute"),
                repeats_per_minute=number_of(item, "repeats_per_minute"),
            )
        return Policy(limits, tuple(network["S"] for network in item["allowlist"]["L"]))
