"""Covers a chain: verifies its new segments, and takes their records into the workspace tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..chain.segment import MAX_RECORDS_BYTES, Damaged, Segment
from ..checkpoints.workspace_state import Growth, Hold, WorkspaceState
from ..errors import Unavailable
from ..verifying.breaks import Break, unreadable
from ..verifying.run import Rules
from ..verifying.segments import check_segment

MAX_RECORDS = 50_000
"""Maximum records of one workspace that a run covers. The next run goes on there."""

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of these records. So one long chain leaves time for all others."""


@dataclass(frozen=True, slots=True)
class Advance:
    """How far one workspace was covered.

    `after` is `before` with the records that were verified, and nothing else changed. `leaves` has
    their leaf hashes. `held` is the break that follows them, or None. `left` says why there may be
    more records although nothing is wrong; it is None when all known records are covered.
    """

    before: WorkspaceState
    after: WorkspaceState
    leaves: Sequence[bytes] = ()
    held: Break | None = None
    left: str | None = None


def cover(before: WorkspaceState, segments: Iterable[Segment | Damaged]) -> Advance:
    """Verify the segments that follow what is covered, in order, and cover those that verify.

    A segment is covered whole or not at all, so a size is always a segment's end. Nothing after the
    first break is covered, whatever it is. Stops before MAX_RECORDS or MAX_BYTES are exceeded, but
    takes one segment at least. If the segments cannot be read to their end, covers those before.
    """
    head, last_segment = before.head, before.last_segment
    rules, leaves, record_bytes = Rules(before.workspace_id), list[bytes](), 0
    held: Break | None = None
    left: str | None = None
    try:
        for segment in segments:
            if isinstance(segment, Damaged):
                held = unreadable(segment.first_sequence or head.sequence + 1, segment.reason)
                break
            if leaves and _is_enough(len(leaves) + segment.count, record_bytes):
                left = f"a run covers at most {MAX_RECORDS:,} records of a workspace"
                break
            outcome = check_segment(segment, rules, head)
            if outcome.breaks:
                held = outcome.breaks[0]
                break
            leaves += outcome.leaves
            record_bytes += outcome.record_bytes
            head, last_segment = segment.head, segment.first_sequence
    except Unavailable as error:  # also the codec of a newer version: no damage, so it is no break
        left = str(error)
    if not leaves:
        return Advance(before, before, (), held, left)
    after = replace(
        before,
        tree=before.tree.extended(leaves),
        event_hash=head.event_hash,
        last_created_at=head.created_at,
        last_segment=last_segment,
    )
    return Advance(before, after, leaves, held, left)


def _is_enough(records: int, record_bytes: int) -> bool:
    """Whether one more segment, with which there are so many records, may exceed a bound."""
    return records > MAX_RECORDS or record_bytes + MAX_RECORDS_BYTES > MAX_BYTES


def settled(advance: Advance, now: int) -> WorkspaceState:
    """The workspace's state after a run at `now` (microseconds): what holds it, and what waits.

    A hold keeps its time while its break is the same. It ends once the record verifies. If the
    chain could not be read, it stays.
    """
    before, after = advance.before, advance.after
    if advance.held:
        hold: Hold | None = _hold_of(advance.held, before.hold, now)
    else:
        hold = before.hold if advance.left and after is before else None
    if not advance.held and not advance.left:
        return replace(after, hold=hold, growth=None)
    known = before.growth or Growth(now, 0)
    last = max(known.last_sequence, after.size + 1)
    return replace(after, hold=hold, growth=Growth(known.since, last))


def _hold_of(found: Break, earlier: Hold | None, now: int) -> Hold:
    is_same = earlier and (earlier.kind, earlier.sequence) == (found.type, found.sequence)
    since = earlier.since if earlier and is_same else now
    return Hold.of(since, found.type.value, found.sequence, found.reason)
