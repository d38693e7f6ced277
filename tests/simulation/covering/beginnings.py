"""The deployments that stories begin with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from support.deployment import Deployment
from support.memory_log import MemorySigner

from .situations import (
    NEW_KEY,
    nothing_yet,
    of_255_entries,
    some_runs,
    unfinished_tile_of_the_log,
)


@cache
def _unfinished_tile() -> Deployment:
    return unfinished_tile_of_the_log()


BEGINNINGS: list[Callable[[], Deployment]] = [
    nothing_yet,
    lambda: some_runs().copy(),
    nothing_yet,
    lambda: of_255_entries().copy(),
    lambda: _unfinished_tile().copy(),
]


def a_beginning(seed: int) -> Deployment:
    """A new deployment; one with some runs; or one whose log is about to fill a tile."""
    log = BEGINNINGS[seed % len(BEGINNINGS)]()
    log.witnesses = []
    log.signers = [MemorySigner(), MemorySigner(private=NEW_KEY)]
    return log
