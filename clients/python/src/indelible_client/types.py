"""The shapes of arguments and answers. At run time they are plain dicts and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Optional, TypedDict, Union

Time = Union[str, date]
"""ISO 8601 text, a date, or a datetime with a time zone."""


class Target(TypedDict, total=False):
    type: str
    id: Union[str, int]
    name: str
    metadata: Mapping[str, Any]


class _EventRequired(TypedDict):
    actor_id: Union[str, int]
    action: str


class EventPayload(_EventRequired, total=False):
    """An event to record."""

    actor_name: Optional[str]
    actor_type: Optional[str]
    action_category: Optional[str]
    resource: Optional[str]
    resource_id: Union[str, int, None]
    resource_name: Optional[str]
    metadata: Optional[Mapping[str, Any]]
    targets: Optional[Sequence[Target]]
    occurred_at: Optional[str]
    session_id: Union[str, int, None]
    tenant_id: Union[str, int, None]
    idempotency_key: Optional[str]
    version: Optional[int]
    ip_address: Optional[str]
    user_agent: Optional[str]


class FieldError(TypedDict):
    field: str
    message: str


class _Receipt(TypedDict):
    id: Optional[str]
    status: str


class Receipt(_Receipt, total=False):
    """The result for one event. `status` is queued, duplicate, invalid or failed."""

    errors: list[FieldError]


class BatchReceipts(TypedDict):
    events: list[Receipt]


class Actor(TypedDict):
    id: str
    name: Optional[str]
    type: Optional[str]


class Resource(TypedDict):
    type: Optional[str]
    id: Optional[str]
    name: Optional[str]


class ChainedTarget(TypedDict):
    type: str
    id: Optional[str]
    name: Optional[str]
    metadata: Optional[dict[str, Any]]


class Integrity(TypedDict):
    intact: bool
    event_hash: Optional[str]
    previous_event_hash: Optional[str]
    sequence: int


class ProofSegment(TypedDict):
    first_sequence: int
    count: int
    previous_event_hash: Optional[str]
    event_hash: str
    leaf_hashes: list[str]


class Proof(TypedDict):
    record: str
    leaf_hash: str
    sequence: int
    segment: ProofSegment


class _Event(TypedDict):
    id: str
    actor: Actor
    action: str
    action_category: Optional[str]
    resource: Resource
    targets: list[ChainedTarget]
    metadata: Optional[dict[str, Any]]
    tenant_id: Optional[str]
    session_id: Optional[str]
    ip_address: Optional[str]
    user_agent: Optional[str]
    ip_country: Optional[str]
    ip_city: Optional[str]
    idempotency_key: Optional[str]
    version: Optional[int]
    integrity: Integrity
    occurred_at: Optional[str]
    created_at: str


class Event(_Event, total=False):
    """An event as it is chained. It has a proof if one was requested."""

    proof: Optional[Proof]


class _EventAnswer(TypedDict):
    data: Event


class EventAnswer(_EventAnswer, total=False):
    """One event. `damaged` is there, and true, if its segment was changed."""

    damaged: bool


class Pagination(TypedDict):
    has_more: bool
    next_cursor: Optional[str]


class EventPagination(Pagination):
    total: Optional[int]
    searched_to: Optional[str]


class _EventPage(TypedDict):
    data: list[Event]
    pagination: EventPagination


class EventPage(_EventPage, total=False):
    """A page of events. `damaged` is there, and true, if one of them is not intact."""

    damaged: bool


class Break(TypedDict):
    event_id: Optional[str]
    sequence: int
    type: str
    expected_hash: Optional[str]
    actual_hash: Optional[str]
    detail: Optional[str]


class Head(TypedDict):
    sequence: int
    event_hash: str


class VerifiedPart(TypedDict):
    valid: bool
    events_checked: int
    breaks: list[Break]
    head: Optional[Head]
    next_cursor: Optional[str]


class Verification(TypedDict):
    data: VerifiedPart


class Export(TypedDict):
    id: str
    status: str
    format: str
    bom: bool
    filters: dict[str, Any]
    total_rows: Optional[int]
    file_size: Optional[int]
    download_url: Optional[str]
    error_message: Optional[str]
    created_at: str
    expires_at: Optional[str]


class ExportState(TypedDict):
    id: str
    status: str


class StartedExport(ExportState):
    data: ExportState


class ExportAnswer(ExportState):
    data: Export


class ExportPage(TypedDict):
    data: list[Export]
    pagination: Pagination


class Health(TypedDict):
    status: str


class ExportFilters(TypedDict, total=False):
    """Which events. An event must match all filters.

    A metadata filter is a path and its value: `metadata={"plan": "pro", "owner.id": "ann"}`.
    """

    actor_id: Union[str, int, None]
    actor_type: Optional[str]
    action: Union[str, Sequence[str], None]
    action_category: Optional[str]
    resource: Optional[str]
    resource_id: Union[str, int, None]
    object_id: Union[str, int, None]
    tenant_id: Union[str, int, None]
    session_id: Union[str, int, None]
    ip_address: Optional[str]
    target_type: Optional[str]
    target_id: Union[str, int, None]
    search: Optional[str]
    metadata: Optional[Mapping[str, Any]]
    occurred_from: Optional[Time]
    occurred_to: Optional[Time]
    from_date: Optional[Time]
    to_date: Optional[Time]


class EventFilters(ExportFilters, total=False):
    """Which events, in which order (`asc` or `desc`), and how many on a page (100 at most)."""

    order: Optional[str]
    limit: Optional[int]


class EventQuery(EventFilters, total=False):
    """Filters, and the place in the list."""

    cursor: Optional[str]


class VerifyRange(TypedDict, total=False):
    """Which part of the chain, by `created_at`, and how many events to check per request."""

    from_date: Optional[Time]
    to_date: Optional[Time]
    limit: Optional[int]


class VerifyQuery(VerifyRange, total=False):
    """A part of the chain, and the place in it."""

    cursor: Optional[str]


class ExportOptions(ExportFilters, total=False):
    """Which events, and the form of the file: `csv` or `ndjson`."""

    format: Optional[str]
    bom: Optional[bool]
