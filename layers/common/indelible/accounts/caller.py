"""Callers: the sender of a request, and what the request may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..errors import Forbidden
from .limits import Limits


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller, without its secret. `key_prefix` identifies its API key.

    `forced_filters` maps names of query parameters to values. Everything that the caller reads is
    restricted to them, whatever its requests contain. API keys have none.
    """

    workspace_id: str
    key_prefix: str
    limits: Limits
    scopes: frozenset[str]
    forced_filters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def require(self, scope: str) -> None:
        """Forbidden unless the caller has the scope."""
        if scope not in self.scopes:
            raise Forbidden(f"This API key lacks the scope {scope}.")

    def restrict(self, parameters: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
        """The filters of a request, by name. Forced filters replace filters of the same name."""
        return {**parameters, **self.forced_filters}

    def sees(self, filters: Mapping[str, str | list[str]]) -> bool:
        """Whether the caller may see every event that these filters match."""
        return self.restrict(filters) == filters
