"""Covering one chain: what verifies is covered, whole segments only; nothing after a break is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.hashes import GENESIS, leaf_hash
from indelible.chain.segment import MAX_RECORDS_BYTES, Damaged, Segment, read_records
from indelible.checkpoints.workspace_state import Growth, Hold, WorkspaceState
from indelible.covering import cover as module
from indelible.covering.cover import Advance, cover, settled
from indelible.errors import Unavailable
from indelible.tlog.merkle import root_of
from indelible.verifying.breaks import BreakType
from indelible.verifying.segments import verify
from support.builders import MINUTE, NOON, WORKSPACE, a_chain, records_of, rewritten
from support.examples import examples
from support.small_index import chain_of, events_at
from support.tampering import DAMAGED, from_another_workspace, tampered_chains

NOTHING = WorkspaceState(WORKSPACE)
SECOND = 1_000_000
LONG = 300


@cache
def long_chain() -> list[Segment]:
    """300 records in segments of 1, 7, 2 and 40."""
    return chain_of(events_at([NOON + n * SECOND for n in range(LONG)]), [1, 7, 2, 40])


def covered(segments: Sequence[Segment], before: WorkspaceState = NOTHING) -> WorkspaceState:
    """The state after these segments, all of which verify."""
    advance = cover(before, segments)
    assert (advance.held, advance.left) == (None, None)
    return advance.after


def leaves_of(segments: Sequence[Segment]) -> list[bytes]:
    return [leaf_hash(each) for each in records_of(segments)]


def test_a_covered_chain_has_the_root_of_its_records_and_the_head_of_its_last_segment() -> None:
    chain = long_chain()
    advance = cover(NOTHING, chain)
    assert advance.leaves == leaves_of(chain)
    assert advance.after.tree.root == root_of(leaves_of(chain))
    assert advance.after.head == chain[-1].head
    assert advance.after.last_segment == chain[-1].first_sequence
    assert (advance.held, advance.left) == (None, None)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.integers(0, len(long_chain()))))
def test_growth_in_any_split_gives_the_same_state_as_the_whole(splits: list[int]) -> None:
    chain, state, leaves = long_chain(), NOTHING, list[bytes]()
    ends = [*sorted(splits), len(chain)]
    for start, end in zip([0, *ends], ends, strict=False):
        advance = cover(state, chain[start:end])
        state, leaves = advance.after, [*leaves, *advance.leaves]
    assert state == covered(chain)
    assert leaves == leaves_of(chain)


def test_nothing_new_changes_nothing() -> None:
    state = covered(long_chain())
    assert cover(state, []) == Advance(state, state)


def test_the_state_keeps_what_covering_does_not_know() -> None:
    before = replace(NOTHING, epoch=3, restarts=(9,), growth=Growth(NOON, 9))
    after = cover(before, long_chain()).after
    assert (after.epoch, after.restarts, after.growth) == (3, (9,), Growth(NOON, 9))


@pytest.mark.parametrize("change", DAMAGED)
@pytest.mark.parametrize("covered_before", [0, 1])
def test_a_segment_that_does_not_verify_is_not_covered_and_neither_are_those_after_it(
    change: Callable[[Segment], Segment], covered_before: int
) -> None:
    chain = a_chain(9, 3)
    tampered = [chain[0], change(chain[1]), chain[2]]
    before = covered(chain[:covered_before])
    advance = cover(before, tampered[covered_before:])
    assert advance.after == covered(chain[:1])
    first = next(step.breaks[0] for step in verify(WORKSPACE, tampered) if step.breaks)
    assert advance.held == first
    assert first.sequence in range(4, 8)


@settings(max_examples=examples(300), deadline=None)
@given(tampered_chains())
def test_whole_segments_are_covered_up_to_the_first_break_that_verifying_finds(
    chain: list[Segment],
) -> None:
    steps = [*verify(WORKSPACE, chain)]
    good = next((place for place, step in enumerate(steps) if step.breaks), len(chain))
    advance = cover(NOTHING, chain)
    assert advance.after == cover(NOTHING, chain[:good]).after
    assert advance.after.size == sum(each.count for each in chain[:good])
    assert advance.held == (steps[good].breaks[0] if good < len(chain) else None)
    assert advance.leaves == leaves_of(chain[:good])


@pytest.mark.parametrize(
    ("segments", "kind", "sequence"),
    [
        (lambda chain: chain[1:], BreakType.SEQUENCE_GAP, 7),
        (lambda chain: [chain[1], chain[0]], BreakType.SEQUENCE_GAP, 7),
        (lambda chain: [replace(chain[0], previous_event_hash=GENESIS)], BreakType.CHAIN_BREAK, 4),
        (lambda chain: [from_another_workspace(chain[0])], BreakType.SEQUENCE_GAP, 4),
        (lambda chain: [Damaged(WORKSPACE, 4, "no item"), chain[1]], BreakType.UNREADABLE, 4),
        (lambda _: [Damaged(WORKSPACE, None, "no item")], BreakType.UNREADABLE, 4),
    ],
    ids=["removed", "swapped", "unlinked", "of another workspace", "damaged", "without a key"],
)
def test_what_does_not_follow_the_covered_records_is_held(
    segments: Callable[[list[Segment]], list[Segment | Damaged]], kind: BreakType, sequence: int
) -> None:
    chain = a_chain(9, 3)
    state = covered(chain[:1])
    advance = cover(state, segments(chain[1:]))
    assert advance.after is state
    assert advance.held
    assert (advance.held.type, advance.held.sequence) == (kind, sequence)


def test_a_record_that_is_not_later_than_the_last_covered_one_is_held() -> None:
    chain = a_chain(6, 3)
    state = replace(covered(chain[:1]), last_created_at=chain[1].first_created_at)
    advance = cover(state, chain[1:])
    assert advance.held
    assert (advance.held.type, advance.held.sequence) == (BreakType.TIME_ORDER, 4)
    earlier = replace(state, last_created_at=chain[1].first_created_at - 1)
    assert cover(earlier, chain[1:]).held is None


def test_an_inserted_record_with_fitting_hashes_is_held_at_the_next_link() -> None:
    chain = a_chain(9, 3)
    records = read_records(chain[1])
    forged = rewritten(chain[1], [*records[:2], records[1], records[2]])
    advance = cover(covered(chain[:1]), [forged, chain[2]])
    assert advance.after.size == 3
    assert advance.held
    assert advance.held.type is BreakType.SEQUENCE_GAP


def test_a_segment_of_a_newer_version_waits_and_holds_nothing() -> None:
    chain = a_chain(9, 3)
    advance = cover(NOTHING, [chain[0], replace(chain[1], codec="brotli"), chain[2]])
    assert advance.after == covered(chain[:1])
    assert advance.held is None
    assert advance.left
    assert "brotli" in advance.left


def test_when_reading_fails_what_was_read_is_covered() -> None:
    chain = a_chain(9, 3)

    def failing() -> object:
        yield from chain[:2]
        raise Unavailable("DynamoDB did not answer")

    advance = cover(NOTHING, failing())  # type: ignore[arg-type]
    assert advance.after == covered(chain[:2])
    assert (advance.held, advance.left) == (None, "DynamoDB did not answer")


@pytest.mark.parametrize(("records", "size"), [(0, 3), (3, 3), (5, 3), (6, 6), (8, 6), (9, 9)])
def test_a_run_covers_at_most_so_many_records_and_ends_with_a_segment(
    monkeypatch: pytest.MonkeyPatch, records: int, size: int
) -> None:
    chain = a_chain(9, 3)
    monkeypatch.setattr(module, "MAX_RECORDS", records)
    advance = cover(NOTHING, chain)
    assert advance.after.size == size
    assert (advance.left is None) == (size == 9)
    assert advance.held is None


def test_a_run_never_covers_more_bytes_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next segment may have 8 MiB, so there must be room for them."""
    chain = a_chain(9, 3)
    in_two = sum(len(each) for each in records_of(chain[:2]))
    for spare, size in ((-1, 6), (0, 9)):
        monkeypatch.setattr(module, "MAX_BYTES", in_two + MAX_RECORDS_BYTES + spare)
        assert cover(NOTHING, chain).after.size == size
    monkeypatch.setattr(module, "MAX_BYTES", 0)
    assert cover(NOTHING, chain).after.size == 3


def test_runs_within_the_bound_cover_the_whole_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    chain, state, sizes = long_chain(), NOTHING, list[int]()
    whole = covered(chain)
    monkeypatch.setattr(module, "MAX_RECORDS", 50)
    while state.size < LONG:
        state = cover(state, [each for each in chain if each.first_sequence > state.size]).after
        sizes.append(state.size)
    ends = {each.last_sequence for each in chain}
    assert {*sizes} <= ends
    assert state == whole
    assert len(sizes) == 6


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


def test_what_a_run_leaves_keeps_the_time_since_when_it_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_RECORDS", 3)
    chain = a_chain(9, 3)
    state = replace(NOTHING, growth=Growth(NOON, 7))
    first = settled(cover(state, chain), NOON + MINUTE)
    assert (first.size, first.growth, first.hold) == (3, Growth(NOON, 7), None)
    unknown = settled(cover(NOTHING, chain), NOON + MINUTE)
    assert unknown.growth == Growth(NOON + MINUTE, 4)
