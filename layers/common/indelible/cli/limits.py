"""The options that limit a workspace."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from ..workspace import MOST_EVENTS_PER_MONTH, MOST_REQUESTS_PER_MINUTE, Limits, Policy

_DEFAULT = Limits()


def _limit_up_to(highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isdecimal() and 1 <= int(text) <= highest:
            return int(text)
        raise typer.BadParameter(f"must be a whole number from 1 to {highest:,}")

    return read


RequestsPerMinute = Annotated[
    int | None,
    typer.Option(
        parser=_limit_up_to(MOST_REQUESTS_PER_MINUTE),
        metavar="N",
        help=f"Requests it may send a minute; {_DEFAULT.requests_per_minute:,} unless told.",
        show_default=False,
    ),
]
EventsPerMonth = Annotated[
    int | None,
    typer.Option(
        parser=_limit_up_to(MOST_EVENTS_PER_MONTH),
        metavar="N",
        help=f"Events it may send a month; {_DEFAULT.events_per_month:,} unless told.",
        show_default=False,
    ),
]


def _read_network(text: str) -> str:
    """A network as the allowlist holds it."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise typer.BadParameter(
            "must be an IP address or a network, such as 203.0.113.0/24"
        ) from None
    raise typer.BadParameter(f"the network of {text} is written {meant}")


Allow = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CIDR",
        parser=_read_network,
        help="A network that requests must come from; repeat it for several. From all if none.",
        show_default=False,
    ),
]


def changed(
    policy: Policy,
    requests_per_minute: int | None,
    events_per_month: int | None,
    allowlist: Sequence[str] | None,
) -> Policy:
    """The policy with what is given changed."""
    limits = Limits(
        requests_per_minute or policy.limits.requests_per_minute,
        events_per_month or policy.limits.events_per_month,
    )
    if allowlist is None:
        return replace(policy, limits=limits)
    return Policy(limits, tuple(dict.fromkeys(allowlist)))
