"""Chains of several workspaces, and runs that cover them, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY, leaf_hash
from indelible.chain.segment import Segment
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.cover import Advance, settled
from indelible.covering.cover_waiting import SideBySide, cover_waiting
from indelible.covering.growth import Noted
from indelible.covering.plan import in_order, waiting_at
from indelible.covering.tile_edge import RememberedEdges
from indelible.tlog.compact_range import EMPTY_RANGE
from indelible.tlog.tiles import EMPTY_EDGE, encode_edge
from indelible.writing.build_segment import build_segment
from support.builders import NOON, SECOND, a_queued_event, counted_entropy, records_of
from support.memory_ledger import MemoryLedger
from support.memory_tiles import MemoryTiles

RECORDS = 700
SIZES = [1, 30, 7, 100]
"""Records of a segment, in turn: tiles end within segments, at 256 and at 512."""


@cache
def chain_of(workspace_id: str, variant: str = "as it is") -> tuple[Segment, ...]:
    """A chain of 700 records. Chains of two variants of one workspace differ in every record."""
    events: list[QueuedEvent] = [
        a_queued_event(n, NOON + n * SECOND, description=variant) for n in range(1, RECORDS + 1)
    ]
    entropy, head, chain = counted_entropy(), EMPTY, list[Segment]()
    while events:
        size = SIZES[len(chain) % len(SIZES)]
        chain.append(build_segment(workspace_id, head, events[:size], entropy))
        head, events = chain[-1].head, events[chain[-1].count :]
    return tuple(chain)


def firsts(segments: Iterable[Segment]) -> list[int]:
    """What growth notes name."""
    return [each.first_sequence for each in segments]


def tiles_of(chain: Sequence[Segment], epoch: int = 0) -> dict[str, bytes]:
    """The tiles of a chain of fewer than 256 * 256 records, made without the code under test."""
    leaves = [leaf_hash(each) for each in records_of(chain)]
    tiles = {}
    for number in range(len(leaves) // 256):
        edge, _ = EMPTY_EDGE.extended(leaves[: (number + 1) * 256])
        tile = b"".join(leaves[number * 256 : (number + 1) * 256])
        key = f"ws/{chain[0].workspace_id}/{epoch}/tile/0/{number:03d}"
        tiles[key] = tile + encode_edge(edge)
    return tiles


def state_of(chain: Sequence[Segment]) -> WorkspaceState:
    """The state of a chain that is covered whole."""
    leaves = [leaf_hash(each) for each in records_of(chain)]
    last = chain[-1]
    return WorkspaceState(
        last.workspace_id,
        tree=EMPTY_RANGE.extended(leaves),
        event_hash=last.event_hash,
        last_created_at=last.last_created_at,
        last_segment=last.first_sequence,
    )


@dataclass
class Covering:
    """Chains, tiles and states. Each call of `run` is a run, in a new process unless `is_warm`."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    store: MemoryTiles = field(default_factory=MemoryTiles)
    states: dict[str, WorkspaceState] = field(default_factory=dict)
    remembered: RememberedEdges = field(default_factory=RememberedEdges)
    is_warm: bool = True
    side_by_side: SideBySide = map
    runs: int = 0

    def put(self, *segments: Segment) -> None:
        """Store segments in the ledger."""
        self.ledger.load([*segments])

    def run(
        self,
        notes: Mapping[str, Sequence[int]] | None = None,
        has_time: Callable[[], bool] = lambda: True,
    ) -> dict[str, Advance]:
        """A run. Keeps the states that changed, as publishing does."""
        self.runs += 1
        if not self.is_warm:
            self.remembered = RememberedEdges()
        now = NOON + self.runs * 60 * SECOND
        noted = {name: Noted(now, named) for name, named in (notes or {}).items()}
        waiting = in_order(waiting_at(self.states.values(), noted, now), self.runs)
        advances = cover_waiting(
            self.ledger, self.store, waiting, self.remembered, self.side_by_side, has_time
        )
        found = {each.before.workspace_id: each for each in advances}
        for each in waiting:
            name = each.state.workspace_id
            self.states[name] = settled(found[name], now) if name in found else each.state
        return found

    def forget(self, segments: Iterable[Segment]) -> None:
        """Remove segments from the ledger, as a table writer can."""
        for each in segments:
            del self.ledger.chains[each.workspace_id][each.first_sequence]

    def held(self, workspace_id: str) -> tuple[str, int] | None:
        """What a workspace is held for."""
        hold = self.states[workspace_id].hold
        return (hold.kind, hold.sequence) if hold else None


def without_growth(state: WorkspaceState) -> WorkspaceState:
    """The state, whatever waits or holds it."""
    return replace(state, growth=None, hold=None)
