"""`indelible open`: the address of the viewer, with a token that works for a short time."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import json
import os
from typing import Annotated
from urllib.parse import quote

import typer

from ..accounts.keys import VIEWER_OF_ALL
from ..errors import IndelibleError
from ..runtime.clock import now
from ..times import SECOND, format_time, parse_time
from .api import URL, Api, find_api
from .checkpoint_show import OptionalWorkspace
from .options import StackName, read_duration
from .output import note, say
from .stack import Stack, find_stack

LABEL = "indelible open, until "
"""The label of a key that `open` makes, before the time when its token ends."""

_SHORTEST, _LONGEST = 60, 86_400
"""The seconds that a token may live."""


def _read_life(value: str | int) -> int:
    """A parser for the life of a token. It also gets the default, which is in seconds."""
    seconds = read_duration(value) if isinstance(value, str) else value
    if not _SHORTEST <= seconds <= _LONGEST:
        raise typer.BadParameter("must be from 60s to 24h")
    return seconds


def open_viewer(
    workspace: OptionalWorkspace = None,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", metavar="ID", help="Show only events of this tenant."),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option("--actor", metavar="ID", help="Show only events of this actor."),
    ] = None,
    life: Annotated[
        int,
        typer.Option(
            "--for",
            parser=_read_life,
            metavar="TIME",
            help="How long the address works, from 1m to 24h. Default: 1h.",
            show_default=False,
        ),
    ] = 3_600,
    browser: Annotated[
        bool, typer.Option("--browser", help="Open the address in your browser, too.")
    ] = False,
    stack: StackName = None,
) -> None:
    """Print an address at which the viewer shows a workspace's events, for a short time.

    With WORKSPACE, it works on the stack, with your AWS credentials: it makes a key that can only
    make tokens, and revokes those of earlier calls whose time is over. Without one, it uses the API
    key in INDELIBLE_API_KEY, with the scope viewer:create for a tenant or an actor, or
    viewer:create:all for all events. INDELIBLE_URL is the API's address.

    Whoever has the printed address can read the events until its time is over.

    Example: `indelible open ws_4kT9mQ2vXbN7cRd1 --for 10m`
    """
    chosen = {"tenant_id": tenant, "actor_id": actor, "ttl": life}
    body: dict[str, object] = {name: each for name, each in chosen.items() if each is not None}
    if workspace:
        api = _api_of(find_stack(stack), workspace, life)
    else:
        api = find_api(scope=VIEWER_OF_ALL)
    answer = json.loads(api.post("/v1/viewer-token", body))
    token, expires_at = str(answer["token"]), int(answer["expires_at"])
    address = f"{api.address('/v1/viewer')}#token={quote(token, safe='')}"
    say(address)
    note(f"Works until {format_time(expires_at * SECOND)}. Whoever has it can read the events.")
    if browser:
        typer.launch(address)


def _api_of(stack: Stack, workspace_id: str, life: int) -> Api:
    """The API of the stack, with a new key of the workspace that makes tokens."""
    from ..aws.api_keys import create_key, list_keys, revoke_key

    url = os.environ.get(URL, "").rstrip("/") or stack.url
    if not url:
        raise IndelibleError(
            f"The stack has no address of its own. Set {URL} to that of its domain."
        )
    time = now()
    for each in list_keys(stack.table, workspace_id):
        if each.revoked_at is None and _is_over(each.label, time):
            revoke_key(stack.table, each.prefix, time)
    label = f"{LABEL}{format_time(time + life * SECOND)}"
    scopes = frozenset({VIEWER_OF_ALL})
    return Api(url, create_key(stack.table, workspace_id, label, scopes, time))


def _is_over(label: str, time: int) -> bool:
    """Whether a key of this label was made here, and its token has ended."""
    if not label.startswith(LABEL):
        return False
    try:
        return parse_time(label.removeprefix(LABEL)) < time
    except ValueError:
        return False
