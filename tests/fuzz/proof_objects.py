"""Readers of what runs put for other runs: state objects, published runs, and growth notes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from indelible.chain.ledger import LAST_SEQUENCE
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.published_run import read_published_run
from indelible.checkpoints.state import State, decode_state, find_workspace, read_rows
from indelible.covering.growth import decode_note, encode_note
from indelible.errors import Unreadable
from support.proofs import ORIGIN

_MOST_ROWS = 20
"""Rows that are looked for, so that one input takes little time."""


def _check_state(content: bytes) -> None:
    state: State | None = None
    with suppress(Unreadable):
        state = decode_state(content)
    try:
        run, rows = read_rows(content)
    except Unreadable:
        assert state is None, "a state whose rows cannot be read"
        return
    for at, row in enumerate(rows[:_MOST_ROWS]):
        try:
            found = find_workspace(content, rows, row.key)
        except Unreadable:
            assert state is None, "a workspace that is not found in a state"
        else:
            assert state is None or found == state.workspaces[at], "another workspace"
    if state is not None:
        assert state.encoded == content, "a second spelling"
        assert (state.run, state.rows) == (run, rows), "other rows"
        with suppress(Unreadable):
            state.check_rows(ORIGIN)


def _check_run(content: bytes) -> None:
    try:
        run = read_published_run(content)
    except Unreadable:
        return
    assert read_published_run(run.encoded) == run, "it is written as another"
    tree = run.edge.compact_range
    assert (tree.size, tree.root) == (run.checkpoint.size, run.checkpoint.root), "another tree"
    assert isinstance(run.entries[-1], RunEntry), "the last entry is not a run's"


def _check_growth(content: bytes) -> None:
    try:
        note = decode_note(content)
    except Unreadable:
        return
    assert encode_note(note) == content, "a second spelling"
    assert all(1 <= each <= LAST_SEQUENCE for firsts in note.values() for each in firsts)


CHECKS: dict[str, Callable[[bytes], None]] = {
    "state": _check_state,
    "run": _check_run,
    "growth": _check_growth,
}
