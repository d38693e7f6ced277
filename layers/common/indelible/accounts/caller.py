"""Callers: the sender of a request, and what the request may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..errors import Forbidden
from .keys import WIDER
from .limits import Limits


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller, without its secret. `key_prefix` identifies its API key.

    `forced_filters` maps names of query parameters to values. Everything that the caller reads is
    restricted to them, whatever its requests contain. API keys have none.

    `token_id` identifies the viewer token of the request; `key_prefix` is then that of the key that
    made it. It is None for an API key.
    """

    workspace_id: str
    key_prefix: str
    limits: Limits
    scopes: frozenset[str]
    forced_filters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    token_id: str | None = None

    @property
    def holds_token(self) -> bool:
        """Whether the caller has a viewer token, and sees less than an API key does."""
        return self.token_id is not None or bool(self.forced_filters)

    def require(self, scope: str) -> None:
        """Forbidden unless the caller has the scope, or a wider one."""
        if scope not in self.scopes and WIDER.get(scope) not in self.scopes:
            raise Forbidden(f"This API key lacks the scope {scope}.")

    def restrict(self, parameters: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
        """The filters of a request, by name. Forced filters replace filters of the same name."""
        return {**parameters, **self.forced_filters}
