"""What verifying the chain finds."""

from __future__ import annotations

from typing import Optional, TypedDict


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
