"""What is recorded, and the receipts for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Optional, TypedDict, Union


class Target(TypedDict, total=False):
    type: str
    id: Union[str, int]
    name: str
    metadata: Mapping[str, Any]


class EventFields(TypedDict, total=False):
    """What an event may have. A datetime has a time zone."""

    actor_name: Optional[str]
    actor_type: Optional[str]
    action_category: Optional[str]
    resource: Optional[str]
    resource_id: Union[str, int, None]
    resource_name: Optional[str]
    metadata: Optional[Mapping[str, Any]]
    targets: Optional[Sequence[Target]]
    occurred_at: Union[str, datetime, None]
    session_id: Union[str, int, None]
    tenant_id: Union[str, int, None]
    idempotency_key: Optional[str]
    version: Optional[int]
    ip_address: Optional[str]
    user_agent: Optional[str]


class EventPayload(EventFields):
    """An event to record."""

    actor_id: Union[str, int]
    action: str


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
