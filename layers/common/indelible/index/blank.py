"""Blanks a block whose segments were changed or removed, so that lists read all of it.

A blank page names every record of its block as a candidate, for every term. A blank directory has
no landmarks. So readers look at the whole block. An empty page would do the opposite: it would say
that the block has no such record, and hide all of its events.

Changed and removed segments make a block blank. Inserted segments do not. A segment can be inserted
into a built block in two cases. Either it was removed before, and the block became blank then. Or
the block was built over the gap, and every record of the gap is a candidate already.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..chain.segment import MAX_RECORDS
from .directory import encode_landmarks
from .levels import NARROW, NARROW_IN_WIDE, WIDE
from .pages import blank_page
from .port import Index


def blocks_of(first_sequences: Iterable[int]) -> list[int]:
    """Return the narrow blocks, in order, that segments beginning at these sequences may cover.

    The ends of the segments are unknown. A segment has at most MAX_RECORDS records; further records
    of a larger one are not indexed.
    """
    blocks: set[int] = set()
    for first in first_sequences:
        begin, end = max(first, 1), max(first, 1) + MAX_RECORDS - 1
        blocks.update(range(NARROW.block_of(begin), NARROW.block_of(end) + 1))
    return sorted(blocks)


def blank(index: Index, workspace_id: str, block: int, newest: int) -> None:
    """Blank a narrow block, and the wide block that contains it if that one is built.

    `newest` is the last narrow block that is built. It is safe to repeat, because each put stores
    the same bytes. Raises Unavailable.
    """
    wide = block // NARROW_IN_WIDE
    if newest >= (wide + 1) * NARROW_IN_WIDE - 1:
        for shard in range(WIDE.shards):
            index.put_page(workspace_id, WIDE.number, shard, wide, blank_page(WIDE.span))
    for shard in range(NARROW.shards):
        index.put_page(workspace_id, NARROW.number, shard, block, blank_page(NARROW.span))
    index.put_directory(workspace_id, block, encode_landmarks([]))
