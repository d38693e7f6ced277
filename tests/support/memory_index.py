"""The index of a chain in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from indelible.chain.order import Order
from indelible.index.levels import GEOMETRY, LAST_BLOCK, Geometry

from support.port_faults import Faults


@dataclass
class MemoryIndex:
    """`index.ports.RepairableIndex`."""

    faults: Faults = field(default_factory=Faults)
    stored: dict[tuple[str, int, int, int], bytes] = field(default_factory=dict)
    written: dict[tuple[str, int], bytes] = field(default_factory=dict)
    geometry: Geometry = GEOMETRY

    def pages(
        self,
        workspace_id: str,
        level: int,
        shard: int,
        first_block: int,
        last_block: int,
        order: Order = Order.DESC,
    ) -> Iterator[tuple[int, bytes]]:
        """The pages, a call for each two."""
        place, wanted = (workspace_id, level, shard), range(first_block, last_block + 1)
        if len(wanted) > len(self.stored):
            held: Iterable[int] = sorted({key[3] for key in self.stored if key[3] in wanted})
        else:
            held = wanted
        blocks = order.arrange([block for block in held if (*place, block) in self.stored])
        for start in range(0, len(blocks) or 1, 2):
            self.faults.entered("pages")()
            for block in blocks[start : start + 2]:
                yield block, self.stored[*place, block]

    def directories(
        self, workspace_id: str, first_block: int, last_block: int = LAST_BLOCK
    ) -> Iterator[tuple[int, bytes]]:
        """The directories, in one call."""
        self.faults.entered("directories")()
        for owner, block in sorted(self.written):
            if owner == workspace_id and first_block <= block <= last_block:
                yield block, self.written[owner, block]

    def directories_of(
        self, workspace_id: str, blocks: Sequence[int]
    ) -> Iterator[tuple[int, bytes]]:
        """The directories of these blocks, in one call."""
        assert len({*blocks}) == len(blocks), "DynamoDB refuses a key given twice"
        if blocks:
            self.faults.entered("directories_of")()
        for block in blocks:
            if (workspace_id, block) in self.written:
                yield block, self.written[workspace_id, block]

    def newest_directory(self, workspace_id: str) -> int | None:
        """The last directory's block."""
        self.faults.entered("newest_directory")()
        return max((block for owner, block in self.written if owner == workspace_id), default=None)

    def put_page(self, workspace_id: str, level: int, shard: int, block: int, page: bytes) -> None:
        """Store a page."""
        done = self.faults.entered("put_page")
        self.stored[workspace_id, level, shard, block] = page
        done()

    def put_directory(self, workspace_id: str, block: int, directory: bytes) -> None:
        """Store a directory."""
        done = self.faults.entered("put_directory")
        self.written[workspace_id, block] = directory
        done()

    def remove_directory(self, workspace_id: str, block: int) -> None:
        """Remove a directory."""
        done = self.faults.entered("remove_directory")
        self.written.pop((workspace_id, block), None)
        done()
