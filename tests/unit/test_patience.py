"""Patience: each wait is at most a second, and the total at most the time left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from indelible.writing.patience import Patience


def a_clock(seconds: float) -> tuple[Callable[[], float], Callable[[float], None], list[float]]:
    """Remaining time that only sleeping uses up, and the list of pauses."""
    pauses: list[float] = []
    return lambda: seconds - sum(pauses), pauses.append, pauses


def test_patience_waits_longer_each_time_up_to_a_second() -> None:
    remaining, sleep, pauses = a_clock(1_000)
    patience = Patience(remaining, sleep)
    assert all(patience.wait() for _ in range(12))
    longest = [0.05, 0.1, 0.2, 0.4, 0.8] + [1.0] * 7
    for pause, bound in zip(pauses, longest, strict=True):
        assert bound / 2 <= pause <= bound
    assert len(set(pauses)) == 12


@pytest.mark.parametrize("seconds", [0.0, -1.0, 0.049, 0.3, 2.5, 10.0])
def test_patience_never_waits_beyond_the_time_left(seconds: float) -> None:
    remaining, sleep, pauses = a_clock(seconds)
    patience = Patience(remaining, sleep)
    while patience.wait():
        assert remaining() >= 0
    assert sum(pauses) <= max(0.0, seconds)
    assert remaining() < 1.0
    assert patience.is_over() == (remaining() <= 0)
    if seconds < 0.05:
        assert pauses == []


def test_each_patience_starts_afresh() -> None:
    remaining, sleep, pauses = a_clock(1_000)
    for _ in range(3):
        assert Patience(remaining, sleep).wait()
    assert max(pauses) <= 0.05
