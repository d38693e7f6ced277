"""Attacks on what is stored: the watcher finds each within its bound, with nobody asking."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.chain.hashes import Head
from indelible.chain.segment import Segment, read_records
from indelible.index.pages import encode_page
from indelible.watching.pace import SHARES, round_length
from indelible.watching.watch import Report, watch
from support.builders import MINUTE, SECOND, a_segment, as_stored, rewritten
from support.watched import SPAN, WIDE_SPAN, Watching

NAME = "ws_a"
ROUND = 6
"""Invocations in which a round reads the little that these deployments have."""

SCRUB_DAYS = 288
"""Invocations of the one day within which a record is read again."""

HOUR = 12
"""Invocations of an hour."""


def a_watched_chain(*counts: int) -> Watching:
    """A chain of 4,500 records that the watcher has seen, and another one."""
    watching = Watching()
    watching.grow("ws_b", 3)
    watching.grow(NAME, *(counts or (1, 99, 400, *[500] * 8)))
    watching.watch()
    return watching


def before_a_round(*counts: int) -> Watching:
    """The same, when one round has ended, and the next one is about to begin."""
    watching = a_watched_chain(*counts)
    watching.watch_round()
    watching.deployment.now += round_length(1)
    return watching


def watch_for_an_hour(watching: Watching) -> None:
    for _ in range(SHARES):
        watching.watch()


def stored(watching: Watching) -> dict[int, Segment]:
    return watching.deployment.ledger.chains[NAME]


def holding(watching: Watching, sequence: int) -> Segment:
    return next(each for each in stored(watching).values() if each.holds(sequence))


def with_records(segment: Segment, change: Callable[[list[bytes]], list[bytes]]) -> Segment:
    """The segment with other records, and hashes that fit them."""
    made = rewritten(segment, change(read_records(segment)))
    return replace(made, workspace_id=segment.workspace_id)


def changed(record: bytes) -> bytes:
    return record.replace(b"document.created", b"document.deleted")


def rewrite_from(watching: Watching, sequence: int) -> None:
    """Change a record, and refit the hashes of all segments from there on."""
    head: Head | None = None
    for first in sorted(stored(watching)):
        segment = stored(watching)[first]
        if segment.last_sequence < sequence:
            continue
        records = read_records(segment)
        if head is None:
            records[sequence - first] = changed(records[sequence - first])
            before = Head(first - 1, segment.previous_event_hash, 0)
        else:
            before = replace(head, created_at=0)
        made = a_segment(
            records,
            before,
            workspace_id=NAME,
            first_created_at=segment.first_created_at,
            last_created_at=segment.last_created_at,
        )
        stored(watching)[first] = made
        head = made.head


def change(watching: Watching, sequence: int, *, refit: bool) -> None:
    """Change a record beside its genuine event hash; its leaf prefix may be made to fit."""
    segment = holding(watching, sequence)
    records = read_records(segment)
    records[sequence - segment.first_sequence] = changed(records[sequence - segment.first_sequence])
    prefixes = with_records(segment, lambda _: records).leaf_prefixes
    stored(watching)[segment.first_sequence] = replace(
        segment,
        records=as_stored(records),
        leaf_prefixes=prefixes if refit else segment.leaf_prefixes,
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


def test_a_new_block_of_the_index_that_hides_is_found_in_the_next_invocation() -> None:
    watching = a_watched_chain()
    watching.grow(NAME, 400)
    block = 4_500 // SPAN
    for shard in range(2):
        watching.index.stored[NAME, 0, shard, block] = encode_page({}, SPAN)
    number, _ = watching.watch_until_found(2)
    assert number == 1
    assert watching.findings == [(NAME, "index_mismatch", block * SPAN + 1)]


@pytest.mark.parametrize(("level", "block", "span"), [(0, 5, SPAN), (1, 2, WIDE_SPAN)])
def test_an_old_block_of_the_index_that_hides_is_found_within_a_round(
    level: int, block: int, span: int
) -> None:
    watching = before_a_round()
    watching.index.stored[NAME, level, 0, block] = encode_page({}, span)
    watching.watch_until_found(ROUND)
    assert (NAME, "index_mismatch", block * span + 1) in watching.findings


@pytest.mark.parametrize(
    "key", [f"ws/{NAME}/0/tile/0/003", "run/000000000002", "origin", f"ws/{NAME}/0/tile/0/016"]
)
def test_a_key_with_two_versions_is_found_within_a_round(key: str) -> None:
    watching = before_a_round()
    watching.bucket.more[key] = 1
    watching.watch_until_found(ROUND)
    owner = NAME if key.startswith("ws/") else ""
    assert watching.findings == [(owner, "bucket_tampered", 0)]


@pytest.mark.parametrize("key", [f"ws/{NAME}/0/tile/0/003", "run/000000000001"])
def test_a_delete_marker_is_found_within_a_round(key: str) -> None:
    watching = before_a_round()
    watching.bucket.markers.add(key)
    watching.watch_until_found(ROUND)
    assert key in " ".join(each.detail for each in watching.position.findings)


def test_a_marker_on_the_newest_run_is_found_at_once() -> None:
    watching = a_watched_chain()
    newest = watching.position.run
    watching.bucket.markers.add(f"run/{newest:012d}")
    report = _watch_alone(watching)
    assert report.found
    assert watching.findings == [("", "bucket_tampered", newest)]


def test_a_newest_run_that_is_gone_is_found_at_once() -> None:
    watching = a_watched_chain()
    newest = watching.position.run
    del watching.bucket.objects[f"run/{newest:012d}"]
    assert _watch_alone(watching).found
    assert ("", "bucket_tampered", newest) in watching.findings


def test_a_newest_run_that_names_another_state_is_found_at_once() -> None:
    watching = a_watched_chain()
    old, new = watching.deployment.runs[-2:]
    other = replace(new, state_version=old.state_version, state_sha256=old.state_sha256)
    watching.bucket.objects[f"run/{new.number:012d}"] = other.encoded
    assert _watch_alone(watching).found
    assert watching.findings == [("", "checkpoint_mismatch", new.number)]


def _watch_alone(watching: Watching) -> Report:
    """An invocation without a run before it."""
    watching.deployment.now += 5 * MINUTE
    return watch(watching.services, watching.deployment.now, lambda: True)


@pytest.mark.parametrize("key", ["tile/0/003", "tile/0/000", "tile/0/016"])
def test_a_missing_tile_is_found_within_a_round(key: str) -> None:
    watching = before_a_round()
    del watching.bucket.objects[f"ws/{NAME}/0/{key}"]
    watching.watch_until_found(ROUND)
    last = (int(key[-3:]) + 1) * 256
    assert (NAME, "bucket_tampered", last) in watching.findings


def test_a_run_that_another_key_signed_is_found_within_a_round() -> None:
    watching = before_a_round()
    watching.grow("ws_b", 1)
    watching.grow("ws_b", 1)
    key = "run/000000000002"
    run = watching.bucket.objects[key]
    other = watching.deployment.runs[0].note.signatures[0].line.decode().strip()
    mine = watching.deployment.runs[1].note.signatures[0].line.decode().strip()
    forged = json.loads(run)
    forged["note"] = forged["note"].replace(mine, other)
    watching.bucket.objects[key] = json.dumps(forged).encode()
    watching.watch_until_found(ROUND)
    assert ("", "bucket_tampered", 2) in watching.findings


def test_a_run_that_is_gone_is_found_within_a_round() -> None:
    watching = before_a_round()
    watching.grow(NAME, 1)
    watching.grow(NAME, 1)
    del watching.bucket.objects["run/000000000003"]
    watching.watch_until_found(ROUND)
    assert ("", "bucket_tampered", 3) in watching.findings


def test_a_held_workspace_is_found_at_once() -> None:
    watching = a_watched_chain()
    [added] = watching.chain_on(NAME, 7)
    stored(watching)[added.first_sequence] = replace(added, event_hash=bytes(32))
    number, _ = watching.watch_until_found(1)
    assert number == 1
    kinds = {kind for name, kind, at in watching.findings if name == NAME}
    assert kinds == {"chain_break"}


def test_a_backdated_record_of_an_idle_chain_is_a_warning() -> None:
    watching = a_watched_chain()
    for _ in range(14):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 50 * MINUTE)
    number, _ = watching.watch_until_found(1)
    assert number == 1
    assert watching.findings == [("ws_b", "backdated", 4)]
    assert watching.verdicts.known["ws_b"].is_valid
    assert watching.watch().found == 0
    assert watching.findings == [("ws_b", "backdated", 4)]


def test_a_backdated_record_that_nobody_noted_is_found_by_the_check_of_heads() -> None:
    watching = a_watched_chain()
    for _ in range(12):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 80 * MINUTE, is_noted=False)
    watching.watch_until_found(HOUR)
    assert watching.findings == [("ws_b", "backdated", 4)]
    watching.watch()
    assert watching.deployment.covered("ws_b").size == 5


def test_an_idle_chain_that_goes_on_is_no_finding() -> None:
    watching = a_watched_chain()
    for _ in range(8):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 30 * SECOND)
    for _ in range(3):
        assert watching.watch().found == 0


def test_growth_whose_note_was_lost_is_covered_within_an_hour() -> None:
    watching = a_watched_chain()
    watching.chain_on(NAME, 5, is_noted=False)
    watching.chain_on("ws_older", 5, is_noted=False)
    for _ in range(HOUR + 1):
        assert watching.watch().found == 0
    assert watching.deployment.covered(NAME).size == 4_505
    assert watching.deployment.covered("ws_older").size == 5


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
