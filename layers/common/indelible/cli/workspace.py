"""`indelible workspace`: create, list, show, limit, rename and delete workspaces."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ..accounts.workspace import Policy, Workspace
from ..runtime.clock import now
from ..times import format_time
from .empty_chain import explain_empty_chain
from .limits import (
    Allow,
    BytesPerMinute,
    EventsPerMonth,
    RepeatsPerMinute,
    RequestsPerMinute,
    change_policy,
)
from .options import AsJson, StackName, WorkspaceId
from .output import print_facts, print_json, print_table, say
from .stack import Stack, find_stack
from .workspace_changes import WorkspaceName, delete, rename

app = typer.Typer(
    no_args_is_help=True, help="Create, list, show, limit, rename and delete workspaces."
)


@app.command()
def create(
    name: WorkspaceName,
    requests_per_minute: RequestsPerMinute = None,
    events_per_month: EventsPerMonth = None,
    bytes_per_minute: BytesPerMinute = None,
    repeats_per_minute: RepeatsPerMinute = None,
    allow: Allow = None,
    as_json: AsJson = False,
    stack: StackName = None,
) -> None:
    """Create a workspace, with its own keys, limits and chain. Prints its id.

    Example: `indelible workspace create "Acme" --events-per-month 1000000 --allow 203.0.113.0/24`
    """
    from ..aws.workspaces import create_workspace

    limits = {
        "requests_per_minute": requests_per_minute,
        "events_per_month": events_per_month,
        "bytes_per_minute": bytes_per_minute,
        "repeats_per_minute": repeats_per_minute,
    }
    policy = change_policy(Policy(), limits, allow or None)
    made = create_workspace(find_stack(stack).table, name, policy, now())
    if as_json:
        print_json(_as_json(made))
    else:
        say(made.id)


@app.command("list")
def list_all(as_json: AsJson = False, stack: StackName = None) -> None:
    """List all workspaces, oldest first.

    Example: `indelible workspace list --json`
    """
    from ..aws.workspaces import list_workspaces

    found = [
        {"id": each, "name": name, "created_at": format_time(created_at)}
        for each, name, created_at in list_workspaces(find_stack(stack).table)
    ]
    if as_json:
        print_json(found)
    else:
        print_table(("id", "name", "created_at"), [list(each.values()) for each in found])


@app.command()
def show(workspace: WorkspaceId, as_json: AsJson = False, stack: StackName = None) -> None:
    """Show a workspace: its limits, the events of this month, its keys and its head.

    The head is where the chain ends. Store it somewhere safe: `indelible verify --expect-head`
    later proves that nothing was cut off.

    Example: `indelible workspace show ws_4kT9mQ2vXbN7cRd1`
    """
    facts = _describe(find_stack(stack), workspace)
    if as_json:
        print_json(facts)
        return
    head, missing = facts.pop("head"), facts.pop("missing")
    networks = facts.pop("allowlist")
    facts["allowlist"] = ", ".join(networks) if isinstance(networks, list) and networks else "all"
    if isinstance(head, dict):
        facts["head"] = f"{head['sequence']}:{head['event_hash']}"
        facts["head_created_at"] = head["created_at"]
    elif missing:
        facts["head"] = f"missing: {missing}"
    else:
        facts["head"] = "no records yet"
    print_facts(facts)


def _describe(stack: Stack, workspace_id: str) -> dict[str, object]:
    from ..aws.api_keys import list_keys
    from ..aws.ledger import DynamoDBLedger
    from ..aws.usage import DynamoDBUsage
    from ..aws.workspaces import get_workspace

    found = get_workspace(stack.table, workspace_id)
    keys = list_keys(stack.table, workspace_id)
    newest = DynamoDBLedger(stack.table).newest(workspace_id)
    used = DynamoDBUsage(stack.table).events_used(workspace_id, now())
    missing = None if newest else explain_empty_chain(stack.table, workspace_id).missing
    head = newest and {
        "sequence": newest.last_sequence,
        "event_hash": newest.event_hash.hex(),
        "created_at": format_time(newest.last_created_at),
    }
    return {
        **_as_json(found),
        "events_this_month": used,
        "active_keys": sum(each.revoked_at is None for each in keys),
        "revoked_keys": sum(each.revoked_at is not None for each in keys),
        "head": head,
        "missing": missing and missing.actual,
    }


def _as_json(workspace: Workspace) -> dict[str, object]:
    return {
        "id": workspace.id,
        "name": workspace.name,
        "created_at": format_time(workspace.created_at),
        **asdict(workspace.policy.limits),
        "allowlist": list(workspace.policy.allowlist),
    }


@app.command()
def set_limits(
    workspace: WorkspaceId,
    requests_per_minute: RequestsPerMinute = None,
    events_per_month: EventsPerMonth = None,
    bytes_per_minute: BytesPerMinute = None,
    repeats_per_minute: RepeatsPerMinute = None,
    allow: Allow = None,
    allow_all: Annotated[
        bool, typer.Option("--allow-all", help="Accept requests from any network.")
    ] = False,
    stack: StackName = None,
) -> None:
    """Change the given limits of a workspace, from the next request on. The others stay.

    `--allow` replaces the whole allowlist.

    Example: `indelible workspace set-limits ws_4kT9mQ2vXbN7cRd1 --requests-per-minute 600`
    """
    from ..aws.policy_changes import set_policy
    from ..aws.workspaces import get_workspace

    if allow and allow_all:
        raise typer.BadParameter("--allow and --allow-all are mutually exclusive")
    limits = {
        "requests_per_minute": requests_per_minute,
        "events_per_month": events_per_month,
        "bytes_per_minute": bytes_per_minute,
        "repeats_per_minute": repeats_per_minute,
    }
    if not (any(limits.values()) or allow or allow_all):
        raise typer.BadParameter("give at least one limit to change")
    allowlist = [] if allow_all else allow or None
    table = find_stack(stack).table
    before = get_workspace(table, workspace).policy
    after = change_policy(before, limits, allowlist)
    set_policy(table, workspace, after)
    print_facts({**asdict(after.limits), "allowlist": ", ".join(after.allowlist) or "all"})


app.command()(rename)
app.command()(delete)
