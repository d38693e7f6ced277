"""The example application is killed, comes back, and each event is in the chain once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from http_model import served
from model_server import KEY, LOST_AFTER, LOST_BEFORE, WHOLE

PACKAGE = Path(__file__).parents[2]
APPLICATION = PACKAGE / "examples" / "app.py"
EVENTS = 400


def _run(url: str, spool: Path, first: int, prints: int | None) -> int:
    """Run the application, kill it after so many printed numbers, and return the last one."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(PACKAGE / "src"),
        "INDELIBLE_KEY": KEY,
        "INDELIBLE_URL": url,
    }
    command = [sys.executable, str(APPLICATION), str(spool), str(EVENTS), str(first)]
    last = first - 1
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as application:
        assert application.stdout is not None
        for count, line in enumerate(application.stdout, 1):
            last = int(line)
            if count == prints:
                application.kill()
    if prints is None:
        assert application.returncode == 0
    return last


def _numbers(chain: list[dict[str, Any]]) -> list[int]:
    return [event["resource_id"] for event in chain]


def test_a_killed_application_chains_each_event_once_and_in_order(tmp_path: Path) -> None:
    chance = random.Random(3)
    faults = (WHOLE, WHOLE, LOST_BEFORE, LOST_AFTER)
    last = -1
    with served(lambda: chance.choice(faults)) as (url, model):
        for _ in range(3):
            last = _run(url, tmp_path / "events.spool", last + 1, chance.randrange(40, 100))
            assert last < EVENTS - 1
        assert _run(url, tmp_path / "events.spool", last + 1, None) == EVENTS - 1
    assert _numbers(model.chain) == list(range(EVENTS))


def test_an_event_that_is_recorded_again_after_a_kill_is_chained_once(tmp_path: Path) -> None:
    with served() as (url, model):
        _run(url, tmp_path / "events.spool", EVENTS - 3, None)
        _run(url, tmp_path / "events.spool", EVENTS - 1, None)
    assert _numbers(model.chain) == [EVENTS - 3, EVENTS - 2, EVENTS - 1]


def test_the_application_has_at_most_thirty_lines() -> None:
    assert len(APPLICATION.read_text().splitlines()) <= 30
