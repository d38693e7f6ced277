"""Lag and memory as the load run measures them."""

from __future__ import annotations

import math
from random import Random

import pytest

from load.lag import Lags, percentile
from load.memory import growth
from load.run import Run
from load.traffic import Lane


def test_a_percentile_is_a_measured_value() -> None:
    values = [4.0, 1.0, 3.0, 2.0]

    assert [percentile(values, share) for share in (0.5, 0.75, 0.76, 1.0)] == [2, 3, 4, 4]
    assert percentile(values, 0.001) == 1
    assert percentile([7.0], 0.5) == 7
    assert math.isnan(percentile([], 0.5))


def test_lag_runs_from_the_response_to_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    lags = Lags()
    lags.accepted(["a", "b"])
    now = 11.5
    lags.seen(["a"])

    assert list(lags.seconds) == [1.5]
    assert (lags.waiting, lags.oldest) == (1, 1.5)


def test_a_record_in_the_table_before_its_response_has_no_lag(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 10.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    lags = Lags()
    lags.seen(["a"])
    now = 11.0
    lags.accepted(["a"])

    assert list(lags.seconds) == [0.0]
    assert (lags.waiting, lags.oldest) == (0, 0.0)


def test_growth_compares_the_last_third_with_the_first() -> None:
    assert growth([50, 51, 50, 60, 60, 60, 70, 71, 70]) == 20
    assert growth([50, 90, 50, 50, 50, 50]) == -20
    assert growth([50.0, 60.0]) == 0


def test_a_client_waiting_beyond_the_run_does_not_lower_the_rate() -> None:
    run = Run([Lane("ws_1", "imk_1", Random(1))])
    account = run.lanes[0].account
    account.enter([{"action": "a"}, {"action": "b"}])
    account.answer([1], [{"id": "id-1", "status": "queued"}])
    run.end_sending(120.0)
    account.answer([2], [{"id": "id-2", "status": "queued"}])
    run.end_sending(154.0)

    assert (run.sending_seconds, run.accepted_meanwhile, run.accepted) == (120, 1, 2)
