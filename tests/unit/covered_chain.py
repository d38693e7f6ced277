"""A long chain, and what covering it gives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from indelible.chain.segment import Segment
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.cover import cover
from support.builders import NOON, SECOND, WORKSPACE
from support.small_index import chain_of, events_at

NOTHING = WorkspaceState(WORKSPACE)


LONG = 300


@cache
def long_chain() -> list[Segment]:
    """300 records in segments of 1, 7, 2 and 40."""
    return chain_of(events_at([NOON + n * SECOND for n in range(LONG)]), [1, 7, 2, 40])


def covered(segments: Sequence[Segment], before: WorkspaceState = NOTHING) -> WorkspaceState:
    """The state after these segments, all of which verify."""
    advance = cover(before, segments)
    assert (advance.held, advance.left) == (None, None)
    return advance.after
