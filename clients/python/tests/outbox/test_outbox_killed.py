"""Applications and relays are killed at any moment: no event is lost, doubled or out of order.

INDELIBLE_CLIENT_KILLS sets how often; the default is 20 for each database.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from itertools import groupby
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Callable

from outbox import programs
from outbox.service import FAULTS, WHOLE, Service, served
from outbox.shop import placed
from sqlalchemy import Engine, func, select, text

from sqlalchemy_outbox import drain, outbox

KILLS = int(os.environ.get("INDELIBLE_CLIENT_KILLS", "20"))
_RUN = 1_000_000
"""Orders that an application may place before it is killed."""


def test_orders_and_events_agree_whoever_is_killed(engine: Engine, database: str) -> None:
    chance = random.Random(1)
    service = Service(otherwise=lambda: chance.choice([*FAULTS, *[WHOLE] * 15]))
    if database.startswith("sqlite"):
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # processes wait less
    with served(service) as url:
        applications = [_start(programs.sell, database, 0)]
        relays = [_start(programs.relay, database, url) for _ in range(2)]
        for run in range(1, KILLS):
            time.sleep(chance.random() * 0.1)
            _kill(applications.pop())
            applications.append(_start(programs.sell, database, run * _RUN))
            _kill(relays.pop(0))
            relays.append(_start(programs.relay, database, url))
        for process in (*applications, *relays):
            _kill(process)
    service.otherwise = lambda: WHOLE
    _let_commits_end(engine)
    orders = placed(engine)
    assert drain(engine, service.client())
    assert len(orders) > KILLS
    expected = _by_run([each for number in orders for each in (f"{number}", f"{number}+")])
    assert _by_run(service.chained()) == expected
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(outbox)) == 0


def _let_commits_end(engine: Engine) -> None:
    """PostgreSQL may still commit what it got from a process that is dead.

    Such a transaction has added an event and so holds a lock that this one has to wait for.
    """
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f"LOCK TABLE {outbox.name} IN SHARE MODE"))


def _by_run(ids: list[str]) -> dict[int, list[str]]:
    """The ids of each run, in order."""

    def run(each: str) -> int:
        return int(each.rstrip("+")) // _RUN

    return {number: list(of_run) for number, of_run in groupby(sorted(ids, key=run), run)}


def _start(program: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process from one that has imported the programs, so that it is quick."""
    tests = Path(__file__).parents[1]
    os.environ["PYTHONPATH"] = os.pathsep.join(
        str(tests.parent / folder) for folder in ("tests", "src", "recipes")
    )
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["outbox.programs"])
    started = context.Event()
    process: BaseProcess = context.Process(target=program, args=(started, *arguments))
    process.start()
    assert started.wait(60)
    return process


def _kill(process: BaseProcess) -> None:
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL, "it had ended by itself"
