"""Holds: one lasts as long as its break, and says since when."""

from __future__ import annotations

from dataclasses import replace

from indelible.chain.hashes import GENESIS
from indelible.chain.segment import Damaged
from indelible.checkpoints.workspace_state import Growth, Hold, WorkspaceState
from indelible.covering.cover import Advance, cover, settled
from support.builders import MINUTE, NOON, WORKSPACE, a_chain
from unit.covered_chain import NOTHING, covered


def the_hold(state: WorkspaceState) -> tuple[int, str, int]:
    assert state.hold
    return state.hold.since, state.hold.kind, state.hold.sequence


def test_a_hold_begins_stays_as_long_as_its_break_and_ends() -> None:
    chain = a_chain(9, 3)
    wrong = replace(chain[1], event_hash=GENESIS)
    first = settled(cover(NOTHING, [chain[0], wrong]), NOON)
    assert the_hold(first) == (NOON, "chain_break", 6)
    assert first.size == 3
    assert first.growth == Growth(NOON, 4)
    later = settled(cover(first, [wrong]), NOON + MINUTE)
    assert later == first
    other = settled(cover(later, [Damaged(WORKSPACE, 4, "no item")]), NOON + 2 * MINUTE)
    assert the_hold(other) == (NOON + 2 * MINUTE, "unreadable", 4)
    assert other.hold
    assert other.hold.reason == "no item"
    assert other.growth == first.growth
    right = settled(cover(other, chain[1:]), NOON + 3 * MINUTE)
    assert (right.hold, right.growth, right.size) == (None, None, 9)


def test_a_hold_stays_when_the_chain_cannot_be_read() -> None:
    chain = a_chain(6, 3)
    hold = Hold(NOON, "chain_break", 4, "as it was")
    state = replace(covered(chain[:1]), hold=hold, growth=Growth(NOON, 4))
    unread = Advance(state, state, left="DynamoDB did not answer")
    assert settled(unread, NOON + MINUTE) == state
    newer = cover(state, [replace(chain[1], codec="brotli")])
    assert settled(newer, NOON + MINUTE).hold == hold
