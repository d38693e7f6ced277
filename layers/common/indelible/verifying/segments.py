"""Verifying a chain: recomputes every hash from the bytes of its records, in one pass.

Memory holds one segment at a time, whatever the length of the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..chain.hashes import EMPTY, Head, leaf_hashes
from ..chain.segment import Damaged, Prefixes, Segment, read_prefixes, read_records, record_parts
from ..errors import Unreadable
from ..times import format_time
from .breaks import Break, BreakType, Step, chain_break, unreadable
from .records import check_parts, check_together, explain
from .run import Outcome, Position, Rules, Run

if TYPE_CHECKING:
    from .kept_head import KeptHead


def verify(
    workspace_id: str,
    segments: Iterable[Segment | Damaged],
    start: Head = EMPTY,
    kept: KeptHead | None = None,
) -> Iterator[Step]:
    """Check segments, in order, against the chain that ends at `start`. Yields a step for each.

    Finds changed, removed, inserted and swapped records and segments. After a break it continues
    with the values of the segment, so that each break is reported once. A chain whose end was cut
    off is valid: compare the last head with one that was kept. `kept` notes the event hash that the
    chain has at its sequence.
    """
    head, rules = start, Rules(workspace_id)
    for segment in segments:
        if isinstance(segment, Damaged):
            sequence = segment.first_sequence or head.sequence + 1
            yield Step(0, (unreadable(sequence, segment.reason),), head)
            continue
        outcome = check_segment(segment, rules, head)
        if kept:
            kept.note(outcome.event_hashes)
        head = segment.head
        yield Step(segment.count, tuple(outcome.breaks), head)


def check_segment(segment: Segment, rules: Rules, head: Head) -> Outcome:
    """Check one segment of a chain that ends at `head`: its place, its records and its times.

    It is what `verify` does for each. Raises FromNewerVersion when the codec is unknown.
    """
    outcome = _check_records(segment, rules, head)
    misplaced = [*_check_place(segment, head)]
    return outcome._replace(breaks=[*misplaced, *outcome.breaks]) if misplaced else outcome


def checked_event_hashes(segment: Segment, records: Sequence[bytes]) -> Sequence[bytes] | None:
    """The event hash of each record, or None if `verify` would find a break in the segment itself.

    `records` are those of the segment, as `read_records` returns them. Only the segment is checked,
    not its link to the one before: hashes that fit forged records pass here, and break the chain.
    """
    try:
        run = _run_of(segment, records)
    except Unreadable:
        return None
    outcome = check_together(run, Rules(segment.workspace_id), _before(segment, ""))
    if outcome is None or [*_check_times(segment, outcome)]:
        return None
    [(_, hashes)] = outcome.event_hashes
    return hashes


def _check_place(segment: Segment, head: Head) -> Iterator[Break]:
    """Check that the segment begins where the chain ended."""
    first = segment.first_sequence
    if first != head.sequence + 1:
        yield Break(BreakType.SEQUENCE_GAP, first, None, str(head.sequence + 1), str(first))
    if segment.previous_event_hash != head.event_hash:
        yield chain_break(first, head.event_hash, segment.previous_event_hash)


def _check_records(segment: Segment, rules: Rules, head: Head) -> Outcome:
    """Check the records, and that they give the segment's event hash and times."""
    before = _before(segment, format_time(head.created_at))
    outcome = _check_parts(segment, rules, before)
    if outcome is None:
        try:
            run = _run_of(segment, read_records(segment))
        except Unreadable as error:
            claimed = [(segment.last_sequence, [segment.event_hash])]
            return Outcome([unreadable(segment.first_sequence, str(error))], before, claimed)
        outcome = explain(run, rules, before)
    wrong_times = [*_check_times(segment, outcome)]
    return outcome._replace(breaks=[*outcome.breaks, *wrong_times]) if wrong_times else outcome


def _check_parts(segment: Segment, rules: Rules, before: Position) -> Outcome | None:
    """The outcome if every rule holds for every record, None if one does not."""
    try:
        return check_parts(_parts_of(segment), rules, before)
    except Unreadable:
        return None


def _parts_of(segment: Segment) -> Iterator[Run]:
    """The parts of the run of `_run_of`. Raises as it does, after the parts before."""
    (stored, size), start, last = read_prefixes(segment), 0, segment.count - 1
    for records in record_parts(segment):
        end = start + len(records)
        claims = {last - start: segment.event_hash} if start <= last < end else {}
        prefixes = Prefixes(stored[start * size : end * size], size)
        yield Run(records, leaf_hashes(records), claims, prefixes)
        start = end


def _run_of(segment: Segment, records: Sequence[bytes]) -> Run:
    """The records with the hashes that are stored with them. Raises Unreadable."""
    prefixes, claims = read_prefixes(segment), {segment.count - 1: segment.event_hash}
    return Run(records, leaf_hashes(records), claims, prefixes)


def _before(segment: Segment, created_at: str) -> Position:
    """The position that the segment says it follows; `created_at` is that of the record there."""
    return Position(segment.first_sequence - 1, segment.previous_event_hash, created_at)


def _check_times(segment: Segment, outcome: Outcome) -> Iterator[Break]:
    """Check that the segment states the times of its records. The writer's look-up needs this."""
    first, last = format_time(segment.first_created_at), format_time(segment.last_created_at)
    if first != outcome.first_created_at:
        sequence, actual = segment.first_sequence, outcome.first_created_at
        yield Break(BreakType.TIME_ORDER, sequence, None, first, actual)
    if last != outcome.position.created_at:
        sequence, actual = segment.last_sequence, outcome.position.created_at
        yield Break(BreakType.TIME_ORDER, sequence, None, last, actual)
