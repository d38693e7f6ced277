"""The fields of an event: the one list of their names, types and limits.

`EventFields` is the table. Ingest accepts events that fit `SubmittedEvent`; the writer accepts
events that fit the table. Lists, CSV and errors take their fields from it. A test compares
`openapi.yaml` with it.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..times import SECOND

MAX_EVENT_BYTES = 128 * 1024
"""Maximum size of an event's fields as compact JSON. A record of this size fits any segment."""

MAX_METADATA_BYTES = 64 * 1024
"""Maximum size of one `metadata` object as compact JSON."""

MAX_TARGETS = MAX_EVENT_BYTES // len('{"type":"t"},')
"""Maximum targets of an event: more do not fit into MAX_EVENT_BYTES."""

MAX_DEPTH = 32
"""Maximum levels of objects and arrays, including the event itself. Any reader's stack can hold
them."""

LATEST_RECEIVED = 32_503_680_000 * SECOND
"""Upper bound on received_at: the year 3000, in microseconds. A created_at is never before
received_at, and later events need later times."""


class Target(msgspec.Struct, gc=False):
    """Something else that the action touched."""

    type: str
    id: str | None = None
    name: str | None = None
    metadata: dict[str, Any] | None = None


class EventFields(msgspec.Struct, gc=False):
    """The fields of an event as a record holds them. None means that a field is absent.

    It has no limits: limits may change, and chained records must stay readable.
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
"""The names of the fields that a client may send. The service adds other fields to a record."""


class QueuedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as the writer receives it. `received_at` (microseconds) never changes."""

    id: str
    received_at: int
    fields: dict[str, Any]


SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1
"""The integers that fit in 64 bits, signed or unsigned, so that no reader has to round one."""

ID_FIELDS = ("actor_id", "resource_id", "session_id", "tenant_id")
TARGET_ID_FIELDS = ("id",)
"""The fields that a client may also send as an integer. `text_of_id` makes it text."""


def text_of_id(value: object) -> object:
    """An integer of 64 bits as its decimal text, and anything else as it is."""
    # A boolean is an int in Python, but its type is another.
    is_integer = type(value) is int and SMALLEST_INTEGER <= value <= LARGEST_INTEGER
    return str(value) if is_integer else value


NonEmpty = Annotated[str, Meta(min_length=1)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class SubmittedTarget(Target, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A target as a client may send it, with the limits of its fields."""

    type: NonEmpty


SubmittedTargets = Annotated[tuple[SubmittedTarget, ...], Meta(max_length=MAX_TARGETS)]


class SubmittedEvent(EventFields, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An event as a client may send it, with the limits of its fields. Null means absent."""

    actor_id: NonEmpty
    action: NonEmpty
    targets: SubmittedTargets | None = ()  # type: ignore[assignment]  # no record has null
    occurred_at: Time | None = None
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
