"""Attacks on records: the watcher finds and names each within a round, with nobody asking."""

from __future__ import annotations

import pytest
from unit.watched_chains import (
    NAME,
    ROUND,
    SCRUB_DAYS,
    a_watched_chain,
    before_a_round,
    change,
    changed,
    holding,
    stored,
    with_records,
)


@pytest.mark.parametrize("refit", [False, True])
@pytest.mark.parametrize("sequence", [1, 101, 700, 4_096, 4_097, 4_352])
def test_a_changed_record_is_named_within_a_round(sequence: int, *, refit: bool) -> None:
    watching = before_a_round()
    change(watching, sequence, refit=refit)
    for _ in range(ROUND):
        watching.watch()
    assert (NAME, "checkpoint_mismatch", sequence) in watching.findings
    if not refit:
        assert (NAME, "hash_mismatch", sequence) in watching.findings


def test_a_changed_record_after_the_last_full_tile_is_found_and_named_by_its_prefix() -> None:
    watching = before_a_round()
    change(watching, 4_490, refit=False)
    for _ in range(ROUND):
        watching.watch()
    found = {(kind, at) for _, kind, at in watching.findings}
    assert found >= {("checkpoint_mismatch", 4_353), ("hash_mismatch", 4_490)}


def test_a_record_that_was_changed_with_fitting_hashes_of_its_segment_is_named() -> None:
    watching = before_a_round()
    segment = holding(watching, 700)
    refit = with_records(segment, lambda r: [*r[:9], changed(r[9]), *r[10:]])
    stored(watching)[segment.first_sequence] = refit
    watching.watch_until_found(ROUND)
    assert (NAME, "checkpoint_mismatch", segment.first_sequence + 9) in watching.findings


def test_a_removed_segment_is_found() -> None:
    watching = before_a_round()
    del stored(watching)[501]
    watching.watch_until_found(ROUND)
    assert (NAME, "sequence_gap", 1_001) in watching.findings


def test_a_removed_record_is_found() -> None:
    watching = before_a_round()
    segment = holding(watching, 700)
    stored(watching)[501] = with_records(segment, lambda r: [*r[:99], *r[100:]])
    watching.watch_until_found(ROUND)
    assert (NAME, "checkpoint_mismatch", 600) in watching.findings


def test_an_inserted_record_is_found() -> None:
    watching = before_a_round()
    segment = holding(watching, 700)
    stored(watching)[501] = with_records(segment, lambda r: [*r[:99], changed(r[99]), *r[99:]])
    watching.watch_until_found(ROUND)
    assert (NAME, "checkpoint_mismatch", 600) in watching.findings


def test_a_finding_ends_soon_after_it_is_mended() -> None:
    watching = before_a_round()
    good = stored(watching)[501]
    stored(watching)[501] = with_records(good, lambda r: [changed(r[0]), *r[1:]])
    watching.watch_until_found(ROUND)
    stored(watching)[501] = good
    assert watching.watch().found == 0
    assert watching.findings == []
    assert watching.verdicts.known[NAME].is_valid


def test_a_record_is_read_again_within_scrub_days() -> None:
    watching = a_watched_chain()
    watching.watch_round()
    stored(watching)[1] = with_records(stored(watching)[1], lambda r: [changed(r[0])])
    number, _ = watching.watch_until_found(SCRUB_DAYS)
    assert number > SCRUB_DAYS // 2
    assert (NAME, "checkpoint_mismatch", 1) in watching.findings
