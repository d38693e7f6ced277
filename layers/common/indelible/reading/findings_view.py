"""The public view of a verification: its findings as the API returns them."""

from __future__ import annotations

from ..verifying.breaks import Break
from .verification import Findings

MOST_BREAKS_SHOWN = 3_000
"""Maximum breaks per response, so that it stays below Lambda's 6 MB.

A segment that the writer made has at most three for each of its 1,000 records. Somebody else may
have put a larger one there.
"""

LONGEST_TEXT = 200
"""Maximum length, in characters, of text quoted from a record, for the same reason."""


def public_findings(findings: Findings, next_cursor: str | None) -> dict[str, object]:
    """The findings as `Verification` in openapi.yaml has them."""
    head = {"sequence": findings.head.sequence, "event_hash": findings.head.event_hash.hex()}
    return {
        "valid": not findings.breaks,
        "events_checked": findings.events,
        "breaks": [_public_break(each) for each in findings.breaks[:MOST_BREAKS_SHOWN]],
        "head": head if findings.head.sequence else None,
        "next_cursor": next_cursor,
    }


def _public_break(found: Break) -> dict[str, object]:
    """A break. What was expected and found is in `detail` unless it is hashes."""
    is_hash = found.type.compares_hashes
    expected, actual = _shorten(found.expected), _shorten(found.actual)
    detail = f"expected {expected}, found {actual}" if expected else actual
    return {
        "event_id": _shorten(found.event_id),
        "sequence": found.sequence,
        "type": found.type.value,
        "expected_hash": expected if is_hash else None,
        "actual_hash": actual if is_hash else None,
        "detail": None if is_hash else detail,
    }


def _shorten(text: str | None) -> str | None:
    if text is None or len(text) <= LONGEST_TEXT:
        return text
    return text[:LONGEST_TEXT] + "…"
