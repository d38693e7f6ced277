"""The end of a process, in every way, and fork: nothing that was promised is lost or doubled."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Callable

import programs
import pytest
from http_model import served
from model_server import FAILS, KEY, LOST_AFTER, LOST_BEFORE, WHOLE, ModelServer, recorder_to

from indelible_client import Recorder
from indelible_client.__main__ import main
from indelible_client.recording import sending_thread

SOURCE = Path(__file__).parents[2] / "src"
KILLS = int(os.environ.get("INDELIBLE_CLIENT_KILLS", "30"))
KILLED_WHILE_STARTING = 4
"""One process in so many may be killed before it has recorded anything."""

_EXPECTED = [f"u-{number}" for number in range(250)]


@pytest.fixture(params=["buffer", "spool"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "events.spool") if request.param == "spool" else ""


def _start(program: str, url: str, spool: str) -> subprocess.Popen[str]:
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, str(here / "programs.py"), program, url, spool],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_end_of_the_program_sends_what_was_recorded(spool: str) -> None:
    with served() as (url, model):
        process = _start("ends", url, spool)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert model.actors() == _EXPECTED


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("waits", -signal.SIGTERM),
        ("waits_with_own_handler", 3),
        ("waits_at_the_end_of_threads", 128 + signal.SIGTERM),
    ],
)
def test_sigterm_sends_first_and_then_does_what_it_did(
    program: str, status: int, spool: str
) -> None:
    with served() as (url, model):
        process = _start(program, url, spool)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (status, "")
    assert model.actors() == _EXPECTED


def test_sigterm_in_the_middle_of_record_loses_nothing(spool: str) -> None:
    with served() as (url, model):
        process = _start("records_on", url, spool)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        process.terminate()
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (-signal.SIGTERM, "")
        left = Recorder(KEY, url, spool=spool) if spool else None
        assert left is None or left.close(60)
    assert model.actors() == [f"u-{number}" for number in range(int(output))]


def test_a_fork_neither_loses_nor_doubles_an_event(spool: str) -> None:
    with served() as (url, model):
        process = _start("forks", url, spool)
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    by_name: dict[str, list[int]] = {}
    for actor in model.actors():
        name, _, number = actor.partition("-")
        by_name.setdefault(name, []).append(int(number))
    expected = {f"{who}{n}": list(range(30)) for who in ("parent", "child") for n in range(10)}
    assert by_name == {**expected, "thread": list(range(int(output)))}
    assert model.conflicts == 0


def _context() -> ForkServerContext:
    """Start processes from one that has imported the programs, so that a start is quick."""
    here = Path(__file__).parent
    os.environ["PYTHONPATH"] = os.pathsep.join([str(here), str(SOURCE)])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["programs"])
    return context


def test_processes_share_a_spool_and_one_sends_at_a_time(tmp_path: Path) -> None:
    context = _context()
    with served() as (url, model):
        names = [f"p{number}" for number in range(5)]
        processes = [
            context.Process(target=programs.shares, args=(url, str(tmp_path / "s"), name))
            for name in names
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(180)
        assert [process.exitcode for process in processes] == [0] * 5
        arrived = model.actors()
    for name in names:
        mine = [actor for actor in arrived if actor.startswith(f"{name}-")]
        assert mine == [f"{name}-{number}" for number in range(300)]
    assert not model.overlapped


def _await(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """INDELIBLE_CLIENT_KILLS sets how often."""
    chance = random.Random(1)
    faults = [LOST_BEFORE, LOST_AFTER, FAILS, *[WHOLE] * 12]
    context, spool = _context(), str(tmp_path / "events.spool")
    promised: list[int] = []
    with served(lambda: chance.choice(faults)) as (url, model):
        for run in range(KILLS):
            last = context.Value("q", -1, lock=False)
            process = context.Process(
                target=programs.records_until_killed, args=(url, spool, run, last)
            )
            process.start()
            if run % KILLED_WHILE_STARTING:
                _await(lambda: last.value >= 0)  # noqa: B023  # it is called at once
            time.sleep(chance.random() * 0.3)
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
            promised.append(last.value)
        model.next_fault = lambda: WHOLE
        assert Recorder(KEY, url, spool=spool).close(600)
        arrived = model.actors()
    assert sum(promised) > KILLS
    for run, count in enumerate(promised):
        numbers = [int(a.partition("-")[2]) for a in arrived if a.startswith(f"{run}-")]
        # The call that was cut off may have been kept or not.
        assert numbers in (list(range(count + 1)), list(range(count + 2)))
    assert model.conflicts == 0


def test_the_command_shows_and_drains_a_spool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, tried = tmp_path / "events.spool", threading.Event()

    def lose() -> str:
        tried.set()
        return LOST_BEFORE

    with monkeypatch.context() as patient:  # so that the first batch is full, however slow it is
        patient.setattr(sending_thread, "_LINGER_SECONDS", 60.0)
        down = recorder_to(ModelServer(lose), spool=file)
        programs._record(down, "u", 250)
        assert tried.wait(30)
        down.close(0.1)
    assert main(["spool", "show", str(file)]) == 0
    assert "open batch: 100 events" in capsys.readouterr().out
    assert main(["spool", "drain", str(file)]) == 1
    assert capsys.readouterr().err == "set INDELIBLE_URL and INDELIBLE_API_KEY\n"
    with served() as (url, model):
        monkeypatch.setenv("INDELIBLE_URL", url)
        monkeypatch.setenv("INDELIBLE_API_KEY", KEY)
        assert main(["spool", "drain", str(file)]) == 0
    assert capsys.readouterr().out == "sent: 250, waiting: 0\n"
    assert model.actors() == _EXPECTED


def test_the_command_names_a_file_that_it_cannot_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spool", "show", str(tmp_path / "missing")]) == 1
    assert "missing does not exist" in capsys.readouterr().err
    (tmp_path / "text").write_text("something else" * 100)
    assert main(["spool", "show", str(tmp_path / "text")]) == 1
    assert "text is damaged or no spool" in capsys.readouterr().err
