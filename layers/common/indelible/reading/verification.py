"""Verifying a part of a chain within one request. The next request resumes where it stopped."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ..chain.hashes import EMPTY, Head
from ..chain.segment import Segment
from ..errors import Unreadable
from ..times import LATEST
from ..verifying.breaks import Break, cut_off, other_head
from ..verifying.kept_head import KeptHead
from ..verifying.segments import verify
from .budget import Budget
from .find_event import first_sequence_at
from .metered import in_time
from .missing_records import missing_beside_index
from .reader import Reader

ENOUGH_BREAKS = 100
"""The response ends after the segment that reaches this many breaks."""

MAX_BREAKS_SHOWN = 3_000
"""Maximum breaks per response, so that it stays below Lambda's 6 MB.

A segment that the writer made has at most three breaks for each of its 1,000 records. Somebody else
may have stored a larger segment.
"""

LONGEST_TEXT = 200
"""Maximum length, in characters, of text quoted from a record, for the same reason."""


class VerifiedUpTo(msgspec.Struct, frozen=True):
    """The position from which a verification continues. Cursors carry it: its names are fixed.

    The chain is verified up to `sequence`, whose event hash and created_at (microseconds) follow.
    Reading continues at the first segment that begins at `resume` or later. It ends with the last
    segment that begins at `last` + 1 or earlier, or with the chain if `last` is None.
    """

    sequence: int
    event_hash: bytes
    created_at: int
    resume: int
    last: int | None

    @property
    def head(self) -> Head:
        """The head of the part that is verified."""
        return Head(self.sequence, self.event_hash, self.created_at)


@dataclass(slots=True)
class Findings:
    """The result of verifying a part of a chain; `head` is the head of the chain after it.

    `events` counts the events checked. `next` is the position to continue from, None after the last
    part.
    """

    head: Head
    events: int = 0
    breaks: list[Break] = field(default_factory=list)
    next: VerifiedUpTo | None = None


def verify_range(
    reader: Reader,
    workspace_id: str,
    times: tuple[int, int],
    limit: int,
    position: VerifiedUpTo | None,
    budget: Budget,
    covered: KeptHead | None = None,
) -> Findings:
    """Verify the segments that hold events of these times, from `position` on if there is one.

    `times` are microseconds, both inclusive. The index and the times that segments state, which are
    not proven, say where these segments are. So the segment before them and the one after them are
    verified too: they prove that no segment was skipped. Where the chain ends, the index may show
    that it was longer, and so does `covered`, the last record that the log covers. If the part has
    that record, it must be the same. Verifying stops after the segment that reaches `limit` events
    or ENOUGH_BREAKS, or exhausts the budget. Unavailable when the times are not found in time.
    """
    position = position or _begin(in_time(reader, budget), workspace_id, times)
    findings, resume = Findings(position.head), position.resume
    for part in reader.ledger.stored(workspace_id, position.resume):
        if position.last is not None and (part.first_sequence or 0) > position.last + 1:
            break
        if resume > position.resume and _is_enough(findings, limit, budget):
            findings.next = _from(findings.head, resume, position.last)
            break
        if isinstance(part, Segment):
            budget.spend(part, ())
        [step] = verify(workspace_id, [part], findings.head, covered)
        findings.events += step.events
        findings.breaks += step.breaks
        findings.head = step.head
        resume = max(resume, (part.first_sequence or 0) + 1)
    else:
        _check_end(reader, workspace_id, findings, covered)
    if covered and covered.found not in (None, covered.event_hash):
        changed = other_head(covered.sequence, covered.event_hash, covered.found or b"")
        findings.breaks.append(changed)
    return findings


def _check_end(
    reader: Reader, workspace_id: str, findings: Findings, covered: KeptHead | None
) -> None:
    """Add a break if the chain was longer than what is stored. Breaks before it explain the end."""
    if not findings.breaks:
        last = findings.head.sequence
        if covered and last < covered.sequence:
            findings.breaks.append(cut_off(last, covered.sequence))
        elif missing := missing_beside_index(reader.ledger, reader.index, workspace_id, last):
            findings.breaks.append(missing)


def _is_enough(findings: Findings, limit: int, budget: Budget) -> bool:
    return findings.events >= limit or len(findings.breaks) >= ENOUGH_BREAKS or budget.is_spent


def _begin(reader: Reader, workspace_id: str, times: tuple[int, int]) -> VerifiedUpTo:
    """The first position: the chain's beginning, if it is too damaged to be searched by time."""
    try:
        return _locate(reader, workspace_id, times)
    except Unreadable:
        return _after(EMPTY, None)


def _locate(reader: Reader, workspace_id: str, times: tuple[int, int]) -> VerifiedUpTo:
    """The position before the segment that precedes the first one with events of these times."""
    start, end = times
    last = None
    if end < LATEST:
        last = first_sequence_at(reader, workspace_id, end + 1) - 1
    first = first_sequence_at(reader, workspace_id, start) if start > 0 else 1
    if first == 1:
        return _after(EMPTY, last)
    earlier = reader.ledger.at_or_before(workspace_id, first - 1)
    if earlier is None or earlier.first_sequence == 1:
        return _after(EMPTY, last)
    if earlier.last_sequence < first and earlier.last_created_at >= start:
        return _after(EMPTY, last)  # the search was misled
    before = reader.ledger.at_or_before(workspace_id, earlier.first_sequence - 1)
    return _after(before.head if before else EMPTY, last)


def _after(head: Head, last: int | None) -> VerifiedUpTo:
    return _from(head, head.sequence + 1, last)


def _from(head: Head, resume: int, last: int | None) -> VerifiedUpTo:
    return VerifiedUpTo(head.sequence, head.event_hash, head.created_at, resume, last)


def public_findings(findings: Findings, next_cursor: str | None) -> dict[str, object]:
    """The findings as `Verification` in openapi.yaml has them."""
    head = {"sequence": findings.head.sequence, "event_hash": findings.head.event_hash.hex()}
    return {
        "valid": not findings.breaks,
        "events_checked": findings.events,
        "breaks": [_public_break(each) for each in findings.breaks[:MAX_BREAKS_SHOWN]],
        "head": head if findings.head.sequence else None,
        "next_cursor": next_cursor,
    }


def _public_break(found: Break) -> dict[str, object]:
    """A break in the API's shape. `detail` has the expected and actual values, unless hashes."""
    is_hash = found.type.compares_hashes
    expected, actual = _shorten(found.expected), _shorten(found.actual)
    detail = f"expected {expected}, found {actual}" if expected else actual
    return {
        "event_id": _shorten(found.event_id),
        "sequence": found.sequence,
        "type": found.type.value,
        "expected_hash": expected if is_hash else None,
        "actual_hash": actual if is_hash else None,
        "detail": found.detail if is_hash else detail,
    }


def _shorten(text: str | None) -> str | None:
    if text is None or len(text) <= LONGEST_TEXT:
        return text
    return text[:LONGEST_TEXT] + "…"
