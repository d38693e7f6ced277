"""Runs at once: whichever comes first at each call, what they sign and publish is one log."""

from __future__ import annotations

import pytest

from .overlaps import MANY, Overlap, calls_of, overtaken

NAMES = ["nothing yet", "growth", "unfinished", "with a new key", "restarting"]


@pytest.mark.parametrize("name", NAMES)
def test_two_runs_that_overtake_each_other_at_any_of_their_calls(name: str) -> None:
    count = calls_of(name)
    for first in range(1, count + 1):
        for second in range(1 + first % 2 * (count > 20), count + 1, 1 + (count > 20)):
            assert [*overtaken(name, first, second).broken()] == [], (first, second)


@pytest.mark.parametrize("name", ["with witnesses", "idle with witnesses", "filling a tile"])
def test_a_run_that_another_one_overtakes_at_any_of_its_calls(name: str) -> None:
    for first in range(1, calls_of(name) + 1):
        assert [*overtaken(name, first, MANY).broken()] == [], first


@pytest.mark.parametrize("name", ["growth", "unfinished"])
def test_three_runs_that_overtake_each_other(name: str) -> None:
    count = calls_of(name)
    for first in range(1, count + 1, 2):
        for second in range(1, count + 1, 2):
            overlap = Overlap(name, 3)
            overlap.let([0] * first + [1] * second + [2] * MANY)
            assert [*overlap.broken()] == [], (first, second)


@pytest.mark.parametrize("name", ["growth", "unfinished"])
def test_a_table_that_is_restored_at_any_moment(name: str) -> None:
    """Two texts of one size are signed only if it is between deciding and publishing."""
    count, forks = calls_of(name), 0
    for first in range(1, count + 1):
        for restore_at in range(first - 1, first + count, 1 if name == "growth" else 3):
            for second in (restore_at - first + 2, MANY):
                overlap = overtaken(name, first, second, restore_at)
                assert [*overlap.broken()] == [], (first, second, restore_at)
                forks += overlap.happened.forks(overlap.log.audit().texts)
    assert forks > 0, "the one case that is left over is among them"
