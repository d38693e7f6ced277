"""From one state to a later one: chains that went on with records of long ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..chain.ledger import Ledger
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State, decode_state
from ..checkpoints.workspace_state import WorkspaceState
from ..errors import Unreadable
from ..times import SECOND
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
    """Compare the state with that of the last invocation, if there are both. Raises Unavailable."""
    if newest.number == position.run:
        return
    encoded = services.states.read(position.state_version) if position.state_version else None
    if encoded:
        before = decode_state(encoded)
        steps = _find_backdated(
            services.ledger, before, position.run_time, state, position.noted, has_time
        )
        for name, found in steps:
            findings.replace(name, f"backdated/{found.sequence}", [found], now)
    position.run, position.run_time = newest.number, min(newest.run_entry.time, now // SECOND)
    position.state_version = newest.state_version
    sizes = {each.workspace_id: each.size for each in state.workspaces}
    position.noted = {
        name: first for name, first in position.noted.items() if first > sizes.get(name, 0)
    }


def _find_backdated(
    ledger: Ledger,
    before: State,
    before_time: int,
    after: State,
    noted: Mapping[str, int],
    has_time: Callable[[], bool],
) -> Iterator[tuple[str, Found]]:
    """The warning for each chain that was idle, and was covered further with a backdated record.

    `before_time` is that of the run of `before`, in seconds. A created_at is never before that of
    the record before, so only a chain whose last record is old can be gone on with backdated. That
    of the first new record is read, with one call. `noted` has the growth that covering knew late:
    the check of heads has judged it. Raises Unavailable.
    """
    known_at = before_time * SECOND
    earlier = {each.workspace_id: each for each in before.workspaces}
    for each in after.workspaces:
        known = earlier.get(each.workspace_id)
        if known and _may_be_backdated(known, each, known_at, noted) and has_time():
            for found in _check(ledger, known, known_at):
                yield each.workspace_id, found


def _may_be_backdated(
    known: WorkspaceState, now: WorkspaceState, known_at: int, noted: Mapping[str, int]
) -> bool:
    return (
        0 < known.size < now.size
        and known.epoch == now.epoch
        and known.growth is None
        and known.hold is None
        and known.last_created_at < known_at - BACKDATED_BY
        and noted.get(known.workspace_id) != known.size + 1
    )


def _check(ledger: Ledger, known: WorkspaceState, known_at: int) -> list[Found]:
    try:
        first = ledger.at_or_before(known.workspace_id, known.size + 1)
    except Unreadable:
        return []  # the check of its stretch finds that
    if first is None or first.first_sequence != known.size + 1:
        return []
    return backdated(first, known_at)
