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


def _run(url: str, spool: Path, first: int, count: int, kill_after: int | None) -> list[int]:
    """Run the application, kill it after so many printed numbers, and return what it printed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(PACKAGE / "src"),
        "INDELIBLE_API_KEY": KEY,
        "INDELIBLE_URL": url,
    }
    command = [sys.executable, str(APPLICATION), str(spool), str(first), str(count)]
    printed: list[int] = []
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as application:
        assert application.stdout is not None
        for line in application.stdout:
            printed.append(int(line))
            if len(printed) == kill_after:
                application.kill()
    assert application.returncode == (0 if kill_after is None else -signal.SIGKILL)
    return printed


def test_a_killed_application_chains_each_event_once_and_in_order(tmp_path: Path) -> None:
    chance = random.Random(3)
    faults = (WHOLE, WHOLE, LOST_BEFORE, LOST_AFTER)
    spool, printed, unsure = tmp_path / "events.spool", [-1], set()
    with served(lambda: chance.choice(faults)) as (url, model):
        for _ in range(3):
            printed += _run(url, spool, printed[-1] + 2, 4_000, chance.randrange(40, 100))
            unsure.add(printed[-1] + 1)  # it may be recorded, and not printed yet
        printed += _run(url, spool, printed[-1] + 2, 100, None)
    chained = [int(event["resource_id"]) for event in model.chain]
    assert [number for number in chained if number not in unsure] == printed[1:]
    assert chained == sorted(set(chained))


def test_the_application_has_at_most_thirty_lines() -> None:
    assert len(APPLICATION.read_text().splitlines()) <= 30
