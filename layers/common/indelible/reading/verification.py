"""Verifying a part of a chain within a request: bounded, and resumable where it stopped."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ..chain.hashes import EMPTY, Head
from ..chain.segment import Segment
from ..errors import Unreadable
from ..times import LATEST
from ..verifying.breaks import Break, BreakType
from ..verifying.segments import verify
from .budget import Budget
from .lookup import first_sequence_at
from .reader import Reader

MOST_BREAKS = 100
"""After a segment with which there are this many, an answer ends."""

MOST_TOLD = 3_000
"""More than a segment of the writer can have: three for each record. Others may have made larger
ones, and an answer has to stay below Lambda's 6 MB.
"""

LONGEST_TEXT = 200
"""Characters of what a record says of itself; the same."""


class Checked(msgspec.Struct, frozen=True):
    """How far verifying has come: the head there, where reading goes on, and how far it is to go.

    Without `last` it goes to the end of the chain.
    """

    sequence: int
    event_hash: bytes
    created_at: int
    resume: int
    last: int | None

    @property
    def head(self) -> Head:
        """The head of what is checked."""
        return Head(self.sequence, self.event_hash, self.created_at)


@dataclass(slots=True)
class Findings:
    """What a part of the chain came to: events checked, what is wrong, the head after them.

    `next` is where to go on, None when all that was asked for is checked.
    """

    head: Head
    events: int = 0
    breaks: list[Break] = field(default_factory=list)
    next: Checked | None = None

    def as_json(self, next_cursor: str | None) -> dict[str, object]:
        """The findings as openapi.yaml has them."""
        head = {"sequence": self.head.sequence, "event_hash": self.head.event_hash.hex()}
        return {
            "valid": not self.breaks,
            "events_checked": self.events,
            "breaks": [_break_as_json(each) for each in self.breaks[:MOST_TOLD]],
            "head": head if self.head.sequence else None,
            "next_cursor": next_cursor,
        }


def _break_as_json(found: Break) -> dict[str, object]:
    """A break; expected and actual are hashes only where hashes differ, else part of `detail`."""
    is_hash = found.type in (BreakType.HASH_MISMATCH, BreakType.CHAIN_BREAK)
    expected, actual = _shown(found.expected), _shown(found.actual)
    detail = f"expected {expected}, found {actual}" if expected else actual
    return {
        "event_id": _shown(found.event_id),
        "sequence": found.sequence,
        "type": found.type.value,
        "expected_hash": expected if is_hash else None,
        "actual_hash": actual if is_hash else None,
        "detail": None if is_hash else detail,
    }


def _shown(text: str | None) -> str | None:
    if text is None or len(text) <= LONGEST_TEXT:
        return text
    return text[:LONGEST_TEXT] + "…"


def verify_range(
    reader: Reader,
    workspace_id: str,
    times: tuple[int, int],
    limit: int,
    position: Checked | None,
    budget: Budget,
) -> Findings:
    """Verify the segments with events of these times (microseconds, inclusive), or go on with it.

    And the segment before them and the one after: where they lie is found by the times that
    segments and the index say, and these two, once verified, prove that none was passed over.
    Stops after the segment with which `limit` events are checked, or the budget is spent.
    """
    position = position or _begin(reader, workspace_id, times)
    findings, resume = Findings(position.head), position.resume
    for part in reader.ledger.stored(workspace_id, position.resume):
        if position.last is not None and (part.first_sequence or 0) > position.last + 1:
            break
        if resume > position.resume and _is_enough(findings, limit, budget):
            findings.next = _from(findings.head, resume, position.last)
            break
        if isinstance(part, Segment):
            budget.spend(part, ())
        [step] = verify(workspace_id, [part], findings.head)
        findings.events += step.events
        findings.breaks += step.breaks
        findings.head = step.head
        resume = max(resume, (part.first_sequence or 0) + 1)
    return findings


def _is_enough(findings: Findings, limit: int, budget: Budget) -> bool:
    return findings.events >= limit or len(findings.breaks) >= MOST_BREAKS or budget.is_spent


def _begin(reader: Reader, workspace_id: str, times: tuple[int, int]) -> Checked:
    """Where the times lie. A chain too damaged to be searched is verified from its beginning."""
    try:
        return _place(reader, workspace_id, times)
    except Unreadable:
        return _after(EMPTY, None)


def _place(reader: Reader, workspace_id: str, times: tuple[int, int]) -> Checked:
    start, end = times
    last = None
    if end < LATEST:
        last = first_sequence_at(reader, workspace_id, end + 1) - 1
    first = first_sequence_at(reader, workspace_id, start) if start > 0 else 1
    if first == 1:
        return _after(EMPTY, last)
    earlier = reader.ledger.containing(workspace_id, first - 1)
    if earlier is None or earlier.first_sequence == 1:
        return _after(EMPTY, last)
    if earlier.last_sequence < first and earlier.last_created_at >= start:
        return _after(EMPTY, last)  # whoever led here was wrong
    before = reader.ledger.containing(workspace_id, earlier.first_sequence - 1)
    return _after(before.head if before else EMPTY, last)


def _after(head: Head, last: int | None) -> Checked:
    return _from(head, head.sequence + 1, last)


def _from(head: Head, resume: int, last: int | None) -> Checked:
    return Checked(head.sequence, head.event_hash, head.created_at, resume, last)
