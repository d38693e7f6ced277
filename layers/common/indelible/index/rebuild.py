"""Rebuilding: every block of an index put again, and what lies beyond the chain made harmless.

The chain alone says which blocks there are: each one that it has completed, whatever is stored.
Each put is right by itself, so this may be stopped and repeated at any time. Beside an indexer it
is safe too: both put the same, and what the indexer completed meanwhile, perhaps out of pages that
were not rebuilt yet, is rebuilt as well. Only while segments are being changed it is not: a block
may be put as it was before the change, after the indexer has blanked it. So `audit` comes last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..chain.ledger import Ledger
from .build import Draft
from .extend import put_block, read_block
from .levels import LAST_BLOCK, NARROW, NARROW_IN_WIDE, WIDE, Level
from .pages import blank_page
from .port import RepairableIndex


@dataclass(slots=True)
class Rebuilt:
    """What has been done so far: blocks put, pages of other blocks blanked, directories removed."""

    blocks: int = 0
    pages_blanked: int = 0
    directories_removed: int = 0


def rebuild(ledger: Ledger, index: RepairableIndex, workspace_id: str) -> Iterator[Rebuilt]:
    """Rebuild the index of a chain; yields what has been done, a block at a time.

    Directories beyond the chain's end are removed first, since they stop the indexer. Unreadable
    when the end of the chain cannot be read.
    """
    done = Rebuilt()
    done.directories_removed = _remove_directories(ledger, index, workspace_id)
    while True:
        for block in range(done.blocks, _complete(ledger, workspace_id)):
            draft = read_block(ledger, workspace_id, block)
            draft = draft or Draft(workspace_id, NARROW.first_sequence(block))
            put_block(index, workspace_id, block, draft)
            done.blocks += 1
            yield done
        done.pages_blanked += _blank_pages(index, workspace_id, NARROW, done.blocks)
        wide = done.blocks // NARROW_IN_WIDE
        done.pages_blanked += _blank_pages(index, workspace_id, WIDE, wide)
        if _complete(ledger, workspace_id) <= done.blocks:
            break
    yield done


def _complete(ledger: Ledger, workspace_id: str) -> int:
    """How many narrow blocks the chain fills."""
    newest = ledger.newest(workspace_id)
    return newest.last_sequence // NARROW.span if newest else 0


def _remove_directories(ledger: Ledger, index: RepairableIndex, workspace_id: str) -> int:
    """Remove what stops the indexer: it builds after the last directory, wherever that is."""
    removed = 0
    for block, _ in index.directories(workspace_id, _complete(ledger, workspace_id)):
        if block >= _complete(ledger, workspace_id):
            index.remove_directory(workspace_id, block)
            removed += 1
    return removed


def _blank_pages(index: RepairableIndex, workspace_id: str, level: Level, first: int) -> int:
    """Make pages of blocks that are not complete say nothing; they would hide the chain's end.

    The chain may complete the first of these blocks meanwhile, and an indexer put its pages, which
    are then made blank. So the caller asks again how many are complete, and rebuilds that one too.
    """
    blank, blanked = blank_page(level.span), 0
    for shard in range(level.shards):
        for block, page in index.pages(workspace_id, level.number, shard, first, LAST_BLOCK):
            if page != blank:
                index.put_page(workspace_id, level.number, shard, block, blank)
                blanked += 1
    return blanked
