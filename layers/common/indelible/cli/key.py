"""`indelible key`: create, list and revoke API keys."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

import typer

from ..accounts.keys import (
    DEFAULT_SCOPES,
    KEY_PREFIX_LENGTH,
    READ,
    VIEWER,
    VIEWER_OF_ALL,
    WRITE,
    ApiKey,
)
from ..accounts.workspace import MAX_NAME
from ..runtime.clock import now
from ..times import format_time
from .options import AsJson, StackName, WorkspaceId, check_label, one_of
from .output import print_json, print_table, say
from .stack import find_stack

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")

_PREFIX_OR_KEY = re.compile(r"imk_[A-Za-z0-9]{16}(?:[A-Za-z0-9]{32})?", re.ASCII)


class Scope(StrEnum):
    """What a key may do."""

    WRITE = WRITE
    READ = READ
    VIEWER = VIEWER
    VIEWER_OF_ALL = VIEWER_OF_ALL


@app.command()
def create(
    workspace: WorkspaceId,
    label: Annotated[
        str,
        typer.Option(
            callback=check_label,
            help=f"A name for the key, such as its user or purpose, at most {MAX_NAME} characters.",
        ),
    ] = "",
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            parser=one_of(Scope),
            metavar="|".join(Scope),
            help="What the key may do. Repeat it for several."
            f" Default: {' and '.join(DEFAULT_SCOPES)}.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    stack: StackName = None,
) -> None:
    """Create an API key and print it. It is printed only once, because only a hash is stored.

    Example: `indelible key create ws_4kT9mQ2vXbN7cRd1 --label billing --scope events:write`
    """
    from ..aws.api_keys import create_key

    scopes = frozenset(each.value for each in scope) if scope else frozenset(DEFAULT_SCOPES)
    table = find_stack(stack).table
    secret = create_key(table, workspace, label, scopes, now())
    if as_json:
        print_json({"api_key": secret})
        return
    say(secret)
    typer.echo("Store the key now. It cannot be shown again.", err=True)


@app.command("list")
def list_all(workspace: WorkspaceId, as_json: AsJson = False, stack: StackName = None) -> None:
    """List a workspace's keys by their prefixes, oldest first, including revoked ones.

    `last_used_at` is the minute in which a key last posted events. Other requests are in the logs.

    Example: `indelible key list ws_4kT9mQ2vXbN7cRd1`
    """
    from ..aws.api_keys import list_keys
    from ..aws.usage import DynamoDBUsage

    table = find_stack(stack).table
    found = list_keys(table, workspace)
    last_use = DynamoDBUsage(table).last_use_of_keys(workspace, [each.prefix for each in found])
    if as_json:
        print_json([_as_json(each, last_use.get(each.prefix)) for each in found])
        return
    columns = ("prefix", "label", "scopes", "created_at", "last_used_at", "revoked_at")
    print_table(
        columns,
        [
            (
                each.prefix,
                each.label,
                " ".join(sorted(each.scopes)),
                format_time(each.created_at),
                _minute(last_use.get(each.prefix)),
                _revoked_at(each),
            )
            for each in found
        ],
    )


def _as_json(key: ApiKey, last_use: int | None) -> dict[str, object]:
    return {
        "prefix": key.prefix,
        "label": key.label,
        "scopes": sorted(key.scopes),
        "created_at": format_time(key.created_at),
        "last_used_at": _minute(last_use),
        "revoked_at": _revoked_at(key),
    }


def _minute(time: int | None) -> str | None:
    """A time as ISO 8601 up to its minute, such as `2026-11-23T20:23Z`."""
    return f"{format_time(time)[:16]}Z" if time is not None else None


def _revoked_at(key: ApiKey) -> str | None:
    return format_time(key.revoked_at) if key.revoked_at is not None else None


@app.command()
def revoke(
    prefix: Annotated[
        str,
        typer.Argument(
            metavar="PREFIX",
            help=f"The first {KEY_PREFIX_LENGTH} characters of the key, or the whole key.",
            show_default=False,
        ),
    ],
    stack: StackName = None,
) -> None:
    """Revoke an API key permanently, from the next request on. Safe to repeat.

    Example: `indelible key revoke imk_Zk3vQ8sT1bXw9LmN`
    """
    from ..aws.api_keys import revoke_key

    if not _PREFIX_OR_KEY.fullmatch(prefix):  # do not print the input: it may be a mistyped secret
        raise typer.BadParameter(
            f"must be the first {KEY_PREFIX_LENGTH} characters of the key, as `key list` shows them"
            " (imk_ and 16 letters and digits), or the whole key",
            param_hint="PREFIX",
        )
    table = find_stack(stack).table
    revoked = revoke_key(table, prefix[:KEY_PREFIX_LENGTH], now())
    say(f"{revoked.prefix} of {revoked.workspace_id} was revoked at {_revoked_at(revoked)}.")
