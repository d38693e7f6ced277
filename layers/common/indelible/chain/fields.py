"""The fields of an event: the one list of their names, types and limits.

`EventFields` is the table. Ingest accepts what fits `SubmittedEvent`, the writer what fits the
table; lists, CSV and errors take their fields from it. `openapi.yaml` is held to it by a test.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..times import SECOND

MAX_EVENT_BYTES = 128 * 1024
"""An event's fields as compact JSON. A record with this many fits into any segment."""

MAX_METADATA_BYTES = 64 * 1024
"""One `metadata` object as compact JSON."""

MAX_METADATA_KEYS = 50
"""Names at the top level of one `metadata` object."""

MAX_TARGETS = MAX_EVENT_BYTES // len('{"type":"t"},')
"""An event has no room for more."""

MAX_DEPTH = 32
"""Levels of objects and arrays, the event itself included. No reader's stack is in danger."""

LATEST_RECEIVED = 32_503_680_000 * SECOND
"""The year 3000. A created_at is never before received_at, and later events need later times."""


class Target(msgspec.Struct, gc=False):
    """Something else that the action touched."""

    type: str
    id: str | None = None
    name: str | None = None
    metadata: dict[str, Any] | None = None


class EventFields(msgspec.Struct, gc=False):
    """The fields of an event as a record holds them; None stands for an absent field.

    Limits are not here: they may change, and a record that was chained must stay readable.
    """

    actor_id: str
    action: str
    actor_name: str | None = None
    actor_type: str | None = None
    action_category: str | None = None
    resource: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    metadata: dict[str, Any] | None = None
    targets: tuple[Target, ...] = ()
    occurred_at: str | None = None
    session_id: str | None = None
    tenant_id: str | None = None
    idempotency_key: str | None = None
    version: int | None = None
    ip_address: str | None = None
    user_agent: str | None = None


EVENT_FIELDS = frozenset(EventFields.__struct_fields__)
"""The names of a client's fields. The names that a record gives itself are others."""


class QueuedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as the writer receives it. `received_at` (microseconds) never changes."""

    id: str
    received_at: int
    fields: dict[str, Any]


NonEmpty = Annotated[str, Meta(min_length=1)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Metadata = Annotated[dict[str, Any], Meta(max_length=MAX_METADATA_KEYS)]


class SubmittedTarget(Target, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A target as a client may send it: the limits of its fields."""

    type: NonEmpty
    metadata: Metadata | None = None


SubmittedTargets = Annotated[tuple[SubmittedTarget, ...], Meta(max_length=MAX_TARGETS)]


class SubmittedEvent(EventFields, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An event as a client may send it: the limits of its fields. Null is absent."""

    actor_id: NonEmpty
    action: NonEmpty
    metadata: Metadata | None = None
    targets: SubmittedTargets | None = ()  # type: ignore[assignment]  # no record has null
    occurred_at: Time | None = None
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
