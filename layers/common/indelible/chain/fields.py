"""The fields of an event, as the chain takes them: names, types and limits."""

from __future__ import annotations

from typing import Any

import msgspec

from ..times import SECOND

MAX_EVENT_BYTES = 128 * 1024
"""An event's fields as compact JSON; with it a record of its own fits any segment."""

MAX_DEPTH = 32
"""Levels of objects and arrays in an event, itself the first: no reader's stack is in danger."""

LATEST_RECEIVED = 32_503_680_000 * SECOND
"""The year 3000. A created_at is never before received_at, and those after it need room."""


class EventTarget(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Something else that the action touched."""

    type: str
    id: str | None = None
    name: str | None = None
    metadata: dict[str, Any] | None = None


class EventFields(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What an event's fields must be for those who read its record."""

    actor_id: str
    action: str
    actor_name: str = ""
    actor_type: str = ""
    action_category: str = ""
    resource: str = ""
    resource_id: str = ""
    resource_name: str = ""
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    targets: tuple[EventTarget, ...] = ()
    occurred_at: str = ""
    session_id: str = ""
    tenant_id: str = ""
    idempotency_key: str = ""
    version: int = 0
    ip_address: str = ""
    user_agent: str = ""


EVENT_FIELDS = frozenset(EventFields.__struct_fields__)
"""The names of a client's fields; none of them is a name that a record gives itself."""


class QueuedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as the writer receives it. `received_at` (microseconds) never changes."""

    id: str
    received_at: int
    fields: dict[str, Any]
