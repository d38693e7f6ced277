"""The shapes of arguments and answers. At run time they are plain dicts and lists."""

from __future__ import annotations

from typing import TypedDict

from .answers import (
    Actor,
    Break,
    ChainedTarget,
    Coverage,
    CoveredBetween,
    Event,
    EventAnswer,
    EventPage,
    EventPagination,
    Export,
    ExportAnswer,
    ExportPage,
    ExportState,
    Finding,
    Head,
    Integrity,
    PageProof,
    PageRecord,
    Pagination,
    Proof,
    ProofSegment,
    Reason,
    Resource,
    Restart,
    StartedExport,
    Verification,
    VerifiedPart,
    ViewerToken,
)
from .queries import (
    EventFilters,
    EventQuery,
    ExportFilters,
    ExportOptions,
    Time,
    VerifyQuery,
    VerifyRange,
    ViewerTokenOptions,
)
from .recording import BatchReceipts, EventFields, EventPayload, FieldError, Receipt, Target


class Health(TypedDict):
    status: str


__all__ = [
    "Actor",
    "BatchReceipts",
    "Break",
    "ChainedTarget",
    "Coverage",
    "CoveredBetween",
    "Event",
    "EventAnswer",
    "EventFields",
    "EventFilters",
    "EventPage",
    "EventPagination",
    "EventPayload",
    "EventQuery",
    "Export",
    "ExportAnswer",
    "ExportFilters",
    "ExportOptions",
    "ExportPage",
    "ExportState",
    "FieldError",
    "Finding",
    "Head",
    "Health",
    "Integrity",
    "PageProof",
    "PageRecord",
    "Pagination",
    "Proof",
    "ProofSegment",
    "Reason",
    "Receipt",
    "Resource",
    "Restart",
    "StartedExport",
    "Target",
    "Time",
    "Verification",
    "VerifiedPart",
    "VerifyQuery",
    "VerifyRange",
    "ViewerToken",
    "ViewerTokenOptions",
]
