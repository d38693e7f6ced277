"""Blanks a block whose segments were changed or removed, so that lists read all of it.

A blank page names every record of its block as a candidate, for every term. A blank directory has
no landmarks and no starts. So readers look at the whole block. An empty page would do the opposite:
it would say that the block has no such record, and hide all of its events.

Changed and removed segments make a block blank. Inserted segments do not. A segment can be inserted
into a built block in two cases. Either it was removed before, and the block became blank then. Or
the block was built over the gap, and every record of the gap is a candidate already.
"""

from __future__ import annotations

from collections.abc import Iterable

from .directory import BLANK_DIRECTORY, encode_directory
from .levels import Geometry, Level
from .pages import blank_page
from .ports import Index


def blocks_of(first_sequences: Iterable[int], geometry: Geometry) -> list[int]:
    """Return the narrow blocks, in order, that segments beginning at these sequences may cover.

    The ends of the segments are unknown. A segment has at most `segment_records` records; further
    records of a larger one are not indexed.
    """
    narrow, blocks = geometry.narrow, set[int]()
    for first in first_sequences:
        begin = max(first, 1)
        end = begin + geometry.segment_records - 1
        blocks.update(range(narrow.block_of(begin), narrow.block_of(end) + 1))
    return sorted(blocks)


def blank(index: Index, workspace_id: str, block: int, newest: int) -> None:
    """Blank a narrow block, and the wide block that contains it if that one is built.

    `newest` is the last narrow block that is built. It is safe to repeat, because each put stores
    the same bytes. Raises Unavailable.
    """
    geometry = index.geometry
    wide = block // geometry.narrow_in_wide
    if newest >= (wide + 1) * geometry.narrow_in_wide - 1:
        _blank_pages(index, workspace_id, geometry.wide, wide)
    _blank_pages(index, workspace_id, geometry.narrow, block)
    index.put_directory(
        workspace_id, block, encode_directory(BLANK_DIRECTORY, geometry.narrow.span)
    )


def _blank_pages(index: Index, workspace_id: str, level: Level, block: int) -> None:
    page = blank_page(level.span)
    for shard in range(level.shards):
        index.put_page(workspace_id, level.number, shard, block, page)
