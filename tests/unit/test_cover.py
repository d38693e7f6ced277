"""Covering one chain: what verifies is covered, whole segments only; nothing after a break is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.hashes import GENESIS, leaf_hash
from indelible.chain.segment import Damaged, Segment, read_records
from indelible.checkpoints.workspace_state import Growth
from indelible.covering.cover import Advance, cover
from indelible.errors import Unavailable
from indelible.tlog.merkle import root_of
from indelible.verifying.breaks import BreakType
from indelible.verifying.segments import verify
from support.builders import NOON, WORKSPACE, a_chain, records_of, rewritten
from support.examples import examples
from support.tampering import DAMAGED, from_another_workspace, tampered_chains
from unit.covered_chain import NOTHING, covered, long_chain


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
