"""The command-line options for the limits of a workspace."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from ..accounts.limits import (
    MAX_BYTES_PER_MINUTE,
    MAX_EVENTS_PER_MONTH,
    MAX_REPEATS_PER_MINUTE,
    MAX_REQUESTS_PER_MINUTE,
    Limits,
)
from ..accounts.workspace import Policy
from ..chain.fields import MAX_EVENT_BYTES
from .options import whole_number

_DEFAULT = Limits()


RequestsPerMinute = Annotated[
    int | None,
    typer.Option(
        parser=whole_number(1, MAX_REQUESTS_PER_MINUTE),
        metavar="N",
        help=f"Requests allowed per minute (default {_DEFAULT.requests_per_minute:,}).",
        show_default=False,
    ),
]
EventsPerMonth = Annotated[
    int | None,
    typer.Option(
        parser=whole_number(1, MAX_EVENTS_PER_MONTH),
        metavar="N",
        help=f"Events allowed per month (default {_DEFAULT.events_per_month:,}).",
        show_default=False,
    ),
]

BytesPerMinute = Annotated[
    int | None,
    typer.Option(
        # An event of the largest size must fit.
        parser=whole_number(MAX_EVENT_BYTES, MAX_BYTES_PER_MINUTE),
        metavar="N",
        help="Bytes of events, as compact JSON, allowed per minute "
        f"(default {_DEFAULT.bytes_per_minute:,}).",
        show_default=False,
    ),
]
RepeatsPerMinute = Annotated[
    int | None,
    typer.Option(
        parser=whole_number(1, MAX_REPEATS_PER_MINUTE),
        metavar="N",
        help="Events allowed per minute that repeat an event older than five minutes "
        f"(default {_DEFAULT.repeats_per_minute:,}).",
        show_default=False,
    ),
]


def _read_network(text: str) -> str:
    """Read a network in CIDR notation, or a single address."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise typer.BadParameter(
            "must be an IP address or a network, such as 203.0.113.0/24"
        ) from None
    raise typer.BadParameter(f"{text} has bits after the network part; write {network}")


Allow = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CIDR",
        parser=_read_network,
        help="A network that requests must come from. Repeat it for several. Default: any.",
        show_default=False,
    ),
]


def change_policy(
    policy: Policy, new_limits: Mapping[str, int | None], allowlist: Sequence[str] | None
) -> Policy:
    """Return a copy of the policy with these limits and this allowlist; None keeps a value.

    `new_limits` maps names of fields of `Limits` to values.
    """
    limits = replace(policy.limits, **{name: n for name, n in new_limits.items() if n})
    if allowlist is None:
        return replace(policy, limits=limits)
    return Policy(limits, tuple(dict.fromkeys(allowlist)))
