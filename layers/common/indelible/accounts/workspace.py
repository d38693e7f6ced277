"""Workspaces and their policies."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from ..errors import Forbidden
from .limits import Limits

MAX_NAME = 200
"""Maximum length of the name of a workspace, and of the label of a key, in characters.

Lists show the whole text, and the label is in every log line of the key's requests."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of a workspace: its limits, and the networks that requests may come from.

    An empty allowlist allows every network.
    """

    limits: Limits = field(default_factory=Limits)
    allowlist: tuple[str, ...] = ()

    def admit(self, source_ip: str) -> None:
        """Raise Forbidden when the source is in no network of the allowlist, or is no address."""
        if self.allowlist and not self._lists(source_ip):
            raise Forbidden("This address is not in the workspace's IP allowlist.")

    def _lists(self, source_ip: str) -> bool:
        try:
            address = ipaddress.ip_address(source_ip)
        except ValueError:
            return False
        networks = (ipaddress.ip_network(each, strict=False) for each in self.allowlist)
        return any(address in network for network in networks)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: one chain, with its own keys and limits. `created_at` is in microseconds."""

    id: str
    name: str
    policy: Policy
    created_at: int
