"""From one state to a later one: chains that went on with records of long ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..chain.ledger import Ledger
from ..chain.record import read_header
from ..chain.segment import read_records
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State, decode_state
from ..checkpoints.workspace_state import WorkspaceState
from ..errors import DamagedItem, FromNewerVersion, Unavailable, Unreadable
from ..times import SECOND, parse_time
from .finding import Findings, Found
from .heads import BACKDATED_BY, backdated
from .position import Position
from .services import Services


def check_steps(
    services: Services,
    position: Position,
    findings: Findings,
    newest: PublishedRun,
    state: State,
    now: int,
    has_time: Callable[[], bool],
) -> None:
    """Compare the state with that of the last invocation, if there are both.

    Raises Unavailable, also if there is no time for some chains, and DamagedItem if the last one's
    state cannot be read. These two do not repeat: the next comparison is with this state.
    """
    if newest.number == position.run:
        return
    before, unread = _read_before(services, position)
    passed, still_idle = 0, dict[str, int]()
    if before:
        idle = _idle_until(before, position)
        for known, idle_at in _gone_on(before, state, idle, position.noted):
            if not has_time():
                passed += 1
                continue
            for found in _check(services.ledger, known, idle_at):
                name = known.workspace_id
                findings.replace(name, f"backdated/{found.sequence}", [found], now)
        still_idle = _still_idle(before, state, idle)
    position.idle = still_idle
    position.run, position.run_time = newest.number, min(newest.run_entry.time, now // SECOND)
    position.state_version = newest.state_version
    sizes = {each.workspace_id: each.size for each in state.workspaces}
    position.noted = {
        name: first for name, first in position.noted.items() if first > sizes.get(name, 0)
    }
    if unread:
        raise DamagedItem(f"the state of the last invocation: {unread}")
    if passed:
        raise Unavailable(f"there was no time to look at {passed} of the chains that went on")


def _read_before(services: Services, position: Position) -> tuple[State | None, Unreadable | None]:
    """The state of the last invocation, or why it cannot be read. Raises Unavailable."""
    encoded = services.states.read(position.state_version) if position.state_version else None
    try:
        return decode_state(encoded) if encoded else None, None
    except Unreadable as error:
        return None, error


def _idle_until(before: State, position: Position) -> dict[str, int]:
    """When each chain last had no record after those covered in `before`, in microseconds.

    That is the time of `before`, unless something waited or was held by then. Such a chain was idle
    at an earlier step, or it is not known that it ever was.
    """
    known_at = position.run_time * SECOND
    return {
        each.workspace_id: known_at
        for each in before.workspaces
        if each.growth is None and each.hold is None
    } | position.idle


def _still_idle(before: State, after: State, idle: Mapping[str, int]) -> dict[str, int]:
    """Those of the chains that wait or are held in `after`, and were not covered any further."""
    earlier = {each.workspace_id: each for each in before.workspaces}
    return {
        each.workspace_id: idle[each.workspace_id]
        for each in after.workspaces
        if (each.growth or each.hold)
        and each.workspace_id in idle
        and (known := earlier.get(each.workspace_id))
        and (known.tree, known.epoch) == (each.tree, each.epoch)
    }


def _gone_on(
    before: State, after: State, idle: Mapping[str, int], noted: Mapping[str, int]
) -> Iterator[tuple[WorkspaceState, int]]:
    """The chains that were idle, and may have gone on with a backdated record, as in `before`.

    Each with the time when it last had no further record. A created_at is never before that of the
    record before, so only a chain whose last record is old can be gone on with backdated. `noted`
    has the growth that covering knew late: the check of heads has judged it.
    """
    earlier = {each.workspace_id: each for each in before.workspaces}
    for each in after.workspaces:
        known, idle_at = earlier.get(each.workspace_id), idle.get(each.workspace_id)
        if known and idle_at is not None and _may_be_backdated(known, each, idle_at, noted):
            yield known, idle_at


def _may_be_backdated(
    known: WorkspaceState, now: WorkspaceState, idle_at: int, noted: Mapping[str, int]
) -> bool:
    return (
        0 < known.size < now.size
        and known.epoch == now.epoch
        and known.last_created_at < idle_at - BACKDATED_BY
        and noted.get(known.workspace_id) != known.size + 1
    )


def _check(ledger: Ledger, known: WorkspaceState, known_at: int) -> list[Found]:
    """The warning for one chain. Its first new record says when it was created: one call.

    Its segment may have been changed since it was covered: joined to the one before, or given
    another time. A record that cannot be read is left to the check of its stretch.
    """
    sequence = known.size + 1
    try:
        segment = ledger.at_or_before(known.workspace_id, sequence)
        if segment is None or not segment.holds(sequence):
            return []
        record = read_records(segment)[sequence - segment.first_sequence]
        created_at = parse_time(read_header(record).created_at)
    except (Unreadable, FromNewerVersion, ValueError):
        return []
    return backdated(sequence, created_at, known_at)
