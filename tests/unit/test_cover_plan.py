"""The plan of a run: who is looked at, and in what order."""

from __future__ import annotations

from dataclasses import replace

from indelible.checkpoints.workspace_state import Growth, Hold, WorkspaceState
from indelible.covering.cover import MAX_RECORDS
from indelible.covering.growth import Noted
from indelible.covering.plan import FIRST_TURNS, Waiting, in_order, waiting_at
from indelible.tlog.compact_range import EMPTY_RANGE
from support.builders import MINUTE, NOON

TEN = replace(WorkspaceState("ten"), tree=EMPTY_RANGE.extended([bytes(32)] * 10), last_segment=6)
HOLD = Hold(NOON, "chain_break", 11, "why")


def grown(name: str, since: int, last: int = 1, hold: Hold | None = None) -> Waiting:
    return Waiting(WorkspaceState(name, growth=Growth(since, last), hold=hold))


def at(sent_at: int, *firsts: int) -> Noted:
    return Noted(sent_at, firsts)


def names(waiting: list[Waiting]) -> list[str]:
    return [each.state.workspace_id for each in waiting]


def test_a_run_looks_at_what_notes_name_what_was_left_and_what_is_held() -> None:
    left = WorkspaceState("left", growth=Growth(NOON, 9))
    held = WorkspaceState("held", hold=HOLD)
    states = [TEN, WorkspaceState("idle"), left, held]
    found = waiting_at(states, {"ten": at(NOON, 11, 14), "new": at(NOON + 1, 1)}, NOON + MINUTE)
    assert [(each.state, [*each.noted]) for each in found] == [
        (replace(TEN, growth=Growth(NOON, 14)), [11, 14]),
        (left, []),
        (held, []),
        (WorkspaceState("new", growth=Growth(NOON + 1, 1)), [1]),
    ]


def test_growth_waits_since_it_was_first_known() -> None:
    state = replace(TEN, growth=Growth(NOON, 14))
    [further] = waiting_at([state], {"ten": at(NOON + 1, 12, 21)}, NOON + MINUTE)
    assert further.state.growth == Growth(NOON, 21)
    [repeated] = waiting_at([state], {"ten": at(NOON + 1, 11)}, NOON + MINUTE)
    assert repeated.state.growth == Growth(NOON, 14)


def test_growth_waits_since_its_note_was_sent_whichever_run_receives_it() -> None:
    """A workspace without a row has nothing else that remembers it."""
    for minutes in (0, 1, 20):
        [new] = waiting_at([], {"new": at(NOON, 1)}, NOON + minutes * MINUTE)
        assert new.state.growth == Growth(NOON, 1)
    [ahead] = waiting_at([], {"new": at(NOON + MINUTE, 1)}, NOON)
    assert ahead.state.growth == Growth(NOON, 1), "a clock that is ahead makes no negative lag"


def test_a_covered_segment_is_no_growth() -> None:
    [waiting] = waiting_at([TEN], {"ten": at(NOON, 6)}, NOON)
    assert waiting.state.growth is None


def test_the_longest_waiting_workspace_is_first() -> None:
    waiting = [grown("c", NOON + 2), grown("a", NOON), grown("b", NOON + 1)]
    assert names(in_order(waiting, 1)) == ["a", "b", "c"]


def test_a_workspace_that_only_has_to_be_checked_comes_after_those_that_have_grown() -> None:
    waiting = [Waiting(TEN, [6]), grown("b", NOON + 1), grown("a", NOON)]
    assert names(in_order(waiting, 1)) == ["a", "b", "ten"]


def test_many_slow_and_held_workspaces_delay_the_others_by_a_few_turns() -> None:
    slow = [grown(f"slow{n}", NOON + n, MAX_RECORDS + 1) for n in range(5)]
    held = [grown(f"held{n}", NOON + n, 1, HOLD) for n in range(5)]
    prompt = [grown(f"prompt{n}", NOON + MINUTE + n, MAX_RECORDS) for n in range(3)]
    order = names(in_order([*slow, *held, *prompt], 7))
    assert order[FIRST_TURNS : FIRST_TURNS + 3] == ["prompt0", "prompt1", "prompt2"]
    assert sorted(order) == sorted(names([*slow, *held, *prompt]))


def test_every_slow_workspace_is_among_the_first_once_in_so_many_runs() -> None:
    for count in (1, 3, 4, 5, 9, 10):
        slow = [grown(f"slow{n}", NOON, MAX_RECORDS + 1) for n in range(count)]
        runs = [names(in_order([*slow, grown("a", NOON)], run))[:FIRST_TURNS] for run in range(10)]
        assert {name for run in runs for name in run} >= {*names(slow)}
        assert all(len({*run}) == len(run) for run in runs)
