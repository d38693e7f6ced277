"""Rebuilds an index: puts every block again, and makes entries beyond the chain harmless.

Only the chain decides which blocks there are: each block that it has completed. Each put is correct
by itself, so a rebuild may be stopped and repeated at any time.

It may run beside an indexer. Both put the same bytes, and the rebuild also covers blocks that the
indexer completes during the rebuild, perhaps from pages not rebuilt yet. It is not safe while
segments are being changed: it may put a block as it was before the change, after the indexer has
blanked it. So run `audit` afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..chain.ledger import Ledger
from .build import Draft
from .extend import put_block, read_block
from .levels import LAST_BLOCK, Level
from .pages import blank_page
from .ports import RepairableIndex


@dataclass(slots=True)
class Rebuilt:
    """The progress of a rebuild. `pages_blanked` counts pages of incomplete blocks."""

    blocks: int = 0
    pages_blanked: int = 0
    directories_removed: int = 0


def rebuild(ledger: Ledger, index: RepairableIndex, workspace_id: str) -> Iterator[Rebuilt]:
    """Rebuild the index of a chain; yields the same `Rebuilt` after each block.

    Directories beyond the end of the chain are removed first, because they stop the indexer. Raises
    Unreadable when the newest segment cannot be read, and Unavailable.
    """
    geometry, done = index.geometry, Rebuilt()
    done.directories_removed = _remove_directories(ledger, index, workspace_id)
    while True:
        for block in range(done.blocks, _complete(ledger, index, workspace_id)):
            draft = read_block(ledger, geometry, workspace_id, block)
            draft = draft or Draft(workspace_id, block, geometry)
            put_block(index, workspace_id, block, draft)
            done.blocks += 1
            yield done
        done.pages_blanked += _blank_pages(index, workspace_id, geometry.narrow, done.blocks)
        wide = done.blocks // geometry.narrow_in_wide
        done.pages_blanked += _blank_pages(index, workspace_id, geometry.wide, wide)
        if _complete(ledger, index, workspace_id) <= done.blocks:
            break
    yield done


def _complete(ledger: Ledger, index: RepairableIndex, workspace_id: str) -> int:
    """Return the number of narrow blocks that the chain fills."""
    newest = ledger.newest(workspace_id)
    return newest.last_sequence // index.geometry.narrow.span if newest else 0


def _remove_directories(ledger: Ledger, index: RepairableIndex, workspace_id: str) -> int:
    """Remove directories beyond the chain's end; returns their number.

    The indexer continues after the last directory, so these would stop it.
    """
    removed = 0
    for block, _ in index.directories(workspace_id, _complete(ledger, index, workspace_id)):
        if block >= _complete(ledger, index, workspace_id):
            index.remove_directory(workspace_id, block)
            removed += 1
    return removed


def _blank_pages(index: RepairableIndex, workspace_id: str, level: Level, first: int) -> int:
    """Blank the pages of incomplete blocks, which would hide the end of the chain.

    At the same time the chain may complete the first of these blocks, and an indexer may put its
    pages, which this function then blanks. So the caller counts the complete blocks again, and
    rebuilds that block too.
    """
    blank, blanked = blank_page(level.span), 0
    for shard in range(level.shards):
        for block, page in index.pages(workspace_id, level.number, shard, first, LAST_BLOCK):
            if page != blank:
                index.put_page(workspace_id, level.number, shard, block, blank)
                blanked += 1
    return blanked
