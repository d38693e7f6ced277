"""A log of more than 256 entries has all its tiles and bundles, and those are right."""

from __future__ import annotations

from functools import cache

import pytest
from indelible.checkpoints.requests import RestartRequest
from indelible.errors import Contradiction, Unavailable
from support.builders import SECOND
from support.deployment import HOUR, Deployment
from support.memory_witness import MemoryWitness


@cache
def _grown(runs: int) -> Deployment:
    log = _grown(runs - 50).copy() if runs > 50 else Deployment()
    while len(log.bucket.objects) - 2 < runs:
        log.run(HOUR)
    return log


def a_log(runs: int) -> Deployment:
    """A log of so many heartbeats."""
    return _grown(runs).copy()


def tiles(log: Deployment) -> list[str]:
    return sorted(key for key in log.bucket.objects if key.startswith("log/"))


def test_the_run_after_the_one_that_fills_a_tile_puts_it_with_its_bundle() -> None:
    log = a_log(250)
    for _ in range(6):
        log.run(HOUR)
        assert tiles(log) == []
    log.run(10 * SECOND)
    assert tiles(log) == ["log/tile/0/000", "log/tile/entries/000"]
    log.assert_sound()


def test_two_tiles_later_everything_is_there() -> None:
    log = a_log(250)
    for _ in range(265):
        log.run(HOUR)
    assert tiles(log) == [
        "log/tile/0/000",
        "log/tile/0/001",
        "log/tile/entries/000",
        "log/tile/entries/001",
    ]
    log.assert_sound()


def test_the_tile_of_a_run_that_another_finishes_is_put() -> None:
    """The run that finishes it goes on at once, and then the newest run has filled no tile."""
    log = a_log(250)
    log.witnesses = [MemoryWitness()]
    for _ in range(5):
        log.run(HOUR)
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run(HOUR)
    log.grow("ws_a", 1)
    log.run()
    assert len(log.runs) == 257
    for _ in range(3):
        log.run(HOUR)
    log.assert_sound()


def test_a_run_with_many_entries_fills_a_tile_in_its_middle() -> None:
    log = a_log(250)
    for number in range(9):
        log.grow(f"ws_{number}", 1)
    log.run()
    for number in range(9):
        log.truths[f"ws_{number}"] *= 2
        log.turns.waiting.append(RestartRequest(f"ws_{number}", 0, 1, "a drill"))
    log.run()
    assert log.runs[-1].checkpoint.size == 261
    for _ in range(2):
        log.run(HOUR)
    assert tiles(log) == ["log/tile/0/000", "log/tile/entries/000"]
    log.assert_sound()


@pytest.mark.parametrize("kind", ["before", "after"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_tile_whose_put_fails_is_put_by_the_next_run(kind: str, place: int) -> None:
    log = a_log(250)
    for _ in range(6):
        log.run(HOUR)
    log.bucket.faults.plan("bucket.put_new", *[None] * place, kind)
    with pytest.raises(Unavailable):
        log.run(HOUR)
    log.run(HOUR)
    log.run(HOUR)
    log.assert_sound()


@pytest.mark.parametrize("key", ["log/tile/0/000", "log/tile/entries/000"])
def test_another_object_in_the_place_of_a_tile_stops_everything(key: str) -> None:
    log = a_log(250)
    for _ in range(6):
        log.run(HOUR)
    log.bucket.objects[key] = b"something else"
    with pytest.raises(Contradiction, match=key):
        log.run(HOUR)
    assert len(log.runs) == 256


def test_a_run_whose_entries_are_gone_stops_everything() -> None:
    log = a_log(250)
    for _ in range(6):
        log.run(HOUR)
    del log.bucket.objects["run/000000000100"]
    with pytest.raises(Contradiction, match="Run 100 is gone"):
        log.run(HOUR)


def test_a_workspace_has_all_tiles_of_its_tree_in_any_split() -> None:
    log = Deployment()
    for count in (1, 254, 1, 300, 7, 205, 260, 1):
        log.grow("ws_a", count)
        log.run()
    assert log.covered("ws_a").size == 1_029
    log.assert_sound()
    names = sorted(key for key in log.bucket.objects if key.startswith("ws/"))
    assert names == [f"ws/ws_a/0/tile/0/00{number}" for number in range(4)]
