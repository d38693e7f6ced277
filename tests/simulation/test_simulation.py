"""Two thousand runs keep every promise, whatever fails in them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.handlers import ROOT

from .figures import Figures
from .promises import Promise, Violation
from .sites import call_sites
from .stage import Stage

SEEDS = 2_000
OF_THE_OPERATOR = "SQSDeadLetters."


@pytest.fixture(scope="module")
def figures(stage: Stage) -> Figures:
    """The figures of the seeds."""
    figures = Figures()
    for seed in range(SEEDS):
        figures.add(seed, stage)
    return figures


def test_every_promise_is_kept(figures: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    """To see what happens in a seed that breaks one: `make simulate SEED=…`."""
    with capsys.disabled():
        print("", *figures.report(), sep="\n")
    assert figures.broken == []


def test_every_call_site_has_met_every_fault(figures: Figures) -> None:
    assert figures.not_met() == []


def test_every_call_site_is_known(figures: Figures) -> None:
    """The sites found in the source, those that were used, and those that we expect."""
    used = {site for site, _ in figures.met if not site.startswith(OF_THE_OPERATOR)}
    assert sorted(used) == call_sites()
    assert {site.split(": ")[1] for site in used} == {
        "batch_execute_statement",
        "batch_get_item",
        "get_item",
        "put_item",
        "query",
        "send_message",
        "update_item",
    }


def test_the_runs_are_demanding(figures: Figures) -> None:
    """Each thing that can go wrong did so many times."""
    for name in (
        "answered 429",
        "answered 503",
        "deletions lost",
        "deletions too late",
        "deliveries that overlap another",
        "dead letters redriven",
        "events duplicate",
        "events failed",
        "events refused for their key",
        "invocations killed",
        "invocations timed out",
        "messages dead after ten receives",
        "messages failed",
        "messages set aside",
        "requests refused for their key",
        "requests repeated under their key",
        "older versions that met a newer one's codec",
    ):
        assert figures.tally[name] >= 100, name
    assert figures.tally["events sent"] > 1.2 * figures.tally["events chained"]


def test_a_seed_replays_exactly(stage: Stage) -> None:
    first, again = list[str](), list[str]()
    for trace in (first, again):
        Figures().add(126, stage, trace.append)
    assert first == again
    assert len(first) > 100


def test_a_seed_replays_in_another_process() -> None:
    """Whatever the hash seed of the process."""
    traces = [
        subprocess.run(
            [sys.executable, "-m", "simulation", "--seed", "126"],
            env={**os.environ, "PYTHONPATH": _python_path(), "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()[:-1]
        for hash_seed in ("1", "2")
    ]
    assert traces[0] == traces[1]
    assert traces[0][-1] == "Every promise was kept."


def _python_path() -> str:
    return os.pathsep.join(each for each in [str(ROOT / "tests"), *sys.path] if each)


def test_a_broken_promise_is_reported_with_its_seed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = Figures()
    figures.add(1, stage)
    monkeypatch.setattr("simulation.checks._check_queues", _something_wrong)
    figures.add(2, stage)
    lines = list(figures.report())
    assert f"BROKEN 1 times: {Promise.SETTLED}" in lines
    assert "seed 2: something" in lines


def _something_wrong(_: object) -> Iterator[Violation]:
    yield Violation(Promise.SETTLED, "something")
