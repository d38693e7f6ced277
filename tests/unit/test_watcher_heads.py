"""What happens to the end of a chain: the watcher finds it within an hour, with nobody asking."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.watching.pace import round_length
from support.builders import DAY
from unit.watched_chains import (
    HOUR,
    NAME,
    ROUND,
    a_watched_chain,
    before_a_round,
    join_the_last_two,
    rewrite_from,
    stored,
    watch_for_an_hour,
)


def test_a_cut_end_is_found_within_an_hour() -> None:
    watching = a_watched_chain()
    for first in (3_501, 4_001):
        del stored(watching)[first]
    watch_for_an_hour(watching)
    assert (NAME, "truncated", 3_501) in watching.findings


def test_a_deleted_chain_is_found_within_an_hour() -> None:
    watching = a_watched_chain()
    del watching.deployment.ledger.chains[NAME]
    watch_for_an_hour(watching)
    assert (NAME, "truncated", 1) in watching.findings


def test_a_rolled_back_table_is_found_within_an_hour() -> None:
    watching = a_watched_chain()
    older = watching.deployment.copy()
    watching.grow(NAME, 100)
    watching.grow("ws_b", 5)
    watching.deployment.ledger.chains = older.ledger.chains
    watching.deployment.turns.turn = older.turns.turn
    watch_for_an_hour(watching)
    assert {("ws_b", "truncated", 4), (NAME, "truncated", 4_501)} <= {*watching.findings}


@pytest.mark.parametrize("sequence", [1, 130, 4_450])
def test_a_rewrite_with_fitting_hashes_is_found_within_an_hour_and_named_within_a_round(
    sequence: int,
) -> None:
    watching = a_watched_chain()
    watching.watch_round()
    rewrite_from(watching, sequence)
    watch_for_an_hour(watching)
    assert watching.findings == [(NAME, "checkpoint_mismatch", 4_500)]
    watching.deployment.now += round_length(1)
    for _ in range(ROUND):
        watching.watch()
    named = sequence if sequence < 4_352 else 4_353
    assert (NAME, "checkpoint_mismatch", named) in watching.findings


def test_a_rewrite_of_a_chain_without_tiles_is_found() -> None:
    watching = before_a_round(20, 30)
    rewrite_from(watching, 7)
    for _ in range(ROUND):
        watching.watch()
    assert {(NAME, "checkpoint_mismatch", 50), (NAME, "checkpoint_mismatch", 1)} <= {
        *watching.findings
    }


def test_a_held_workspace_is_found_at_once() -> None:
    watching = a_watched_chain()
    [added] = watching.chain_on(NAME, 7)
    stored(watching)[added.first_sequence] = replace(added, event_hash=bytes(32))
    number, _ = watching.watch_until_found(1)
    assert number == 1
    kinds = {kind for name, kind, at in watching.findings if name == NAME}
    assert kinds == {"chain_break"}


@pytest.mark.parametrize("is_noted", [False, True])
def test_records_that_were_put_into_a_covered_segment_are_found_within_an_hour(
    *, is_noted: bool
) -> None:
    watching = a_watched_chain()
    watching.chain_on("ws_b", 2, is_noted=False)
    join_the_last_two(watching, "ws_b")
    if is_noted:
        watching.deployment.note("ws_b", 1)
    watch_for_an_hour(watching)
    assert set(watching.findings) == {("ws_b", "checkpoint_mismatch", 3)}
    assert bool(watching.deployment.covered("ws_b").hold) == is_noted


def test_growth_whose_note_was_lost_is_covered_within_an_hour() -> None:
    watching = a_watched_chain()
    watching.chain_on(NAME, 5, is_noted=False)
    watching.chain_on("ws_older", 5, is_noted=False)
    for _ in range(HOUR + 1):
        assert watching.watch().found == 0
    assert watching.deployment.covered(NAME).size == 4_505
    assert watching.deployment.covered("ws_older").size == 5


def test_growth_that_is_dated_ahead_is_no_exception() -> None:
    watching = a_watched_chain()
    watching.chain_on("ws_b", 5, at=watching.deployment.now + DAY, is_noted=False)
    for _ in range(HOUR + 1):
        watching.watch()
    assert watching.deployment.covered("ws_b").size == 8


def test_a_finding_at_the_head_ends_soon_after_it_is_mended() -> None:
    watching = a_watched_chain()
    last = stored(watching).pop(4_001)
    watch_for_an_hour(watching)
    assert (NAME, "truncated", 4_001) in watching.findings
    stored(watching)[4_001] = last
    assert watching.watch().found == 0
    assert watching.findings == []
