"""An event that is put together call by call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Optional, TypeVar, Union, cast

from .types import EventPayload, Target

R = TypeVar("R")


class PendingEvent(Generic[R]):
    """An event of one actor. `track` sends it; each other method returns the event itself.

    `R` is what the client's `track` returns: a receipt, or an awaitable of one.
    """

    def __init__(self, send: Callable[[EventPayload], R], **actor: Any) -> None:
        self._send = send
        self._fields: dict[str, Any] = actor
        self._targets: list[Any] = []

    def _with(self, name: str, value: Any) -> PendingEvent[R]:
        self._fields[name] = value
        return self

    def idempotency_key(self, key: str) -> PendingEvent[R]:
        """Name the event, so that sending it again does not record it again."""
        return self._with("idempotency_key", key)

    def version(self, v: int) -> PendingEvent[R]:
        """Set the version of your event schema."""
        return self._with("version", v)

    def session(self, session_id: str) -> PendingEvent[R]:
        """Set the session."""
        return self._with("session_id", session_id)

    def tenant(self, tenant_id: str) -> PendingEvent[R]:
        """Set your customer."""
        return self._with("tenant_id", tenant_id)

    def action_category(self, category: str) -> PendingEvent[R]:
        """Set the group of actions."""
        return self._with("action_category", category)

    def target(
        self,
        type: str,  # noqa: A002 - the public client's name
        id: Optional[str] = None,  # noqa: A002 - the public client's name
        name: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> PendingEvent[R]:
        """Add an object that the action affected."""
        given = {"type": type, "id": id, "name": name, "metadata": metadata}
        self._targets.append({key: value for key, value in given.items() if value is not None})
        return self

    def targets(self, targets: Sequence[Target]) -> PendingEvent[R]:
        """Set all targets, in place of those before."""
        self._targets = list(targets)
        return self

    def track(
        self,
        action: str,
        resource: Union[str, Mapping[str, Any], None] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> R:
        """Send the event. `resource` is a type, or has `type`, `id` and `name`."""
        fields = {**self._fields, "action": action, "metadata": metadata, "targets": self._targets}
        if isinstance(resource, Mapping):
            fields["resource"] = resource.get("type")
            fields["resource_id"] = resource.get("id")
            fields["resource_name"] = resource.get("name")
        else:
            fields["resource"] = resource
        given = {name: value for name, value in fields.items() if value not in (None, "", [], {})}
        return self._send(cast("EventPayload", {"actor_id": self._fields["actor_id"], **given}))
