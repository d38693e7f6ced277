"""The proof of an event verifies, wherever the event is, and takes few calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.checkpoints.requests import RestartRequest
from indelible.proving.event_proof import prove_event
from support.builders import SECOND, WORKSPACE
from support.proving import (
    a_deployment,
    a_long_chain,
    publish_state,
    record_at,
    runs_of,
)
from unit.proved_events import prove, stored_record

LONG = [65_535, 65_536, 65_537, 65_792, 131_071, 131_073, 1_000_000, 16_777_217]
PARTS: dict[str, Callable[[int], int]] = {
    "the first": lambda _: 0,
    "one of a full tile": lambda size: size // 3,
    "one of the newest full tile": lambda size: (size // 256 - 1) * 256 + 7,
    "the first of the last tile": lambda size: (size - 1) // 256 * 256,
    "the last": lambda size: size - 1,
}


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
