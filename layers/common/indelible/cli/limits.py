"""The options that limit a workspace."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from ..accounts.limits import (
    MOST_BYTES_PER_MINUTE,
    MOST_EVENTS_PER_MONTH,
    MOST_REPEATS_PER_MINUTE,
    MOST_REQUESTS_PER_MINUTE,
    Limits,
)
from ..accounts.workspace import Policy
from ..chain.fields import MAX_EVENT_BYTES

_DEFAULT = Limits()


def _limit_up_to(highest: int, lowest: int = 1) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isdecimal() and lowest <= int(text) <= highest:
            return int(text)
        raise typer.BadParameter(f"must be a whole number from {lowest:,} to {highest:,}")

    return read


RequestsPerMinute = Annotated[
    int | None,
    typer.Option(
        parser=_limit_up_to(MOST_REQUESTS_PER_MINUTE),
        metavar="N",
        help=f"Requests allowed per minute (default {_DEFAULT.requests_per_minute:,}).",
        show_default=False,
    ),
]
EventsPerMonth = Annotated[
    int | None,
    typer.Option(
        parser=_limit_up_to(MOST_EVENTS_PER_MONTH),
        metavar="N",
        help=f"Events allowed per month (default {_DEFAULT.events_per_month:,}).",
        show_default=False,
    ),
]

BytesPerMinute = Annotated[
    int | None,
    typer.Option(
        # An event of the largest size has to pass.
        parser=_limit_up_to(MOST_BYTES_PER_MINUTE, MAX_EVENT_BYTES),
        metavar="N",
        help="Bytes of events, as compact JSON, allowed per minute "
        f"(default {_DEFAULT.bytes_per_minute:,}).",
        show_default=False,
    ),
]
RepeatsPerMinute = Annotated[
    int | None,
    typer.Option(
        parser=_limit_up_to(MOST_REPEATS_PER_MINUTE),
        metavar="N",
        help="Events allowed per minute that repeat one of more than five minutes ago "
        f"(default {_DEFAULT.repeats_per_minute:,}).",
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
    policy: Policy, limits_given: Mapping[str, int | None], allowlist: Sequence[str] | None
) -> Policy:
    """The policy with what is given changed; limits by their names in `Limits`."""
    limits = replace(policy.limits, **{name: n for name, n in limits_given.items() if n})
    if allowlist is None:
        return replace(policy, limits=limits)
    return Policy(limits, tuple(dict.fromkeys(allowlist)))
