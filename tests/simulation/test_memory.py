"""Environments live for hours: their memory does not grow with the work they have done."""

from __future__ import annotations

import gc
import logging
import tracemalloc

from .stage import Stage
from .story import tell

MOST_GROWTH = 100_000
"""Bytes over about 4,000 calls of AWS: a few bytes per call would be seen."""


def memory_after(stage: Stage, seeds: range) -> int:
    """Bytes in use by Python's objects after these runs, each followed by the same one."""
    for seed in [*seeds, 1]:
        tell(stage, seed)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_the_memory_of_a_function_does_not_grow_with_its_lifetime(stage: Stage) -> None:
    """Without the log, of which pytest keeps every line."""
    logging.disable()
    tracemalloc.start()
    try:
        memory_after(stage, range(150))  # caches fill
        before = memory_after(stage, range(150, 200))
        after = memory_after(stage, range(200, 250))
    finally:
        tracemalloc.stop()
        logging.disable(logging.NOTSET)
    assert after - before < MOST_GROWTH
