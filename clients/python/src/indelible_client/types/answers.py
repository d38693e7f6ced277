"""What the API answers: events, parts of the chain, exports."""

from __future__ import annotations

from typing import Any, Optional, TypedDict


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


class PageRecord(TypedDict):
    """A record, and its place in the workspace's tree."""

    index: int
    record: str


class Reason(TypedDict):
    """Why there is no proof."""

    code: str
    message: str


class PageProof(TypedDict):
    """Shows that the log covers a page."""

    checkpoint: Optional[str]
    reason: Optional[Reason]
    records: list[PageRecord]
    nodes: dict[str, str]


class _EventPage(TypedDict):
    data: list[Event]
    pagination: EventPagination


class EventPage(_EventPage, total=False):
    """A page of events. `damaged` is there, and true, if one of them is not intact."""

    damaged: bool
    proof: PageProof


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


class Finding(TypedDict):
    type: str
    sequence: int
    since: str
    detail: str


class Restart(TypedDict):
    time: str
    old_size: int
    kept_size: int
    lost: int
    reason_sha256: str


CoveredBetween = TypedDict("CoveredBetween", {"from": str, "to": str})


class Coverage(TypedDict):
    covered_to: int
    status: str
    detail: Optional[str]
    covered_between: Optional[CoveredBetween]
    since: Optional[str]
    epoch: int
    restarts: list[Restart]
    held: Optional[Finding]
    log: Optional[str]
    run: int
    run_time: Optional[str]
    cosigned_at: dict[str, str]
    findings: list[Finding]
    head_checked_at: Optional[str]
    records_checked_at: Optional[str]


class _VerifiedPart(TypedDict):
    valid: bool
    events_checked: int
    breaks: list[Break]
    head: Optional[Head]
    next_cursor: Optional[str]


class VerifiedPart(_VerifiedPart, total=False):
    coverage: Coverage


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


class ViewerToken(TypedDict):
    token: str
    viewer_token: str
    expires_at: int
