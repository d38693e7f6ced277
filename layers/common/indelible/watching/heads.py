"""Covered heads: whether every chain still ends, or goes on, as it did when it was covered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from ..chain.ledger import Ledger
from ..chain.segment import Segment
from ..checkpoints.watched import BACKDATED
from ..checkpoints.workspace_state import WorkspaceState
from ..covering.covered_head import HeadCheck, check_head_and_growth
from ..covering.growth import encode_note
from ..errors import Unavailable, Unreadable
from ..times import SECOND, format_time
from .finding import Found
from .ports import SentNotes

AT_A_TIME = 16
"""Chains that are read side by side."""

NOTED_WITHIN = 180 * SECOND
"""Microseconds. Within this time the indexer has noted what was chained."""

BACKDATED_BY = 900 * SECOND
"""Microseconds. Only events that had to wait are chained so long after their created_at."""

OF_A_NOTE = 1_000
"""Workspaces that one note names, so that it stays small enough for the queue."""


def check_heads(
    ledger: Ledger, states: Iterable[WorkspaceState]
) -> dict[str, HeadCheck | Unavailable]:
    """What the head of each chain shows, by workspace."""
    states = [*states]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        checked = pool.map(lambda each: _check(ledger, each), states)
        return {each.workspace_id: found for each, found in zip(states, checked, strict=True)}


def _check(ledger: Ledger, state: WorkspaceState) -> HeadCheck | Unavailable:
    try:
        return check_head_and_growth(ledger, state)
    except Unavailable as error:
        return error


def is_unnoted(grown: Segment, state: WorkspaceState, now: int) -> bool:
    """Whether nobody knows that the chain has grown, though there was time to note it.

    Records may be dated ahead, and nobody can say how long those are there.
    """
    return state.growth is None and abs(now - grown.first_created_at) > NOTED_WITHIN


def backdated(sequence: int, created_at: int, known_at: int) -> list[Found]:
    """The warning if a chain has gone on with a record that says it is older than it can be.

    The chain ended before the record with this sequence at `known_at`. Times are in microseconds.
    """
    if created_at >= known_at - BACKDATED_BY:
        return []
    reason = (
        f"created at {format_time(created_at)}, and not in the chain at {format_time(known_at)}; "
        "it is in order if the event waited in the dead-letter queue"
    )
    return [Found(BACKDATED, sequence, reason)]


def send_notes(notes: SentNotes, growth: Mapping[str, int]) -> None:
    """Note that these chains have grown from these sequences on."""
    grown = [*growth.items()]
    for start in range(0, len(grown), OF_A_NOTE):
        notes.send(encode_note({name: [at] for name, at in grown[start : start + OF_A_NOTE]}))


def first_of(ledger: Ledger, workspace_id: str) -> int | None:
    """The first sequence of a chain that the state does not know. None if there is no record."""
    try:
        return next((1 for _ in ledger.ascending(workspace_id, 1, page_size=1)), None)
    except Unreadable:
        return 1
