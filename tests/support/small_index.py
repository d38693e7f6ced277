"""A small index: blocks of 16 and 256 sequences, so that a chain of hundreds has many blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment
from indelible.identifiers import uuid7
from indelible.index.directory import Directory
from indelible.index.extend import extend
from indelible.index.levels import GEOMETRY, Geometry, Level
from indelible.reading.reader import Reader
from indelible.reading.sizes import Sizes
from indelible.writing.build_segment import build_segment

from support.builders import WORKSPACE, an_event, counted_entropy
from support.memory_index import MemoryIndex
from support.memory_ledger import MemoryLedger

SPAN, WIDE_SPAN, NEAR = 16, 256, 8
SMALL = Geometry(
    narrow=Level(0, SPAN, GEOMETRY.narrow.shard_bits),
    wide=Level(1, WIDE_SPAN, 6),
    near=NEAR,
    apart=5,
    slice_records=4,
    chunk=8,
    max_named=2,
)
"""The smaller an index, the fewer pages a test has to write."""

SMALL_LOOK_UPS = Sizes(landmark_distance=40, end_bytes=2_000)
SEGMENT_RECORDS = 20
"""Look-ups in a small index read little at once, too."""


def id_at(time: int, number: int) -> str:
    """The id of an event received at `time` (microseconds)."""
    return uuid7(time // 1_000, (number << 2).to_bytes(10))


def events_at(
    times: list[int], fields: Sequence[Mapping[str, object]] | None = None
) -> list[QueuedEvent]:
    """Events received at these times."""
    return [
        QueuedEvent(id_at(time, number), time, an_event(**(fields[number] if fields else {})))
        for number, time in enumerate(times)
    ]


@dataclass
class Indexed:
    """A chain, its ledger, and as much of a small index as a test builds."""

    chain: list[Segment]
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    index: MemoryIndex = field(default_factory=lambda: MemoryIndex(geometry=SMALL))

    def __post_init__(self) -> None:
        self.ledger.load(self.chain)

    @property
    def last(self) -> int:
        """The sequence of the head."""
        return self.chain[-1].last_sequence if self.chain else 0

    def extend(self, last: int | None = None) -> list[int]:
        """Index the chain up to the sequence `last` or its end; return the blocks built."""
        end = self.last if last is None else last
        return list(extend(self.ledger, self.index, WORKSPACE, end, lambda: True))

    def reader(self, sizes: Sizes = SMALL_LOOK_UPS) -> Reader:
        """A reader that remembers nothing yet."""
        geometry = replace(self.index.geometry, segment_records=SEGMENT_RECORDS)
        index = replace(self.index, geometry=geometry)
        return Reader(self.ledger, index, Directory(SMALL), sizes)


def chain_of(events: list[QueuedEvent], sizes: list[int]) -> list[Segment]:
    """A chain of these events in segments of these sizes, which are used in turn."""
    entropy, head, chain, turn = counted_entropy(), EMPTY, list[Segment](), 0
    while events:
        chain.append(build_segment(WORKSPACE, head, events[: sizes[turn % len(sizes)]], entropy))
        head, turn = chain[-1].head, turn + 1
        events = events[chain[-1].count :]
    return chain
