"""Which events to list, verify or export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Optional, TypedDict, Union

Time = Union[str, date]
"""ISO 8601 text, a date, or a datetime with a time zone."""


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
    """Filters, and the place in the list. `include` can be `proof`."""

    cursor: Optional[str]
    include: Optional[str]


class VerifyRange(TypedDict, total=False):
    """Which part of the chain, by `created_at`, and how many events to check per request."""

    from_date: Optional[Time]
    to_date: Optional[Time]
    limit: Optional[int]


class VerifyQuery(VerifyRange, total=False):
    """A part of the chain, and the place in it."""

    cursor: Optional[str]


class ViewerTokenOptions(TypedDict, total=False):
    """Whose events a token shows, and for how many seconds."""

    tenant_id: Union[str, int]
    actor_id: Union[str, int]
    ttl: int


class ExportOptions(ExportFilters, total=False):
    """Which events, and the form of the file: `csv` or `ndjson`."""

    format: Optional[str]
    bom: Optional[bool]
