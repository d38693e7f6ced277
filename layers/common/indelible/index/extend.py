"""Extends an index: builds the missing blocks of a chain, in order.

A block is built once its last record is chained. Its pages are put first, then the pages of the
wide block that ends with it, and its directory last. So a directory proves that everything before
it is stored. If an indexer stops, or two run at the same time, the next one begins after the last
directory and puts the same bytes again.

A built block is never built again here. `blank` handles segments that change later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment
from ..errors import Unavailable, Unreadable
from .blank import blank, blocks_of
from .build import Draft, merge_pages
from .directory import encode_directory
from .levels import Geometry
from .ports import Index

REMEMBERED_CHAINS = 10_000
"""Maximum chains whose next block an Indexer remembers: about 1 MB. Then it forgets all of them."""


def extend(
    ledger: Ledger, index: Index, workspace_id: str, last: int, has_time: Callable[[], bool]
) -> Iterator[int]:
    """Build every missing block that ends at or before the chained sequence `last`; yields each.

    Stops when `has_time` returns False; the next call continues there. Raises Unreadable when the
    chain has nothing where a block should be, and Unavailable.
    """
    block = _next_block(index, workspace_id)
    while index.geometry.narrow.first_sequence(block + 1) <= last + 1 and has_time():
        _build(ledger, index, workspace_id, block)
        yield block
        block += 1


@dataclass(frozen=True, slots=True)
class Indexer:
    """Keeps an index up to date.

    `due` maps a workspace to the next block to build. It saves a query for as long as the chain
    has not completed that block.
    """

    ledger: Ledger
    index: Index
    due: dict[str, int] = field(default_factory=dict)

    def extend(self, workspace_id: str, last: int, has_time: Callable[[], bool]) -> int:
        """Extend the index as the function `extend` does; returns the number of blocks built."""
        if self.due.get(workspace_id, 0) == last // self.index.geometry.narrow.span:
            return 0
        blocks = sum(1 for _ in extend(self.ledger, self.index, workspace_id, last, has_time))
        if len(self.due) >= REMEMBERED_CHAINS:
            self.due.clear()
        self.due[workspace_id] = _next_block(self.index, workspace_id)
        return blocks

    def blank(
        self, workspace_id: str, first_sequences: Iterable[int], has_time: Callable[[], bool]
    ) -> int:
        """Blank the built blocks that changed or removed segments cover; returns their number.

        `first_sequences` has the first sequence of each of these segments. Raises Unavailable when
        the time does not suffice for all blocks: then make the same call again.
        """
        following = _next_block(self.index, workspace_id)
        built = [
            block for block in blocks_of(first_sequences, self.index.geometry) if block < following
        ]
        for number, block in enumerate(built):
            if not has_time():
                raise Unavailable(f"{len(built) - number} blocks are still to be blanked")
            blank(self.index, workspace_id, block, following - 1)
        return len(built)


def _next_block(index: Index, workspace_id: str) -> int:
    newest = index.newest_directory(workspace_id)
    return 0 if newest is None else newest + 1


def read_block(ledger: Ledger, geometry: Geometry, workspace_id: str, block: int) -> Draft | None:
    """Read a narrow block, complete or not. Returns None when nothing is stored there."""
    return draft_of(geometry, workspace_id, block, _parts(ledger, geometry, workspace_id, block))


def draft_of(
    geometry: Geometry, workspace_id: str, block: int, parts: Iterable[Segment | Damaged]
) -> Draft | None:
    """The narrow block of what is stored for its sequences. None when that is nothing."""
    draft = Draft(workspace_id, block, geometry)
    is_there = False
    for part in parts:
        is_there = True
        if isinstance(part, Segment):
            draft.add(part)
    return draft if is_there else None


def put_block(index: Index, workspace_id: str, block: int, draft: Draft) -> None:
    """Put a block's pages, the pages of the wide block that ends with it, then its directory."""
    geometry = index.geometry
    for shard, page in enumerate(draft.pages()):
        index.put_page(workspace_id, geometry.narrow.number, shard, block, page)
    wide, place = divmod(block, geometry.narrow_in_wide)
    if place == geometry.narrow_in_wide - 1:
        _build_wide(index, workspace_id, wide)
    encoded = encode_directory(draft.directory(), geometry.narrow.span)
    index.put_directory(workspace_id, block, encoded)


def _build(ledger: Ledger, index: Index, workspace_id: str, block: int) -> None:
    draft = read_block(ledger, index.geometry, workspace_id, block)
    if draft is None:
        first = index.geometry.narrow.first_sequence(block)
        raise Unreadable(f"the chain of {workspace_id} has nothing at sequence {first}")
    put_block(index, workspace_id, block, draft)


def _build_wide(index: Index, workspace_id: str, block: int) -> None:
    geometry = index.geometry
    begin, end = block * geometry.narrow_in_wide, (block + 1) * geometry.narrow_in_wide
    shard = 0
    for narrow in range(geometry.narrow.shards):
        stored = index.pages(workspace_id, geometry.narrow.number, narrow, begin, end - 1)
        for page in merge_pages({each - begin: page for each, page in stored}, geometry):
            index.put_page(workspace_id, geometry.wide.number, shard, block, page)
            shard += 1


def _parts(
    ledger: Ledger, geometry: Geometry, workspace_id: str, block: int
) -> Iterator[Segment | Damaged]:
    """Yield the items stored for the sequences of a block, readable or damaged."""
    first, following = map(geometry.narrow.first_sequence, (block, block + 1))
    return parts_between(ledger, workspace_id, first, following)


def parts_between(
    ledger: Ledger, workspace_id: str, first: int, following: int
) -> Iterator[Segment | Damaged]:
    """Yield the items stored for the sequences from `first` to before `following`."""
    for part in _stored(ledger, workspace_id, first):
        if part.first_sequence is not None and part.first_sequence >= following:
            break
        yield part


def _stored(ledger: Ledger, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
    """Yield the stored items, beginning with the segment that holds the sequence `first`."""
    try:
        holding = ledger.at_or_before(workspace_id, first)
    except Unreadable:
        holding = None
    if holding and holding.last_sequence >= first:
        yield holding
        first = holding.first_sequence + 1
    yield from ledger.stored(workspace_id, first)
