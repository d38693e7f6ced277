"""Blocks of the index, compared with the records that they are for: none may be hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..chain.segment import Damaged, Segment
from ..index.build import Draft, merge_pages
from ..index.compare import Difference, Kind, compare_directory, compare_pages
from ..index.extend import draft_of
from ..index.levels import Level
from ..index.ports import Index
from ..verifying.breaks import Break, index_mismatch
from .stretch import Stretch


def blocks_in(index: Index, stretch: Stretch) -> range:
    """The narrow blocks that end in a stretch, all of whose records are covered."""
    span = index.geometry.narrow.span
    return range((stretch.first - 1) // span, stretch.last // span)


def check_narrow(index: Index, workspace_id: str, block: int, stretch: Stretch) -> list[Break]:
    """The breaks of a narrow block and its directory. `stretch` has all records of the block."""
    narrow = index.geometry.narrow
    following = narrow.first_sequence(block + 1)
    parts = (
        each for each in stretch.parts if _is_in(each, narrow.first_sequence(block), following)
    )
    draft = draft_of(index.geometry, workspace_id, block, parts)
    draft = draft or Draft(workspace_id, block, index.geometry)
    stored = _pages(index, workspace_id, narrow, block)
    directory = next((each for _, each in index.directories(workspace_id, block, block)), None)
    last = following - 1
    pages = draft.pages()
    differences = [
        *compare_pages(narrow, block, pages, stored, last=last, is_due=False),
        *(compare_directory(narrow, block, draft, directory) if directory is not None else ()),
    ]
    return [*_breaks(differences)]


def check_wide(index: Index, workspace_id: str, block: int) -> list[Break]:
    """The breaks of a wide block, compared with its narrow blocks, which are checked themselves."""
    geometry = index.geometry
    begin = block * geometry.narrow_in_wide
    last = (block + 1) * geometry.wide.span
    expected = list[bytes]()
    for shard in range(geometry.narrow.shards):
        narrow = index.pages(
            workspace_id, geometry.narrow.number, shard, begin, begin + geometry.narrow_in_wide - 1
        )
        expected += merge_pages({each - begin: page for each, page in narrow}, geometry)
    stored = _pages(index, workspace_id, geometry.wide, block)
    found = compare_pages(geometry.wide, block, expected, stored, last=last, is_due=False)
    return [*_breaks(found)]


def _is_in(part: Segment | Damaged, first: int, following: int) -> bool:
    """Whether a part may have records from `first` to before `following`."""
    if isinstance(part, Damaged):
        return part.first_sequence is None or first <= part.first_sequence < following
    return part.first_sequence < following and part.last_sequence >= first


def _pages(index: Index, workspace_id: str, level: Level, block: int) -> dict[int, bytes]:
    """The stored pages of a block, by shard."""
    return {
        shard: page
        for shard in range(level.shards)
        for _, page in index.pages(workspace_id, level.number, shard, block, block)
    }


def _breaks(differences: Iterable[Difference]) -> Iterator[Break]:
    """The breaks of differences. What only costs time is none."""
    for each in differences:
        if each.kind is Kind.SLOW:
            continue
        hidden = f"hides {each.records:,} records" if each.records else f"is wrong ({each.kind})"
        yield index_mismatch(each.first_sequence, f"the {each.what} block {each.block} {hidden}")
