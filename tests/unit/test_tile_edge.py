"""The edge of a workspace tree: from memory, or from the chain and the newest tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.chain.segment import Segment
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering import tile_edge
from indelible.covering.tile_edge import RememberedEdges, read_edge
from indelible.tlog.tiles import EMPTY_EDGE, RightEdge
from indelible.verifying.breaks import Break, BreakType
from support.memory_ledger import MemoryLedger
from support.memory_tiles import MemoryTiles
from unit.covering import chain_of, state_of, tiles_of

CHAIN, OTHER = chain_of("ws_a"), chain_of("ws_a", "rewritten")


def ledger() -> MemoryLedger:
    found = MemoryLedger()
    found.load([*CHAIN])
    return found


@pytest.mark.parametrize("segments", [1, 2, 7, 8, 9, 15, 16, len(CHAIN)])
def test_the_edge_is_made_of_the_chain_and_the_newest_full_tile(segments: int) -> None:
    state = state_of(CHAIN[:segments])
    store = MemoryTiles(objects=tiles_of(CHAIN[:segments]))
    edge = read_edge(ledger(), store.read, RememberedEdges(), state)
    assert isinstance(edge, RightEdge)
    assert edge.compact_range == state.tree


def test_a_tree_without_leaves_needs_no_call() -> None:
    found, store = MemoryLedger(), MemoryTiles()
    state = WorkspaceState("ws_a")
    assert read_edge(found, store.read, RememberedEdges(), state) == EMPTY_EDGE
    assert found.faults.calls == store.faults.calls == []


def test_a_remembered_edge_needs_no_call() -> None:
    state, remembered = state_of(CHAIN[:9]), RememberedEdges()
    store = MemoryTiles(objects=tiles_of(CHAIN[:9]))
    edge = read_edge(ledger(), store.read, remembered, state)
    assert isinstance(edge, RightEdge)
    remembered.note(state, edge)
    found = MemoryLedger()
    assert read_edge(found, MemoryTiles().read, remembered, state) == edge
    assert found.faults.calls == []


def test_the_remembered_edge_of_a_run_that_lost_is_not_used() -> None:
    """That run covered another chain, or the same one further."""
    state, store = state_of(CHAIN[:9]), MemoryTiles(objects=tiles_of(CHAIN[:9]))
    other = EMPTY_EDGE.extended([bytes(32)] * state.size)[0]
    further = EMPTY_EDGE.extended([bytes(32)] * (state.size + 1))[0]
    for edge in (other, further):
        remembered = RememberedEdges()
        remembered.note(state, edge)
        found = read_edge(ledger(), store.read, remembered, state)
        assert isinstance(found, RightEdge)
        assert found.compact_range == state.tree


def test_edges_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_edge, "REMEMBERED_CHAINS", 2)
    remembered = RememberedEdges()
    for name in ("ws_a", "ws_b", "ws_c"):
        remembered.note(WorkspaceState(name), EMPTY_EDGE)
    assert [*remembered.edges] == ["ws_c"]


def test_as_many_chains_as_are_remembered_stay_so_from_run_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tile_edge, "REMEMBERED_CHAINS", 2)
    remembered = RememberedEdges()
    for name in ("ws_a", "ws_b") * 2:
        remembered.note(WorkspaceState(name), EMPTY_EDGE)
    assert [*remembered.edges] == ["ws_a", "ws_b"]


def test_an_edge_of_another_size_is_not_remembered() -> None:
    state, remembered = state_of(CHAIN[:9]), RememberedEdges()
    remembered.note(state, EMPTY_EDGE.extended([bytes(32)] * (state.size + 1))[0])
    assert remembered.at(state) is None


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda chain: chain[:-1], BreakType.CHECKPOINT_MISMATCH),
        (lambda chain: chain[:2], BreakType.CHECKPOINT_MISMATCH),
        (lambda _: [], BreakType.CHECKPOINT_MISMATCH),
        (lambda chain: [*chain, OTHER[len(chain) - 1]], BreakType.CHECKPOINT_MISMATCH),
        (lambda chain: [*chain, replace(chain[-1], records=b"no zstd")], BreakType.UNREADABLE),
    ],
    ids=["shorter", "cut", "deleted", "rewritten", "damaged"],
)
def test_a_chain_that_does_not_give_the_covered_leaves_is_a_break(
    change: Callable[[list[Segment]], list[Segment]], kind: BreakType
) -> None:
    covered = [*CHAIN[:11]]
    store = MemoryTiles(objects=tiles_of(covered))
    changed = MemoryLedger()
    changed.load(change(covered))
    found = read_edge(changed, store.read, RememberedEdges(), state_of(covered))
    assert isinstance(found, Break)
    assert (found.type, found.sequence) == (kind, 257)
