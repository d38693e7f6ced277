"""Rebuilds the state of the newest run, after its object was lost.

The log has only the root of the map. So this looks for the states of all workspaces that together
give the root. It never makes a state that the log did not sign. Most chains have one possible
state. Only those that grew about when the run took place have several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import combinations, islice, product

from ..chain.ledger import Ledger
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import EMPTY_STATE, State, decode_state
from ..checkpoints.workspace_map import Row, map_root, row_key
from ..checkpoints.workspace_state import WorkspaceState, row_of
from ..errors import IndelibleError
from .newest_run import read_run
from .ports import LockedBucket, States
from .possible_states import find_possible_states, read_restarts

OLDER_STATES = 200
"""Runs before the newest one in which an older state is looked for."""

TRIES = 20_000
"""Combinations that are tried: a few minutes with 100 workspaces, since each makes a map."""

NAMED = 10
"""Workspaces that a failure names at most."""

Candidates = Mapping[str, Sequence[WorkspaceState]]


class CannotRebuild(IndelibleError):
    """The state cannot be rebuilt; the text names the workspaces that stand in the way."""


def rebuild_state(
    ledger: Ledger,
    bucket: LockedBucket,
    states: States,
    newest: PublishedRun,
    workspace_ids: Iterable[str],
    progress: Callable[[], None] = lambda: None,
) -> State:
    """The state of the newest run. `workspace_ids` are those that the table lists.

    Its rows are those that the log has signed. Its time and its entries are those of the run. Holds
    are not in the log, so the state has none but those of an older state that is kept. Reads all
    chains and the whole log. Raises CannotRebuild, Contradiction when an object of the log is gone,
    and Unavailable.
    """
    known = _older_workspaces(bucket, states, newest)
    restarts = read_restarts(bucket, newest)
    candidates, damaged = dict[str, Sequence[WorkspaceState]](), list[str]()
    for name in sorted({*workspace_ids, *known}):
        runs = restarts.get(row_key(name), ())
        begun = WorkspaceState(name, epoch=len(runs), restarts=runs)
        found = find_possible_states(ledger, bucket, begun, newest.run_entry.time)
        candidates[name] = _with_older(found.states, known.get(name))
        damaged += [name] if found.is_damaged else []
        progress()
    origin = newest.checkpoint.origin
    chosen = _choose(origin, newest, candidates)
    if chosen is None:
        raise CannotRebuild(_reason(newest, candidates, damaged))
    time, entries = newest.run_entry.time, newest.entries_before
    return EMPTY_STATE.after(newest.number, time, origin, chosen, entries)


def _older_workspaces(
    bucket: LockedBucket, states: States, newest: PublishedRun
) -> dict[str, WorkspaceState]:
    """The workspaces of the newest older state that is kept, by id; none if none is."""
    for number in range(newest.number - 1, max(0, newest.number - OLDER_STATES), -1):
        run = read_run(bucket, number)
        encoded = states.read(run.state_version)
        if encoded is not None and sha256(encoded).digest() == run.state_sha256:
            return {each.workspace_id: each for each in decode_state(encoded).workspaces}
    return {}


def _with_older(
    found: Sequence[WorkspaceState], older: WorkspaceState | None
) -> Sequence[WorkspaceState]:
    """The possible states, without those before an older one, which is possible itself."""
    if older is None or (found and found[0].epoch != older.epoch):
        return found
    return [*(each for each in found if each.size > older.size), older]


def _choose(
    origin: str, newest: PublishedRun, candidates: Candidates
) -> list[WorkspaceState] | None:
    """The states that together give the root of the map, or None. The likeliest are tried first."""
    rows = {name: [_row(origin, each) for each in found] for name, found in candidates.items()}
    counts = {name: len(found) for name, found in rows.items() if found}
    for picked in islice(_picks(counts), TRIES):
        chosen = [row for name, at in picked.items() if (row := rows[name][at]) is not None]
        if len(chosen) != newest.workspaces:
            continue
        if map_root(sorted(chosen)) == newest.run_entry.map_root:
            return [candidates[name][at] for name, at in picked.items() if rows[name][at]]
    return None


def _row(origin: str, state: WorkspaceState) -> Row | None:
    """The row of the workspace in the map; None for one that no run has covered."""
    if not state.size and not state.epoch and not state.hold:
        return None
    row = row_of(origin, state)
    return Row(row.key, row.text_sha256)


def _picks(counts: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """A candidate of each workspace: the first of all, then others of one, two and more."""
    first = dict.fromkeys(counts, 0)
    several = [name for name, count in counts.items() if count > 1]
    for changed in range(len(several) + 1):
        for names in combinations(several, changed):
            for others in product(*(range(1, counts[name]) for name in names)):
                yield {**first, **dict(zip(names, others, strict=True))}


def _reason(newest: PublishedRun, candidates: Candidates, damaged: Sequence[str]) -> str:
    if damaged:
        return (
            "The state cannot be rebuilt, because these chains are damaged or lack records:"
            f" {_names(damaged)}. Put the records back first, from a backup."
        )
    listed = sum(any(each.size for each in found) for found in candidates.values())
    if listed < newest.workspaces:
        return (
            f"The newest run covers {newest.workspaces} workspaces, and the table has only {listed}"
            " with records. Put the others back first."
        )
    several = [name for name, found in candidates.items() if len(found) > 1]
    return (
        f"No state of these chains has the map that run {newest.number} has logged. Chains with"
        f" several possible sizes, of which none fits: {_names(several) or 'none'}."
    )


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
