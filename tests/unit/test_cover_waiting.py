"""Covering many workspaces: notes may be wrong, calls may fail, and each gives the same trees."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.segment import Segment
from indelible.checkpoints.workspace_state import Growth, WorkspaceState
from indelible.covering import cover, cover_waiting
from indelible.covering.new_segments import MANY
from support.builders import NOON
from support.examples import examples
from unit.covering import RECORDS, Covering, chain_of, firsts, state_of, tiles_of

A, B, C = "ws_a", "ws_b", "ws_c"
CHAIN = chain_of(A)


def covered(*chains: tuple[Segment, ...]) -> Covering:
    """Chains of several workspaces that are covered whole."""
    covering = Covering()
    for chain in chains:
        covering.put(*chain)
    covering.run({chain[0].workspace_id: firsts(chain) for chain in chains})
    return covering


def test_all_chains_are_covered_and_all_full_tiles_are_stored() -> None:
    covering = covered(CHAIN, chain_of(B))
    assert covering.states == {A: state_of(CHAIN), B: state_of(chain_of(B))}
    assert covering.store.objects == tiles_of(CHAIN) | tiles_of(chain_of(B))


@settings(max_examples=examples(25), deadline=None)
@given(st.sets(st.integers(1, len(CHAIN) - 1)), st.booleans())
def test_runs_that_follow_growth_in_any_split_end_with_the_same_state_and_tiles(
    splits: set[int], is_warm: bool
) -> None:
    covering = Covering(is_warm=is_warm)
    for start, end in pairwise([0, *sorted(splits), len(CHAIN)]):
        covering.put(*CHAIN[start:end])
        covering.run({A: firsts(CHAIN[start:end])})
    assert covering.states == {A: state_of(CHAIN)}
    assert covering.store.objects == tiles_of(CHAIN)


@pytest.mark.parametrize(
    "noted",
    [
        firsts(CHAIN),
        firsts(CHAIN[:MANY]),
        [*firsts(CHAIN[:3]), CHAIN[-1].first_sequence],
        firsts(CHAIN[3:6]),
        [1, 2, 3, CHAIN[-1].first_sequence],
        [10**16 - 1],
        [1, 10**16 - 1],
    ],
    ids=["all", "first", "a gap", "lost", "wrong", "foreign", "first and foreign"],
)
def test_notes_only_say_where_to_look(noted: list[int]) -> None:
    """What they do not name is found by a query when they leave a gap, or with the next note."""
    covering = Covering()
    covering.put(*CHAIN)
    covering.run({A: noted})
    if noted == firsts(CHAIN[:MANY]):
        assert covering.states[A] == state_of(CHAIN[:MANY])
        covering.run({A: [CHAIN[-1].first_sequence]})
    assert covering.states == {A: state_of(CHAIN)}


def test_a_repeated_note_changes_nothing_and_is_not_growth() -> None:
    covering = covered(CHAIN)
    before, stored = dict(covering.states), dict(covering.store.objects)
    for noted in (firsts(CHAIN), firsts(CHAIN[-1:]), [5]):
        [advance] = covering.run({A: noted}).values()
        assert advance.after == advance.before
    assert covering.states == before
    assert covering.store.objects == stored


def test_a_note_of_a_workspace_without_a_chain_leaves_an_empty_state() -> None:
    covering = Covering()
    covering.run({"ws_nobody": [1, 9]})
    assert covering.states == {"ws_nobody": WorkspaceState("ws_nobody")}


def test_the_new_segments_of_many_chains_are_read_with_one_call_for_a_hundred() -> None:
    covering = Covering()
    names = [f"ws_{number:03d}" for number in range(150)]
    for name in names:
        covering.put(*chain_of(name)[:2])
    covering.run({name: firsts(chain_of(name)[:2]) for name in names})
    assert covering.ledger.faults.calls == ["segments_of"] * 3
    assert all(covering.states[name] == state_of(chain_of(name)[:2]) for name in names)


def test_a_chain_with_many_new_segments_is_queried() -> None:
    covering = Covering()
    covering.put(*CHAIN)
    covering.run({A: firsts(CHAIN)})
    assert {*covering.ledger.faults.calls} == {"ascending"}


def test_what_one_run_cannot_cover_is_covered_by_the_next_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cover, "MAX_RECORDS", 150)
    covering = Covering()
    covering.put(*CHAIN, *chain_of(B))
    covering.run({A: firsts(CHAIN), B: firsts(chain_of(B))})
    assert [covering.states[name].size for name in (A, B)] == [139, 139]
    for _ in range(5):
        covering.run()
    assert covering.states == {A: state_of(CHAIN), B: state_of(chain_of(B))}
    assert covering.store.objects == tiles_of(CHAIN) | tiles_of(chain_of(B))


def test_a_run_stops_when_its_time_is_over_and_the_longest_waiting_were_first() -> None:
    covering, names = Covering(), [f"ws_{number}" for number in range(5)]
    for name in names:
        covering.put(*chain_of(name)[:2])
        covering.run({name: [1, 2]}, has_time=lambda: False)
    assert all(covering.states[name].size == 0 for name in names)
    turns = count()
    found = covering.run(has_time=lambda: next(turns) < 2)
    assert [*found] == names[:2]
    assert [*covering.run()] == names[2:]
    assert all(covering.states[name] == state_of(chain_of(name)[:2]) for name in names)


METHODS = ["segments_of", "ascending", "at_or_before", "put_new", "read"]


@pytest.mark.parametrize("kind", ["before", "after"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", range(4))
def test_a_call_that_fails_holds_nothing_and_the_next_run_covers_the_rest(
    method: str, place: int, kind: str
) -> None:
    """Of two workspaces, at most one is touched; what it had is kept."""
    covering = Covering(is_warm=False)
    for chain in (CHAIN, chain_of(B)):
        covering.put(*chain[:11])
    covering.run({A: firsts(CHAIN[:11]), B: firsts(chain_of(B)[:11])})
    before = dict(covering.states)
    for chain in (CHAIN, chain_of(B)):
        covering.put(*chain[11:])
    notes = {name: firsts(chain_of(name)[11:16]) for name in (A, B)}
    for faults in (covering.ledger.faults, covering.store.faults):
        faults.plan(method, *[None] * place, kind)
    covering.run(notes)
    assert all(covering.held(name) is None for name in (A, B))
    complete = [name for name in (A, B) if covering.states[name].growth is None]
    assert complete
    for name in {A, B} - {*complete}:
        size = covering.states[name].size
        assert before[name].size <= size
        assert covering.states[name].growth
    covering.run({name: [chain_of(name)[-1].first_sequence] for name in (A, B)})
    covering.run()
    covering.run()
    assert covering.states == {A: state_of(CHAIN), B: state_of(chain_of(B))}
    assert covering.store.objects == tiles_of(CHAIN) | tiles_of(chain_of(B))


def test_a_run_that_loses_leaves_tiles_that_the_next_one_finds_equal() -> None:
    covering = Covering()
    covering.put(*CHAIN)
    covering.run({A: firsts(CHAIN)})
    stored = dict(covering.store.objects)
    covering.states = {}
    covering.run({A: firsts(CHAIN)})
    assert covering.states == {A: state_of(CHAIN)}
    assert covering.store.objects == stored == tiles_of(CHAIN)


def test_a_warm_process_reads_no_covered_segment_again() -> None:
    covering = Covering()
    for start in range(0, len(CHAIN), 2):
        covering.put(*CHAIN[start : start + 2])
        covering.run({A: firsts(CHAIN[start : start + 2])})
    assert {*covering.ledger.faults.calls} == {"segments_of"}
    assert covering.store.objects == tiles_of(CHAIN)


def test_a_restarted_workspace_has_tiles_of_its_own() -> None:
    covering = covered(CHAIN)
    covering.states[A] = WorkspaceState(A, epoch=1, growth=Growth(NOON, covering.states[A].size))
    covering.run({A: [1]})
    assert covering.store.objects == tiles_of(CHAIN) | tiles_of(CHAIN, epoch=1)


def test_calls_side_by_side_give_the_same_trees_and_tiles() -> None:
    names = [f"ws_{number}" for number in range(12)]
    covering = Covering(is_warm=False)
    for start, end in ((0, 9), (9, len(CHAIN))):
        for name in names:
            covering.put(*chain_of(name)[start:end])
        with ThreadPoolExecutor(8) as threads:
            covering.side_by_side = threads.map
            covering.run({name: firsts(chain_of(name)[start:end]) for name in names})
    assert covering.states == {name: state_of(chain_of(name)) for name in names}
    every = [tiles_of(chain_of(name)) for name in names]
    assert covering.store.objects == {key: tile for tiles in every for key, tile in tiles.items()}


def test_a_repeated_note_beside_new_growth_costs_no_query() -> None:
    covering = covered(CHAIN[:5])
    covering.put(*CHAIN[5:7])
    covering.ledger.faults.calls.clear()
    covering.run({A: firsts(CHAIN[3:7])})
    assert covering.ledger.faults.calls == ["segments_of"]
    assert covering.states == {A: state_of(CHAIN[:7])}


def test_tiles_are_stored_round_by_round_so_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cover_waiting, "RECORDS_A_ROUND", RECORDS)
    covering = Covering()
    covering.put(*CHAIN, *chain_of(B))
    turns = list[set[str]]()

    def has_time() -> bool:
        turns.append({key.split("/")[1] for key in covering.store.objects})
        return True

    covering.run({A: firsts(CHAIN), B: firsts(chain_of(B))}, has_time)
    assert turns == [set(), {A}]
