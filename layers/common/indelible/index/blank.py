"""Blanking: a block whose segments have changed says nothing any more.

A blank page names every record of its block as a candidate, whatever the term, and a blank
directory has no landmark. So everything there is read. An empty page would do the opposite: it
would say that the block has nothing, and hide all of its events.

Only changed and removed segments make a block blank, inserted ones do not. When a segment is
inserted into a block that is built, either it was removed before, which made the block blank, or
the block was built over the hole, and then every record of the hole is a candidate already.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..chain.segment import MAX_RECORDS
from .directory import encode_landmarks
from .levels import NARROW, NARROW_IN_WIDE, WIDE
from .pages import blank_page
from .port import Index


def blocks_of(first_sequences: Iterable[int]) -> list[int]:
    """The narrow blocks that segments may lie in which begin at these sequences, in order.

    Only where they begin is known. A segment has at most MAX_RECORDS records, and what a larger one
    says of more is not indexed.
    """
    blocks: set[int] = set()
    for first in first_sequences:
        begin, end = max(first, 1), max(first, 1) + MAX_RECORDS - 1
        blocks.update(range(NARROW.block_of(begin), NARROW.block_of(end) + 1))
    return sorted(blocks)


def blank(index: Index, workspace_id: str, block: int, newest: int) -> None:
    """Make a built narrow block say nothing, and the wide block over it if that is built.

    `newest` is the last narrow block that is built. Safe to repeat: each put is the same again.
    """
    wide = block // NARROW_IN_WIDE
    if newest >= (wide + 1) * NARROW_IN_WIDE - 1:
        for shard in range(WIDE.shards):
            index.put_page(workspace_id, WIDE.number, shard, wide, blank_page(WIDE.span))
    for shard in range(NARROW.shards):
        index.put_page(workspace_id, NARROW.number, shard, block, blank_page(NARROW.span))
    index.put_directory(workspace_id, block, encode_landmarks([]))
