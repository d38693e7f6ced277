"""Covering a chain that was tampered with: held before the damage, and no other workspace is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.chain.segment import Segment
from indelible.errors import Unreadable
from support.tampering import (
    with_a_byte_changed,
    with_another_event_hash,
    with_another_hash_before,
    with_fewer_prefixes,
    with_fitting_hashes,
)
from unit.covering import Covering, chain_of, firsts, state_of, tiles_of, without_growth

A, B = "ws_a", "ws_b"
CHAIN, OTHER = chain_of(A), chain_of(A, "rewritten")
COVERED = 11
"""Segments that are covered: 381 records, so 125 are in an unfinished tile."""


@pytest.fixture(params=[True, False], ids=["warm", "cold"])
def covering(request: pytest.FixtureRequest) -> Covering:
    """Two workspaces with covered segments, and more in the table."""
    found = Covering(is_warm=request.param)
    for chain in (CHAIN, chain_of(B)):
        found.put(*chain[:COVERED])
    found.run({A: firsts(CHAIN[:COVERED]), B: firsts(chain_of(B)[:COVERED])})
    for chain in (CHAIN, chain_of(B)):
        found.put(*chain[COVERED:])
    return found


def grow(covering: Covering) -> None:
    """A run that is told of all new segments. Nothing may keep the other workspace back."""
    covering.run({name: firsts(chain_of(name)[COVERED:]) for name in (A, B)})
    assert covering.states[B] == state_of(chain_of(B))
    theirs = {key for key in covering.store.objects if key.startswith(f"ws/{B}/")}
    assert theirs == {*tiles_of(chain_of(B))}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (with_a_byte_changed, "hash_mismatch"),
        (with_another_event_hash, "chain_break"),
        (with_another_hash_before, "chain_break"),
        (with_fewer_prefixes, "unreadable"),
    ],
)
@pytest.mark.parametrize("place", [COVERED, COVERED + 2, len(CHAIN) - 2])
def test_a_changed_new_segment_is_held_and_all_before_it_is_covered(
    covering: Covering, change: Callable[[Segment], Segment], kind: str, place: int
) -> None:
    if CHAIN[place].count == 1:
        place += 1
    covering.put(change(CHAIN[place]))
    grow(covering)
    assert without_growth(covering.states[A]) == state_of(CHAIN[:place])
    held = covering.held(A)
    assert held
    assert held[0] == kind
    covering.put(*CHAIN)
    covering.run()
    assert covering.states[A] == state_of(CHAIN)
    assert covering.store.objects == tiles_of(CHAIN) | tiles_of(chain_of(B))


def test_a_new_segment_rewritten_with_fitting_hashes_is_covered_and_breaks_the_next_link(
    covering: Covering,
) -> None:
    """Before it is covered, nothing contradicts it. Afterwards the chain cannot go back."""
    before = covering.states[A].size
    forged = replace(with_fitting_hashes(CHAIN[COVERED]), workspace_id=A)
    covering.put(forged)
    grow(covering)
    assert covering.held(A) == ("chain_break", CHAIN[COVERED + 1].first_sequence)
    assert covering.states[A].size == before + forged.count
    covering.put(*CHAIN)
    covering.run()
    assert covering.held(A) == ("checkpoint_mismatch", before + forged.count)


def test_a_removed_new_segment_is_held_until_it_is_back(covering: Covering) -> None:
    covering.forget([CHAIN[COVERED + 1]])
    grow(covering)
    gap = CHAIN[COVERED + 2].first_sequence
    assert covering.held(A) == ("sequence_gap", gap)
    since = covering.states[A].hold
    covering.run()
    assert covering.states[A].hold == since
    assert without_growth(covering.states[A]) == state_of(CHAIN[: COVERED + 1])
    covering.put(CHAIN[COVERED + 1])
    covering.run()
    assert covering.states[A] == state_of(CHAIN)


@pytest.mark.parametrize("left", [COVERED - 1, 3, 0])
@pytest.mark.parametrize("noted", ["removed", "appended", "nothing"])
def test_a_cut_end_is_found_when_a_note_names_a_covered_segment_or_the_chain_grows(
    covering: Covering, left: int, noted: str
) -> None:
    """The indexer also notes removed segments. Without any note the hourly check finds it."""
    before = covering.states[A]
    covering.forget(CHAIN[left:])
    named = {"removed": firsts(CHAIN[left:COVERED]), "nothing": []}.get(noted, [])
    if noted == "appended":  # on the short chain
        covering.put(replace(OTHER[left], previous_event_hash=CHAIN[left - 1].event_hash))
        named = [OTHER[left].first_sequence]
    covering.run({A: named} if named else {})
    if noted == "nothing":
        assert covering.held(A) is None
        return
    held = covering.held(A)
    assert held
    if noted == "removed" or left < COVERED - 1:
        assert held[0] == "truncated"
    else:
        assert held[0] in {"hash_mismatch", "chain_break", "unreadable", "checkpoint_mismatch"}
    assert without_growth(covering.states[A]) == before
    covering.put(*CHAIN)
    covering.run()
    assert covering.states[A] == state_of(CHAIN)


def test_a_chain_rewritten_with_fitting_hashes_contradicts_its_checkpoint(
    covering: Covering,
) -> None:
    before = covering.states[A]
    covering.put(*OTHER)
    grow(covering)
    assert covering.held(A) == ("checkpoint_mismatch", before.size)
    hold = covering.states[A].hold
    assert hold
    assert "another one now" in hold.reason
    assert without_growth(covering.states[A]) == before
    covering.put(*CHAIN)
    covering.run()
    assert covering.states[A] == state_of(CHAIN)


def test_a_chain_cut_and_continued_past_its_covered_end_contradicts_its_checkpoint(
    covering: Covering,
) -> None:
    """The new records link to each other; the first of them begins before the covered end."""
    covering.forget(CHAIN[4:])
    forged = [*CHAIN[:4], *OTHER[4:]]
    covering.put(*forged)
    grow(covering)
    held = covering.held(A)
    assert held
    assert held[0] in {"checkpoint_mismatch", "chain_break"}
    assert covering.states[A].size == state_of(CHAIN[:COVERED]).size


def test_a_deleted_chain_is_truncated_at_its_first_record(covering: Covering) -> None:
    covering.forget(CHAIN)
    covering.run({A: firsts(CHAIN)})
    assert covering.held(A) == ("truncated", 1)


def test_a_covered_record_of_the_unfinished_tile_that_was_changed_holds_the_next_tile() -> None:
    """Cold: the leaves of the unfinished tile come from the chain, and must give its tree."""
    covering = Covering(is_warm=False)
    covering.put(*CHAIN[:COVERED])
    covering.run({A: firsts(CHAIN[:COVERED])})
    before = covering.states[A]
    changed = CHAIN[COVERED - 2]
    assert changed.first_sequence > 256
    covering.put(*CHAIN[COVERED:], with_a_byte_changed(changed))
    covering.run({A: firsts(CHAIN[COVERED:])})
    assert covering.held(A) == ("checkpoint_mismatch", 257)
    assert without_growth(covering.states[A]) == before
    assert covering.store.objects == tiles_of(CHAIN[:COVERED])


@pytest.mark.parametrize("stored", [None, b"", bytes(8_192), bytes(8_224)])
def test_a_newest_tile_that_is_not_as_it_was_put_holds_the_next_tile(
    covering: Covering, stored: bytes | None
) -> None:
    """A warm process has no need to read it."""
    covering.is_warm = False
    newest = f"ws/{A}/0/tile/0/000"
    if stored is None:
        del covering.store.objects[newest]
    else:
        covering.store.objects[newest] = stored
    before = covering.states[A]
    grow(covering)
    held = covering.held(A)
    assert held
    assert held[0] == "checkpoint_mismatch"
    assert without_growth(covering.states[A]) == before


def test_a_chain_that_was_covered_as_another_before_meets_its_old_tile(covering: Covering) -> None:
    """A table and a state that were rolled back: only the locked tile knows the other chain."""
    covering.store.objects |= tiles_of(OTHER)
    covering.store.objects |= tiles_of(CHAIN[:COVERED])
    grow(covering)
    assert covering.held(A) == ("checkpoint_mismatch", 512)
    assert covering.states[A].size == state_of(CHAIN[:COVERED]).size
    covering.run()
    assert covering.held(A) == ("checkpoint_mismatch", 512)


@pytest.mark.parametrize(
    ("change", "kind", "place"),
    [
        (with_a_byte_changed, "hash_mismatch", 7),
        (with_another_event_hash, "chain_break", 7),
        (lambda each: replace(each, last_created_at=0), "time_order", 7),
        (lambda each: replace(each, records=b"no zstd"), "unreadable", 7),
    ],
)
def test_a_covered_end_that_was_changed_is_found_when_a_note_names_it(
    change: Callable[[Segment], Segment], kind: str, place: int
) -> None:
    """The indexer notes changed segments."""
    covering = Covering()
    covering.put(*CHAIN[: place + 1])
    covering.run({A: firsts(CHAIN[: place + 1])})
    before = covering.states[A]
    covering.put(change(CHAIN[place]))
    covering.run({A: [CHAIN[place].first_sequence]})
    held = covering.held(A)
    assert held
    assert held[0] == kind
    assert without_growth(covering.states[A]) == before


@pytest.mark.parametrize("method", ["at_or_before", "newest"])
def test_an_item_that_is_no_segment_at_the_covered_end_holds_its_workspace(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    covering = Covering()
    covering.put(*CHAIN[:COVERED])
    covering.run({A: firsts(CHAIN[:COVERED])})
    if method == "newest":
        covering.forget(CHAIN[COVERED - 1 : COVERED])

    def refuse(*_: object) -> object:
        raise Unreadable("an item of the chain is not a segment")

    monkeypatch.setattr(covering.ledger, method, refuse)
    covering.run({A: [CHAIN[COVERED - 1].first_sequence]})
    assert covering.held(A) == ("unreadable", CHAIN[COVERED - 1].first_sequence)
