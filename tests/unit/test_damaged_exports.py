"""An export of a damaged segment: CSV fails with the place, a verifiable file shows the damage."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.chain.segment import Segment, read_records
from indelible.errors import Unreadable
from indelible.exporting.job import ExportStatus
from indelible.exporting.range import make_manifest
from indelible.filters import Filters, read_filters
from support.builders import (
    NOON,
    SECOND,
    WORKSPACE,
    a_chain,
    a_queued_event,
    as_stored,
    at_second,
    records_of,
)
from support.export_lines import kinds, lines_of, packed, record_in
from support.memory_ledger import MemoryLedger
from support.tampering import (
    CHAIN,
    DAMAGED,
    with_a_byte_changed,
    with_a_fitting_prefix,
    with_another_hash_before,
    with_fitting_hashes,
    with_other_prefixes,
    with_whole_leaf_hashes,
)
from unit.export_driver import ExportDriver

Damage = Callable[[Segment], Segment]

damaging = pytest.mark.parametrize("damage", DAMAGED, ids=lambda each: each.__name__)


def damaged_chain(damage: Damage) -> list[Segment]:
    """Three segments of three records; the second one, from sequence 4 on, is damaged."""
    return [CHAIN[0], damage(CHAIN[1]), CHAIN[2]]


# ---- CSV -----------------------------------------------------------------------------------------


@damaging
@pytest.mark.parametrize("filters", [{}, {"actor_id": "nobody"}], ids=["all", "filtered"])
def test_csv_fails_with_the_place_whether_or_not_a_row_is_from_there(
    damage: Damage, filters: dict[str, str]
) -> None:
    driver = ExportDriver(damaged_chain(damage))
    export = driver.start({"filters": filters})
    failed = driver.finish(export)
    assert failed.status is ExportStatus.FAILED
    assert failed.error_message is not None
    assert "The chain is damaged at sequence 4." in failed.error_message
    assert "ndjson" in failed.error_message
    assert export.file_name not in driver.files.files


@damaging
def test_csv_of_times_outside_of_the_damaged_segment_is_made(damage: Damage) -> None:
    driver = ExportDriver(damaged_chain(damage))
    completed = driver.finish(driver.start({"filters": {"from": "2026-11-23T12:00:07Z"}}))
    assert (completed.status, completed.total_rows) == (ExportStatus.COMPLETED, 3)


def test_csv_of_fitting_hashes_is_made_and_only_verify_finds_the_broken_link() -> None:
    driver = ExportDriver(damaged_chain(with_fitting_hashes))
    completed = driver.finish(driver.start())
    assert (completed.status, completed.total_rows) == (ExportStatus.COMPLETED, 9)


# ---- the verifiable file -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [*(each for each in DAMAGED if each is not with_another_hash_before), with_fitting_hashes],
    ids=lambda each: each.__name__,
)
@pytest.mark.parametrize("filters", [{}, {"actor_id": "nobody"}], ids=["all", "filtered"])
def test_a_file_with_a_damaged_segment_is_never_valid(
    damage: Damage, filters: dict[str, str]
) -> None:
    assert kinds(packed(lines_of(damaged_chain(damage), read_filters(filters))))


def test_a_file_holds_genuine_records_even_if_their_segment_names_another_hash_before() -> None:
    """The file has no such hash: it is verified from its own beginning."""
    damaged = lines_of(damaged_chain(with_another_hash_before))
    assert damaged == lines_of(CHAIN)
    assert kinds(packed(damaged)) == []


def test_a_filter_does_not_leave_out_a_record_that_was_changed() -> None:
    """It no longer matches, but nobody can say that the record which was chained did not."""
    events = [a_queued_event(n, at_second(n), actor_id=f"user_{n}") for n in range(1, 10)]
    chain = a_chain(9, 3, events)
    records = [each.replace(b"user_5", b"user_0") for each in read_records(chain[1])]
    chain[1] = replace(chain[1], records=as_stored(records))
    lines = lines_of(chain, read_filters({"actor_id": "user_5"}))
    assert [bool(record_in(line)) for line in lines[1:]] == [n in (4, 5, 6) for n in range(1, 10)]
    assert record_in(lines[5]) == records[1]
    assert kinds(packed(lines)) == [("hash_mismatch", 5), ("chain_break", 6)]


def test_a_filter_does_not_leave_out_a_record_that_was_changed_with_its_prefix() -> None:
    """Nobody can say which one it is, so all records of the segment are there."""
    lines = lines_of(damaged_chain(with_a_fitting_prefix), read_filters({"actor_id": "nobody"}))
    assert [bool(record_in(line)) for line in lines[1:]] == [n in (4, 5, 6) for n in range(1, 10)]
    assert kinds(packed(lines)) == [("chain_break", 6)]


def test_the_line_of_a_changed_record_has_its_prefix_and_zeros_for_a_leaf_hash() -> None:
    """No record has that hash, so every verifier finds that this one was changed."""
    lines = lines_of(damaged_chain(with_a_byte_changed))
    prefix = leaf_hash(read_records(CHAIN[1])[1])[:4]
    assert json.loads(lines[5])["leaf_hash"] == prefix.hex() + 56 * "0"
    others = [json.loads(line)["leaf_hash"] for n, line in enumerate(lines) if n not in (0, 5)]
    assert others == [
        leaf_hash(record).hex() for n, record in enumerate(records_of(CHAIN), 1) if n != 5
    ]


def test_a_changed_record_does_not_draw_attention_from_another_that_a_filter_leaves_out() -> None:
    """The second record was changed with its prefix, the third alone: only that one is named."""
    segment = with_a_fitting_prefix(CHAIN[1])
    records = read_records(segment)
    records[2] = records[2].replace(b"document.created", b"document.deleted")
    decoy = [CHAIN[0], replace(segment, records=as_stored(records)), CHAIN[2]]
    lines = lines_of(decoy, read_filters({"actor_id": "nobody"}))
    assert [bool(record_in(line)) for line in lines[1:]] == [n in (4, 5, 6) for n in range(1, 10)]
    assert kinds(packed(lines)) == [("hash_mismatch", 6), ("chain_break", 6)]


def test_whole_leaf_hashes_say_which_record_was_changed_so_a_filter_leaves_out_the_others() -> None:
    changed = with_a_byte_changed(with_whole_leaf_hashes(CHAIN[1]))
    lines = lines_of([CHAIN[0], changed, CHAIN[2]], read_filters({"actor_id": "nobody"}))
    assert [bool(record_in(line)) for line in lines[1:]] == [n == 5 for n in range(1, 10)]
    assert json.loads(lines[5])["leaf_hash"] == leaf_hash(read_records(CHAIN[1])[1]).hex()
    assert kinds(packed(lines)) == [("hash_mismatch", 5)]


@pytest.mark.parametrize("whole", [False, True])
def test_a_file_with_a_prefix_that_was_changed_names_its_record(whole: bool) -> None:
    segment = with_whole_leaf_hashes(CHAIN[1]) if whole else CHAIN[1]
    lines = lines_of([CHAIN[0], with_other_prefixes(segment), CHAIN[2]])
    assert kinds(packed(lines)) == [("hash_mismatch", 4), ("chain_break", 6)]


def test_a_changed_record_that_does_not_match_is_not_counted_as_a_row() -> None:
    driver = ExportDriver(damaged_chain(with_a_byte_changed))
    request = {"format": "ndjson", "filters": {"actor_id": "user_2hG9kLm"}}
    completed = driver.finish(driver.start(request))
    assert (completed.status, completed.total_rows) == (ExportStatus.COMPLETED, 8)


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 9), (1, 5)])
def test_a_file_does_not_begin_or_end_with_a_hash_that_the_chain_never_had(
    start: int, end: int
) -> None:
    """Its hash at that end would come from records that do not give the event hash."""
    ledger = MemoryLedger()
    ledger.load(damaged_chain(with_a_byte_changed))
    filters = Filters({}, NOON + start * SECOND, NOON + end * SECOND)
    with pytest.raises(Unreadable, match="without `from` and `to`"):
        make_manifest(ledger, WORKSPACE, filters, NOON)
