"""`indelible workspace rename` and `delete`."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from typing import Annotated

import typer

from ..accounts.workspace import MAX_NAME
from ..runtime.clock import now
from .options import StackName, WorkspaceId, Yes, check_label
from .output import confirm, say
from .stack import find_stack


def _check_name(name: str) -> str:
    if not name.strip():
        raise typer.BadParameter("must not be empty")
    return check_label(name)


WorkspaceName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        callback=_check_name,
        help=f"A name for people, at most {MAX_NAME} characters.",
        show_default=False,
    ),
]


def rename(workspace: WorkspaceId, name: WorkspaceName, stack: StackName = None) -> None:
    """Give a workspace another name. Its id, keys, limits and chain stay.

    Example: `indelible workspace rename ws_4kT9mQ2vXbN7cRd1 "Acme Corporation"`
    """
    from ..aws.workspaces import rename_workspace

    rename_workspace(find_stack(stack).table, workspace, name)
    say(f"{workspace} is now {name}")


def delete(
    workspace: WorkspaceId,
    yes: Yes = False,
    stack: StackName = None,
) -> None:
    """Delete a workspace that never had an event, and its keys.

    Revoke its keys first, and wait five minutes. Then no request can be accepted any more, and the
    events of accepted ones have been counted. The command refuses a workspace with a record in its
    chain, or with an event that was ever counted: it may be in a queue. No accepted event is lost.
    A chain is never deleted.

    Example: `indelible workspace delete ws_4kT9mQ2vXbN7cRd1 --yes`
    """
    from ..aws.workspace_deletion import delete_workspace
    from ..aws.workspaces import get_workspace

    table = find_stack(stack).table
    found = get_workspace(table, workspace)
    if not yes:
        confirm(f"Delete {workspace} ({found.name}) and its keys?")
    delete_workspace(table, workspace, now())
    say(f"{workspace} is deleted.")
