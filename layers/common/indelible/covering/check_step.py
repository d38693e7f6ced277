"""The rules from one state to the next. What breaks one of them is never signed."""

from __future__ import annotations

from collections.abc import Sequence

from ..checkpoints.entries import ContinuesEntry, Entry, KeyEntry, RestartEntry, RunEntry
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State
from ..checkpoints.workspace_state import StateRow
from ..errors import Contradiction, UnknownKey
from ..tlog.keys import VerifierKey


def check_step(before: State, after: State, published: PublishedRun | None) -> None:
    """Raise Contradiction unless `after` may follow `before`.

    No workspace disappears. Within an epoch its tree only grows, and a tree of one size has one
    root. An epoch ends only beside the entry that says so, and the next one follows. Time
    never goes back. `published` is the run that published `before`, None before the first run.
    """
    _check_rare_entries(after, is_first=published is None)
    if after.run != before.run + 1:
        raise Contradiction(f"Run {after.run} cannot follow run {before.run}.")
    if published and after.time < published.run_entry.time:
        raise Contradiction(f"Run {after.run} is older than the run before it.")
    logged = [each for each in after.entries_before if isinstance(each, RestartEntry)]
    restarts = {each.key: each for each in logged}
    if len(restarts) < len(logged):
        raise Contradiction("A workspace restarts twice in one run.")
    rows = {row.key: row for row in after.rows}
    for row in before.rows:
        following = rows.pop(row.key, None)
        if following is None:
            raise Contradiction("A workspace is gone from the map.")
        _check_row(row, following, restarts.pop(row.key, None))
    if any(row.epoch for row in rows.values()):
        raise Contradiction("A new workspace does not begin with epoch 0.")
    if restarts:
        raise Contradiction("A restart is logged of a workspace that is not in the map.")


def _check_row(row: StateRow, following: StateRow, restart: RestartEntry | None) -> None:
    if restart:
        old = (restart.old_epoch, restart.old_size, restart.old_root)
        if old != (row.epoch, row.size, row.root):
            raise Contradiction("A restart does not name the tree that it ends.")
        if following.epoch != row.epoch + 1 or restart.kept_size > row.size:
            raise Contradiction("A restarted workspace does not begin the next epoch.")
    elif following.epoch != row.epoch:
        raise Contradiction("A workspace begins a new epoch, and no entry says so.")
    elif following.size < row.size:
        raise Contradiction("A workspace tree has shrunk.")
    elif following.size == row.size and following.root != row.root:
        raise Contradiction("A workspace tree has two roots for one size.")


def _check_rare_entries(state: State, *, is_first: bool) -> None:
    """Raise Contradiction unless the entries of a state may stand before its run entry.

    Only the first run may continue another log.
    """
    for entry in state.entries_before:
        if entry.time != state.time:
            raise Contradiction("An entry of the log does not have the time of its run.")
        if isinstance(entry, RunEntry):
            raise Contradiction("A run entry must be the last entry of its run.")
        if isinstance(entry, ContinuesEntry) and not is_first:
            raise Contradiction("Only the first run can continue another log.")


def check_keys(rare: Sequence[Entry], signing: Sequence[VerifierKey]) -> None:
    """Raise UnknownKey unless every key that is to be logged is one of `signing`."""
    keys = {each.text for each in signing}
    for entry in rare:
        if isinstance(entry, KeyEntry) and entry.key.text not in keys:
            raise UnknownKey(
                f"A run was decided that logs the key {entry.key.text}, with which this deployment "
                "does not sign. If it was to sign with it, set that key again, so that the run is "
                "published as it was decided. Otherwise somebody has written to the table."
            )
