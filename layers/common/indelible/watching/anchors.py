"""The day's anchors: for each workspace, its last checkpoint of each day on which it has grown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from ..chain.ledger import Ledger
from ..chain.segment import event_hashes_of
from ..checkpoints.anchor import Anchor, first_sequence_after
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State
from ..checkpoints.workspace_map import KeptMap, row_key
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.check_log import read_state
from ..covering.newest_run import read_run
from ..covering.ports import LockedBucket, States
from ..errors import Contradiction, DamagedItem, FromNewerVersion, IndelibleError, Unreadable
from ..proving.ports import Anchors
from ..times import SECOND, format_time
from .position import Position

_DAY = 86_400


def put_anchors(
    ledger: Ledger,
    bucket: LockedBucket,
    states: States,
    anchors: Anchors,
    newest: PublishedRun,
    position: Position,
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """Put the anchors of yesterday, as many as there is time for. `now` is in microseconds.

    There are none for a day on which no run was published, or whose state has expired because the
    watcher stood still for longer than a day. There is none for a workspace whose last anchor is
    damaged, or whose records are from a newer version: DamagedItem or FromNewerVersion is raised
    once all others have theirs. Unavailable is raised at once.
    """
    midnight = now // SECOND // _DAY * _DAY
    day = _day_of(midnight - 1)
    if position.anchored >= day:
        return
    run = _last_before(bucket, newest, midnight)
    if run and _day_of(run.run_entry.time) == day:
        try:
            state = read_state(states, run)
        except Contradiction:
            state = None
        left_out = list[IndelibleError]()
        if state and not _put_all(
            ledger, bucket, anchors, run, state, position, has_time, left_out
        ):
            return
        position.anchored, position.anchored_key = day, ""
        if left_out:
            raise left_out[0]
    position.anchored, position.anchored_key = day, ""


def _day_of(seconds: int) -> str:
    return format_time(seconds * SECOND)[: len("yyyy-mm-dd")]


def _last_before(bucket: LockedBucket, newest: PublishedRun, midnight: int) -> PublishedRun | None:
    """The last run before a time in seconds. Times of runs never go back."""
    number = bisect_left(
        range(1, newest.number + 1),
        midnight,
        key=lambda each: read_run(bucket, each).run_entry.time,
    )
    return read_run(bucket, number) if number else None


def _put_all(
    ledger: Ledger,
    bucket: LockedBucket,
    anchors: Anchors,
    run: PublishedRun,
    state: State,
    position: Position,
    has_time: Callable[[], bool],
    left_out: list[IndelibleError],
) -> bool:
    """Put the anchors of one run, in the order of row keys. Returns whether all are put.

    `left_out` gets the reason of each that cannot be made.
    """
    kept = KeptMap.of(state.map_rows)
    for row, workspace in zip(state.rows, state.workspaces, strict=True):
        if row.key.hex() <= position.anchored_key:
            continue
        if not has_time():
            return False
        try:
            if anchor := _anchor(ledger, bucket, anchors, run, workspace, kept):
                anchors.put(anchor)
        except (DamagedItem, FromNewerVersion) as error:
            left_out.append(error)
        position.anchored_key = row.key.hex()
    return True


def _anchor(
    ledger: Ledger,
    bucket: LockedBucket,
    anchors: Anchors,
    run: PublishedRun,
    workspace: WorkspaceState,
    kept: KeptMap,
) -> Anchor | None:
    """The anchor of a workspace in this run. None if its chain has not grown since the last one."""
    checkpoint = workspace.checkpoint(run.checkpoint.origin)
    previous = next(iter(anchors.newest(workspace.workspace_id, 1)), None)
    first = first_sequence_after(previous, checkpoint)
    if first > checkpoint.size:
        return None
    first_event_hash = _event_hash(ledger, workspace.workspace_id, first)
    if first_event_hash is None:
        return None  # the record is damaged or gone, which is a finding
    leaf, path = kept.path(row_key(workspace.workspace_id))
    begun = previous.period_end if previous else read_run(bucket, 1).run_entry.time
    return Anchor(
        checkpoint=checkpoint,
        first_sequence=first,
        period_start=begun,
        period_end=run.run_entry.time,
        first_event_hash=first_event_hash,
        last_event_hash=workspace.event_hash,
        previous_hash=previous.hash_for_next if previous else None,
        run=run.number,
        log_size=run.edge.size,
        leaf=leaf,
        map_path=tuple(path),
    )


def _event_hash(ledger: Ledger, workspace_id: str, sequence: int) -> bytes | None:
    """The event hash of one record. None if it cannot be read."""
    try:
        segment = ledger.at_or_before(workspace_id, sequence)
        if segment is None or not segment.holds(sequence):
            return None
        return event_hashes_of(segment)[sequence - segment.first_sequence]
    except Unreadable:
        return None
