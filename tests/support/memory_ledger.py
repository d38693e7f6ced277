"""The chain's segments in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from indelible.chain.ledger import LAST_SEQUENCE
from indelible.chain.segment import Damaged, Segment
from indelible.errors import SequenceTaken

from support.port_faults import Faults


@dataclass
class MemoryLedger:
    """`chain.ledger.Ledger`."""

    faults: Faults = field(default_factory=Faults)
    chains: dict[str, dict[int, Segment]] = field(default_factory=dict)

    def chain(self, workspace_id: str) -> list[Segment]:
        """Return the segments of a chain, in order. For assertions: it meets no fault."""
        stored = self.chains.get(workspace_id, {})
        return [stored[first] for first in sorted(stored)]

    def load(self, segments: list[Segment]) -> None:
        """Store these segments, replacing others if necessary. It meets no fault."""
        for segment in segments:
            self.chains.setdefault(segment.workspace_id, {})[segment.first_sequence] = segment

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment."""
        done = self.faults.entered("newest")
        found = self.chain(workspace_id)[-1:]
        done()
        return found[0] if found else None

    def at_or_before(self, workspace_id: str, sequence: int) -> Segment | None:
        """The last segment that begins at or before `sequence`."""
        assert sequence >= 1, "DynamoDB refuses BETWEEN with its bounds the wrong way round"
        done = self.faults.entered("at_or_before")
        found = [s for s in self.chain(workspace_id) if s.first_sequence <= sequence][-1:]
        done()
        return found[0] if found else None

    def ascending(
        self, workspace_id: str, first: int, last: int | None = None, page_size: int | None = None
    ) -> Iterator[Segment]:
        """The segments that begin there, in one call if only `last` is given.

        Otherwise a call for the first page, whose default size is two, then for each two. A call
        stands for a page on AWS.
        """
        start, size = first, page_size or (2 if last is None else LAST_SEQUENCE)
        end = LAST_SEQUENCE if last is None else last
        assert first <= end, "DynamoDB refuses BETWEEN with its bounds the wrong way round"
        while True:
            done = self.faults.entered("ascending")
            found = [s for s in self.chain(workspace_id) if start <= s.first_sequence <= end]
            page = found[:size]
            done()
            yield from page
            if len(page) < size:
                return
            start, size = page[-1].first_sequence + 1, 2

    def stored(self, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
        """The same as `ascending`, because nothing is damaged in memory."""
        return self.ascending(workspace_id, first)

    def segments_at(self, workspace_id: str, first_sequences: Sequence[int]) -> Iterator[Segment]:
        """The segments that begin there, in one call."""
        return self._chosen("segments_at", [(workspace_id, first) for first in first_sequences])

    def segments_of(self, names: Iterable[tuple[str, int]]) -> Iterator[Segment]:
        """The segments with these names, in one call."""
        return self._chosen("segments_of", [*names])

    def _chosen(self, method: str, names: list[tuple[str, int]]) -> Iterator[Segment]:
        assert len({*names}) == len(names), "DynamoDB refuses a key given twice"
        assert all(first >= 1 for _, first in names)
        if names:
            done = self.faults.entered(method)
            chains = ((self.chains.get(name, {}), first) for name, first in names)
            found = [chain[first] for chain, first in chains if first in chain]
            done()
            yield from found

    def descending(self, workspace_id: str, last: int, page_size: int) -> Iterator[Segment]:
        """The segments from `last` down: a call for the first page, then for each two."""
        start, size = last, page_size
        while True:
            done = self.faults.entered("descending")
            page = [s for s in self.chain(workspace_id) if s.first_sequence <= start][-size:]
            done()
            if not page:
                return
            yield from reversed(page)
            start, size = page[0].first_sequence - 1, 2

    def append(self, segment: Segment) -> None:
        """Store the segment unless one is there."""
        done = self.faults.entered("append")
        stored = self.chains.setdefault(segment.workspace_id, {})
        if stored.setdefault(segment.first_sequence, segment) is not segment:
            sequence, workspace_id = segment.first_sequence, segment.workspace_id
            raise SequenceTaken(f"sequence {sequence} of {workspace_id} is taken")
        done()
