"""Extending: builds the blocks of a chain that the index does not have yet, in order.

A block is built once its last record is chained. Its pages are put first, with it the pages of the
wide block that ends where it does, and its directory last: so a directory says that all before it
is there. Whatever stops this, or does the same at the same time, the next one begins after the last
directory and puts what has been put already again, byte for byte.

What is built is never built again here. A segment that changes later is the business of `blank`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ..chain.ledger import Ledger
from ..chain.segment import Damaged, Segment
from ..errors import Unavailable, Unreadable
from .blank import blank, blocks_of
from .build import Draft, merge_pages
from .directory import encode_landmarks
from .levels import NARROW, NARROW_IN_WIDE, WIDE
from .port import Index

REMEMBERED_CHAINS = 10_000


def extend(
    ledger: Ledger, index: Index, workspace_id: str, last: int, has_time: Callable[[], bool]
) -> Iterator[int]:
    """Build each block that ends at the sequence `last`, which is chained, or before; yields it.

    Stops when there is no time for another one; the next call goes on there. Unreadable when
    nothing at all is stored where a block should be.
    """
    block = _next_block(index, workspace_id)
    while _end(block) <= last and has_time():
        _build(ledger, index, workspace_id, block)
        yield block
        block += 1


@dataclass(frozen=True, slots=True)
class Indexer:
    """Keeps an index up to date; remembers the next block to be built of some chains.

    A remembered block only saves asking for it while the chain has not completed it.
    """

    ledger: Ledger
    index: Index
    due: dict[str, int] = field(default_factory=dict)

    def extend(self, workspace_id: str, last: int, has_time: Callable[[], bool]) -> int:
        """As `extend`; returns how many blocks it built."""
        if self.due.get(workspace_id, 0) == last // NARROW.span:
            return 0
        blocks = sum(1 for _ in extend(self.ledger, self.index, workspace_id, last, has_time))
        if len(self.due) >= REMEMBERED_CHAINS:
            self.due.clear()
        self.due[workspace_id] = _next_block(self.index, workspace_id)
        return blocks

    def blank(
        self, workspace_id: str, first_sequences: Iterable[int], has_time: Callable[[], bool]
    ) -> int:
        """Blank the built blocks over segments that were changed or removed; returns how many.

        `first_sequences` are where these segments begin. Unavailable when there is no time for all
        of the blocks: the same call has to be made again.
        """
        following = _next_block(self.index, workspace_id)
        built = [block for block in blocks_of(first_sequences) if block < following]
        for number, block in enumerate(built):
            if not has_time():
                raise Unavailable(f"{len(built) - number} blocks are still to be blanked")
            blank(self.index, workspace_id, block, following - 1)
        return len(built)


def _next_block(index: Index, workspace_id: str) -> int:
    newest = index.newest_directory(workspace_id)
    return 0 if newest is None else newest + 1


def _end(block: int) -> int:
    return NARROW.first_sequence(block + 1) - 1


def read_block(ledger: Ledger, workspace_id: str, block: int) -> Draft | None:
    """What the chain has of a narrow block, complete or not. None when nothing is stored there."""
    draft = Draft(workspace_id, NARROW.first_sequence(block))
    is_there = False
    for part in _parts(ledger, workspace_id, block):
        is_there = True
        if isinstance(part, Segment):
            draft.add(part)
    return draft if is_there else None


def put_block(index: Index, workspace_id: str, block: int, draft: Draft) -> None:
    """Put a block's pages, those of the wide block that ends with it, and its directory, last."""
    for shard, page in enumerate(draft.pages()):
        index.put_page(workspace_id, NARROW.number, shard, block, page)
    wide, place = divmod(block, NARROW_IN_WIDE)
    if place == NARROW_IN_WIDE - 1:
        _build_wide(index, workspace_id, wide)
    index.put_directory(workspace_id, block, encode_landmarks(draft.landmarks))


def _build(ledger: Ledger, index: Index, workspace_id: str, block: int) -> None:
    draft = read_block(ledger, workspace_id, block)
    if draft is None:
        first = NARROW.first_sequence(block)
        raise Unreadable(f"the chain of {workspace_id} has nothing at sequence {first}")
    put_block(index, workspace_id, block, draft)


def _build_wide(index: Index, workspace_id: str, block: int) -> None:
    begin = block * NARROW_IN_WIDE
    shard = 0
    for narrow in range(NARROW.shards):
        stored = index.pages(workspace_id, NARROW.number, narrow, begin, begin + NARROW_IN_WIDE - 1)
        for page in merge_pages({each - begin: page for each, page in stored}):
            index.put_page(workspace_id, WIDE.number, shard, block, page)
            shard += 1


def _parts(ledger: Ledger, workspace_id: str, block: int) -> Iterator[Segment | Damaged]:
    """What is stored of a block's sequences, segments or not."""
    first, following = NARROW.first_sequence(block), NARROW.first_sequence(block + 1)
    for part in _stored(ledger, workspace_id, first):
        if part.first_sequence is not None and part.first_sequence >= following:
            break
        yield part


def _stored(ledger: Ledger, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
    """What is stored from the segment on that holds the sequence `first`."""
    try:
        holding = ledger.at_or_before(workspace_id, first)
    except Unreadable:
        holding = None
    if holding and holding.last_sequence >= first:
        yield holding
        first = holding.first_sequence + 1
    yield from ledger.stored(workspace_id, first)
