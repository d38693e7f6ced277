"""The example application is killed, comes back, and each event is in the chain once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from http_model import served
from model_server import KEY, LOST_AFTER, LOST_BEFORE, WHOLE

PACKAGE = Path(__file__).parents[2]
APPLICATION = PACKAGE / "examples" / "app.py"
EVENTS = 200


def _run(url: str, spool: Path, first: int, prints: int | None) -> list[int]:
    """Run the application, kill it after so many numbers, and return those that it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(PACKAGE / "src"),
        "INDELIBLE_API_KEY": KEY,
        "INDELIBLE_URL": url,
    }
    command = [sys.executable, str(APPLICATION), str(spool), str(first), str(EVENTS)]
    printed = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as application:
        assert application.stdout is not None
        for line in application.stdout:
            printed.append(int(line))
            if len(printed) == prints:
                application.kill()
    assert application.returncode == (0 if prints is None else -signal.SIGKILL)
    return printed


def test_a_killed_application_chains_each_event_once_and_in_order(tmp_path: Path) -> None:
    chance = random.Random(3)
    faults = (WHOLE, WHOLE, LOST_BEFORE, LOST_AFTER)
    recorded: list[int] = []
    first = 1
    with served(lambda: chance.choice(faults)) as (url, model):
        for prints in (40, 75, 60, None):
            recorded += _run(url, tmp_path / "events.spool", first, prints)
            first = recorded[-1] + 2  # the one between may be kept, though it was not printed
    chained = [int(event["resource_id"]) for event in model.chain]
    assert len(set(chained)) == len(chained)
    assert [number for number in chained if number in recorded] == recorded
    assert len(chained) <= len(recorded) + 3


def test_the_application_has_at_most_thirty_lines() -> None:
    assert len(APPLICATION.read_text().splitlines()) <= 30
