"""A driver of exports in memory: it delivers each step, as the queue does."""

from __future__ import annotations

from collections.abc import Callable

from indelible.chain.segment import Segment
from indelible.errors import Conflict, Unavailable
from indelible.exporting.job import Export
from indelible.exporting.requests import read_export_request
from indelible.exporting.sizes import SIZES, Sizes
from indelible.exporting.start import start_export
from indelible.exporting.steps import Exporter, run_export_step
from support.builders import NOON, a_caller, counted_entropy
from support.memory_exports import MemoryExportQueue, MemoryExports, MemoryFiles
from support.memory_ledger import MemoryLedger
from support.port_faults import Faults

SMALL = Sizes(part_bytes=2_000, chunk_records=6)
"""Parts and chunks so small that a chain of fifty events makes several of them."""


class ExportDriver:
    """A chain, and an exporter all of whose calls are counted and can fail."""

    def __init__(self, chain: list[Segment], sizes: Sizes = SIZES) -> None:
        self.faults = Faults()
        self.ledger = MemoryLedger(self.faults)
        self.ledger.load(chain)
        self.exports = MemoryExports(self.faults)
        self.queue = MemoryExportQueue(self.faults)
        self.files = MemoryFiles(self.faults, smallest_part=sizes.part_bytes)
        self.now = NOON
        self.entropy = counted_entropy()
        self.exporter = Exporter(
            self.ledger, self.exports, self.files, self.entropy, lambda: self.now, sizes
        )

    def start(self, filters: object = None) -> Export:
        """A new export."""
        export = read_export_request(a_caller(), filters or {}, self.now, self.entropy)
        start_export(self.exports, self.queue, export, self.entropy)
        self.faults.calls.clear()
        return export

    def step(self, export: Export, chunks: int | None = None) -> Export | None:
        """Run one step, with time for so many chunks; None is time without end."""
        return run_export_step(self.exporter, export.workspace_id, export.id, time_for(chunks))

    def finish(self, export: Export, chunks: int | None = None) -> Export:
        """Run steps until the export is finished, however often a step fails."""
        for _ in range(500):
            try:
                self.step(export, chunks)
            except (Unavailable, Conflict):
                continue
            if self.state(export).is_finished:
                return self.state(export)
        raise AssertionError("the export never comes to an end")

    def before(self, call: str | int, act: Callable[[], object]) -> None:
        """Call `act` once: just before the first call of this method, or before the n-th call."""

        def interrupt(method: str) -> None:
            if call in (method, len(self.faults.calls)):
                self.faults.interrupt = None
                act()

        self.faults.interrupt = interrupt

    def state(self, export: Export) -> Export:
        """Return the export as it is stored. It is for assertions and meets no fault."""
        return self.exports.stored[export.workspace_id, export.id]

    def file(self, export: Export) -> bytes:
        """Return the bytes of the file."""
        return self.files.files[export.file_name]


def time_for(chunks: int | None) -> Callable[[], bool]:
    """A function that returns whether there is time for another chunk."""
    left = chunks

    def has_time() -> bool:
        nonlocal left
        if left is None:
            return True
        left -= 1
        return left > 0

    return has_time
