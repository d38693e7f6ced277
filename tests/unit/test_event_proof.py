"""The proof of an event verifies, wherever the event is, and takes few calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.chain.segment import Segment, read_records
from indelible.checkpoints.requests import RestartRequest
from indelible.checkpoints.workspace_state import Hold, WorkspaceState
from indelible.errors import (
    ChainHeld,
    DamagedItem,
    IndelibleError,
    NotCovered,
    NotReady,
    Unreadable,
)
from indelible.proving.event_proof import READY_SECONDS, prove_event
from indelible.proving.newest import NewestRuns
from indelible.tlog.compact_range import EMPTY_RANGE
from support.builders import MINUTE, NOON, SECOND, WORKSPACE, records_of, rewritten
from support.deployment import Deployment, damaged
from support.proving import (
    a_deployment,
    a_long_chain,
    publish_state,
    record_at,
    runs_of,
    verified,
)

LONG = [65_535, 65_536, 65_537, 65_792, 131_071, 131_073, 1_000_000, 16_777_217]
PARTS: dict[str, Callable[[int], int]] = {
    "the first": lambda _: 0,
    "one of a full tile": lambda size: size // 3,
    "one of the newest full tile": lambda size: (size // 256 - 1) * 256 + 7,
    "the first of the last tile": lambda size: (size - 1) // 256 * 256,
    "the last": lambda size: size - 1,
}


def prove(
    deployment: Deployment,
    sequence: int,
    record: bytes,
    runs: NewestRuns | None = None,
    now: int | None = None,
    workspace_id: str = WORKSPACE,
) -> bytes:
    """The bytes of the proof, which are verified."""
    runs = runs or runs_of(deployment)
    now = deployment.now if now is None else now
    file = prove_event(
        runs, deployment.bucket, deployment.ledger, workspace_id, sequence, record, now
    )
    header = verified(file).record
    assert header
    assert (header.workspace_id, header.sequence) == (workspace_id, sequence)
    assert file.event
    assert file.event.record == record
    return file.encoded


def stored_record(deployment: Deployment, sequence: int) -> bytes:
    return records_of(deployment.ledger.chain(WORKSPACE))[sequence - 1]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 700])
def test_every_event_of_a_chain_is_proved_with_what_runs_have_stored(size: int) -> None:
    deployment = a_deployment()
    deployment.grow("ws_other", 3)
    while sum(each.count for each in deployment.ledger.chain(WORKSPACE)) < size:
        covered = sum(each.count for each in deployment.ledger.chain(WORKSPACE))
        deployment.grow(WORKSPACE, min(100, size - covered))
        deployment.run()
    runs = runs_of(deployment)
    ends = {1, 2, 100, 101, 255, 256, 257, 512, 513, size - 1, size}
    for sequence in sorted(ends & {*range(1, size + 1)}):
        prove(deployment, sequence, stored_record(deployment, sequence), runs)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("size", LONG)
def test_an_event_in_each_part_of_a_long_chain_is_proved_with_three_tiles_at_most(
    size: int, part: str
) -> None:
    index = PARTS[part](size)
    deployment = a_long_chain(size, index)
    calls, runs = deployment.bucket.faults.calls, runs_of(deployment)
    file = prove(deployment, index + 1, record_at(index), runs)
    cold = [*calls]
    assert cold[:3] == ["turns.position", "bucket.read", "states.read"]
    calls.clear()
    assert prove(deployment, index + 1, record_at(index), runs) == file
    assert calls == cold[3:]
    assert len(calls) <= 3
    assert len(file) <= 6_000


def test_a_proof_calls_only_what_it_needs() -> None:
    """The full tile itself, the full one above it, and what is unfinished above that."""
    calls = {}
    for part, index in PARTS.items():
        deployment = a_long_chain(1_000_000, index(1_000_000))
        runs = runs_of(deployment)
        runs.get(deployment.now)
        deployment.bucket.faults.calls.clear()
        prove(deployment, index(1_000_000) + 1, record_at(index(1_000_000)), runs)
        calls[part] = [*deployment.bucket.faults.calls]
    tile, segments = "bucket.read", ["at_or_before", "ascending"]
    assert calls == {
        "the first": [tile] * 3,
        "one of a full tile": [tile] * 3,
        "one of the newest full tile": [tile],
        "the first of the last tile": [*segments, tile],
        "the last": [*segments, tile],
    }


def test_a_proof_reads_no_record_that_is_not_covered() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 20)
    deployment.run()
    deployment.grow(WORKSPACE, *[10] * 9)
    runs = runs_of(deployment)
    runs.get(deployment.now)
    record = stored_record(deployment, 7)
    deployment.bucket.faults.calls.clear()
    prove(deployment, 7, record, runs)
    assert deployment.bucket.faults.calls == ["at_or_before", "ascending"]


def test_an_event_that_a_newer_run_covers_is_found_there() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    runs = runs_of(deployment)
    prove(deployment, 5, stored_record(deployment, 5), runs)
    deployment.grow(WORKSPACE, 5)
    deployment.run(after=10 * SECOND)
    prove(deployment, 6, stored_record(deployment, 6), runs)


def uncovered(deployment: Deployment, now: int) -> IndelibleError:
    """The error for the first record that is not covered."""
    sequence = deployment.covered(WORKSPACE).size + 1
    with pytest.raises((NotReady, NotCovered, ChainHeld)) as refused:
        prove(deployment, sequence, stored_record(deployment, sequence), now=now)
    assert isinstance(refused.value, IndelibleError)
    return refused.value


def test_a_young_event_is_not_ready_and_an_old_one_is_said_not_to_be_covered() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.grow(WORKSPACE, 5)
    young = uncovered(deployment, NOON + READY_SECONDS * SECOND - MINUTE)
    assert (young.status, young.code, young.retry_after) == (409, "not_ready", 60)
    old = uncovered(deployment, NOON + READY_SECONDS * SECOND + MINUTE)
    assert (old.status, old.code, old.retry_after) == (503, "not_covered", 60)
    assert "up to record 5. The event is record 6," in str(old.public_message)
    assert "chained for 10 minutes" in str(old)


def test_no_event_is_ready_before_the_first_run() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 1)
    with pytest.raises(NotReady):
        prove(deployment, 1, stored_record(deployment, 1))


def test_a_held_chain_says_so_and_why_however_young_the_event_is() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 5)])
    deployment.run()
    held = uncovered(deployment, deployment.now)
    assert (held.status, held.code, held.retry_after) == (500, "chain_damaged", None)
    assert str(held.public_message) == (
        "The log covers this workspace's chain up to record 5: since "
        "2026-11-23T12:02:00.000000Z record 10 does not verify (chain_break: "
        f"{deployment.covered(WORKSPACE).hold.reason})."  # type: ignore[union-attr]
    )


def test_what_was_covered_before_a_chain_was_held_is_still_proved() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 5)])
    deployment.run()
    prove(deployment, 5, stored_record(deployment, 5))


def test_a_chain_that_is_held_from_its_beginning_is_held() -> None:
    deployment = a_deployment()
    [segment] = deployment.grow(WORKSPACE, 5)
    hold = Hold(NOON, "hash_mismatch", 3, "as it is")
    publish_state(deployment, WorkspaceState(WORKSPACE, tree=EMPTY_RANGE, hold=hold))
    with pytest.raises(ChainHeld, match="up to record 0: since"):
        prove(deployment, 3, read_records(segment)[2])


def changed(segment: Segment) -> Segment:
    """The segment with another record in its middle, and hashes that fit."""
    records = read_records(segment)
    records[2] = records[2].replace(b"document.created", b"document.deleted")
    return rewritten(segment, records)


@pytest.mark.parametrize("sequence", [103, 253])
def test_a_record_that_was_changed_since_it_was_covered_is_damage_and_not_a_proof(
    sequence: int,
) -> None:
    """In a full tile, and in the unfinished one, where the changed leaf is in the path itself."""
    deployment = a_deployment()
    for _ in range(6):
        deployment.grow(WORKSPACE, 50)
    deployment.run()
    [segment] = [each for each in deployment.ledger.chain(WORKSPACE) if each.holds(sequence)]
    deployment.ledger.load([changed(segment)])
    with pytest.raises(Unreadable, match=f"record {sequence} of ws_test as it was covered"):
        prove(deployment, sequence, stored_record(deployment, sequence))


def test_a_neighbour_that_was_changed_in_the_unfinished_tile_is_damage() -> None:
    deployment = a_deployment()
    segments = [*deployment.grow(WORKSPACE, 5), *deployment.grow(WORKSPACE, 5)]
    deployment.run()
    deployment.ledger.load([changed(segments[0])])
    with pytest.raises(Unreadable):
        prove(deployment, 8, stored_record(deployment, 8))


@pytest.mark.parametrize("lost", [slice(0, 0), slice(0, 1), slice(1, 2)])
def test_a_chain_that_lost_records_of_the_unfinished_tile_is_damaged(lost: slice) -> None:
    deployment = a_deployment()
    for _ in range(3):
        deployment.grow(WORKSPACE, 5)
    deployment.run()
    record = stored_record(deployment, 13)
    chain = deployment.ledger.chain(WORKSPACE)
    deployment.ledger.chains[WORKSPACE] = {}
    deployment.ledger.load(chain[lost])
    with pytest.raises(Unreadable):
        prove(deployment, 13, record)


@pytest.mark.parametrize("content", [None, b"", bytes(8_192 + 31)])
def test_a_tile_that_is_gone_or_cut_off_is_never_taken_for_a_tile(content: bytes | None) -> None:
    deployment = a_long_chain(1_000, 700)
    key = "ws/ws_test/0/tile/0/002"
    del deployment.bucket.objects[key]
    if content is not None:
        deployment.bucket.objects[key] = content
    with pytest.raises((DamagedItem, Unreadable)):
        prove(deployment, 701, record_at(700))


def test_events_that_a_restarted_chain_has_kept_or_got_since_are_proved_in_its_new_epoch() -> None:
    deployment = a_deployment()
    for _ in range(7):
        deployment.grow(WORKSPACE, 100)
    deployment.run()
    deployment.cut(WORKSPACE, 600)
    deployment.turns.waiting = [RestartRequest(WORKSPACE, 0, 600, "the backup was older")]
    deployment.run()
    prove(deployment, 5, stored_record(deployment, 5))
    deployment.grow(WORKSPACE, 200)
    deployment.run()
    runs = runs_of(deployment)
    for sequence in (1, 300, 600, 601, 769, 800):
        prove(deployment, sequence, stored_record(deployment, sequence), runs)


def test_the_path_of_another_epoch_is_read_from_its_tiles() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 300)
    deployment.run()
    state = replace(deployment.covered(WORKSPACE), epoch=1)
    old, new = (f"ws/ws_test/{epoch}/tile/0/000" for epoch in (0, 1))
    deployment.bucket.objects = {new: deployment.bucket.objects[old]}
    publish_state(deployment, state)
    file = prove_event(
        runs_of(deployment),
        deployment.bucket,
        deployment.ledger,
        WORKSPACE,
        9,
        stored_record(deployment, 9),
        deployment.now,
    )
    assert file.checkpoint.epoch == 1
