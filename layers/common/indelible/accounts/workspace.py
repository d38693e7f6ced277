"""Workspaces and their policy, as values."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from ..errors import Forbidden
from .limits import Limits


@dataclass(frozen=True, slots=True)
class Policy:
    """What a workspace allows: its limits, and from which networks (from all, if none is named)."""

    limits: Limits = field(default_factory=Limits)
    allowlist: tuple[str, ...] = ()

    def admit(self, source_ip: str) -> None:
        """Forbidden when requests must come from elsewhere."""
        if not self.allowlist:
            return
        address = ipaddress.ip_address(source_ip)
        if not any(
            address in ipaddress.ip_network(network, strict=False) for network in self.allowlist
        ):
            raise Forbidden("This address is not in the workspace's IP allowlist.")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The unit of isolation. `created_at` in microseconds."""

    id: str
    name: str
    policy: Policy
    created_at: int
