"""Workspaces and their policies."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from ..errors import Forbidden
from .limits import Limits


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of a workspace: its limits, and the networks that requests may come from.

    An empty allowlist allows every network.
    """

    limits: Limits = field(default_factory=Limits)
    allowlist: tuple[str, ...] = ()

    def admit(self, source_ip: str) -> None:
        """Raise Forbidden when the address is in no network of the allowlist."""
        if not self.allowlist:
            return
        address = ipaddress.ip_address(source_ip)
        if not any(
            address in ipaddress.ip_network(network, strict=False) for network in self.allowlist
        ):
            raise Forbidden("This address is not in the workspace's IP allowlist.")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: one chain, with its own keys and limits. `created_at` is in microseconds."""

    id: str
    name: str
    policy: Policy
    created_at: int
