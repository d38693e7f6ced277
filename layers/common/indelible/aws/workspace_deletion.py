"""Deleting a workspace that never had an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Conflict, Unreadable
from ..times import SECOND
from .api_keys import list_keys
from .clients import unavailable_on_failure, write_together
from .ledger import DynamoDBLedger
from .table import Table, api_key_key, key, number, number_of, profile_key, workspace_pk
from .usage import DynamoDBUsage
from .workspaces import pointer_key, read_profile

if TYPE_CHECKING:
    from ..accounts.keys import ApiKey

LAST_REQUESTS = 300 * SECOND
"""How long after its revocation a key may still be in use, in microseconds. Ingest ends a request
after 15 seconds. The rest is for clocks that differ."""


def delete_workspace(table: Table, workspace_id: str, now: int) -> None:
    """Delete a workspace and its keys. `now` is in microseconds.

    No accepted event is lost. Without a key that is not revoked, no new request is accepted. The
    last accepted requests have ended, because the keys were revoked long enough ago. Ingest
    reserves an event before it sends it to the queue. So if no event was ever reserved by then,
    none can be in the queue. A key that is created meanwhile changes the revision of the profile,
    which is the condition of deleting it. Keys are deleted first, so the call can be repeated after
    a failure.

    Raises Conflict, which says what to do, when the workspace has an active key or ever had an
    event. Raises NotFound and Unavailable.
    """
    profile = read_profile(table, workspace_id)
    keys = list_keys(table, workspace_id)
    _require_no_event(table, workspace_id)  # first: nobody should revoke keys in vain
    _require_revoked(keys, now)
    for each in keys:
        for place in (
            api_key_key(each.prefix),
            key(workspace_pk(workspace_id), f"KEY#{each.prefix}"),
        ):
            with unavailable_on_failure("DynamoDB"):
                table.client.delete_item(TableName=table.name, Key=place)
    write_together(
        table,
        [
            {
                "Delete": {
                    "TableName": table.name,
                    "Key": profile_key(workspace_id),
                    "ConditionExpression": "revision = :read",
                    "ExpressionAttributeValues": {":read": number(number_of(profile, "revision"))},
                }
            },
            {"Delete": {"TableName": table.name, "Key": pointer_key(workspace_id)}},
        ],
    )


def _require_revoked(keys: list[ApiKey], now: int) -> None:
    """Raise Conflict unless all keys were revoked long enough ago."""
    if active := [each.prefix for each in keys if each.revoked_at is None]:
        raise Conflict(
            f"The workspace has keys that are not revoked: {', '.join(active)}. "
            "Revoke them with `indelible key revoke` first."
        )
    last = max((each.revoked_at or 0 for each in keys), default=0)
    if now < last + LAST_REQUESTS:
        raise Conflict(
            "The last key was revoked less than five minutes ago, so a request may still be under "
            "way. Run the command again later."
        )


def _require_no_event(table: Table, workspace_id: str) -> None:
    """Raise Conflict when the workspace has a segment, or an event was ever reserved."""
    try:
        has_records = DynamoDBLedger(table).newest(workspace_id) is not None
    except Unreadable:
        has_records = True
    if has_records:
        raise Conflict("The workspace has events. A chain is never deleted; revoke its keys.")
    if DynamoDBUsage(table).was_ever_charged(workspace_id):
        raise Conflict(
            "Events of the workspace were accepted. They may be in a queue, or were chained and "
            "lost: run `indelible verify`. Such a workspace cannot be deleted; revoke its keys."
        )
