"""The plan of a run: which workspaces it looks at, and in what order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..checkpoints.workspace_state import Growth, WorkspaceState
from .cover import MAX_RECORDS
from .growth import Noted

FIRST_TURNS = 4
"""Workspaces that are slow or held, and have their turn before all others: some two seconds."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A workspace to look at. `noted` has the first sequences in growth notes, ascending."""

    state: WorkspaceState
    noted: Sequence[int] = ()

    @property
    def is_slow(self) -> bool:
        """Whether the workspace is held, or has more records than a run covers."""
        growth = self.state.growth
        behind = growth.last_sequence - self.state.size if growth else 0
        return self.state.hold is not None or behind > MAX_RECORDS


def waiting_at(
    states: Iterable[WorkspaceState], notes: Mapping[str, Noted], now: int
) -> list[Waiting]:
    """The workspaces that a run at `now` (microseconds) looks at: grown, left over, or held.

    `states` has every workspace of the state. A note may name a workspace that is not among them.
    """
    unknown = dict(notes)
    found = [
        _noted(state, noted, now)
        for state in states
        if (noted := unknown.pop(state.workspace_id, None)) or state.growth or state.hold
    ]
    found += [_noted(WorkspaceState(name), noted, now) for name, noted in unknown.items()]
    return found


def _noted(state: WorkspaceState, noted: Noted | None, now: int) -> Waiting:
    """The workspace with the growth that the notes name. It waits since the first was sent.

    The run that first receives a note may be unable to read the chain, and cannot say so in a state
    if the workspace is new. So the time of the run does not count. But it waits since `now` at the
    latest: the clock of an earlier run may have been ahead.
    """
    if state.growth and state.growth.since > now:
        state = replace(state, growth=state.growth._replace(since=now))
    if noted is None:
        return Waiting(state)
    last = noted.firsts[-1]
    if last > state.size:
        known = state.growth or Growth(min(noted.since, now), last)
        state = replace(state, growth=Growth(known.since, max(known.last_sequence, last)))
    return Waiting(state, noted.firsts)


def in_order(waiting: Iterable[Waiting], run: int) -> list[Waiting]:
    """The order in which run `run` covers the workspaces: the longest-waiting first.

    Workspaces without growth, which only have to be checked, come after those that have grown.
    Slow and held workspaces come last. Otherwise many of them would delay all others for hours, and
    a table writer could arrange that. But a few, others in each run, come before all. So each of
    them has its turn even when the time never suffices.
    """
    by_time = sorted(waiting, key=_place)
    slow = [each for each in by_time if each.is_slow]
    prompt = [each for each in by_time if not each.is_slow]
    start = run * FIRST_TURNS % len(slow) if slow else 0
    first = [*slow[start:], *slow[:start]][:FIRST_TURNS]
    names = {each.state.workspace_id for each in first}
    return [*first, *prompt, *(each for each in slow if each.state.workspace_id not in names)]


def _place(waiting: Waiting) -> tuple[bool, int]:
    growth = waiting.state.growth
    return growth is None, growth.since if growth else 0
