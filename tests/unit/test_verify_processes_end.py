"""Verifying in several processes leaves no process behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

STARTING = """
import resource
from indelible.verifying.in_processes import ProcessEnded, verifier

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    try:
        with verifier(61):
            print("started")
    except ProcessEnded as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the open files of a process")
def test_processes_that_cannot_all_be_started_are_ended(tmp_path: Path) -> None:
    """Those that started would wait for the others for ever."""
    (tmp_path / "program.py").write_text(STARTING)
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "program.py")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.startswith("61 processes could not be started")
    assert ended.stderr == ""


PROGRAM = """
import signal, sys
from indelible.verifying.in_processes import verifier
from support.builders import WORKSPACE, a_chain

def endlessly(chain):
    while True:
        yield from chain

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if a shell started it with &
    with verifier(2) as verify:
        if sys.argv[1] == "starting":
            print(*verify.args[0]._processes, flush=True)
            signal.pause()
        for number, _ in enumerate(verify(WORKSPACE, endlessly(a_chain(9, 3)))):
            if number == 300:
                print(*verify.args[0]._processes, flush=True)
                if sys.argv[1] == "idle":
                    signal.pause()
"""


@pytest.fixture(params=["starting", "idle", "busy"])
def running(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A program that verifies, and its two processes."""
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, str(tmp_path / "program.py"), request.param]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        assert program.stdout
        yield program, [int(each) for each in program.stdout.readline().split()]
        program.kill()


def _are_gone(processes: list[int]) -> bool:
    return not any(Path(f"/proc/{each}").exists() for each in processes)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_ctrl_c_ends_all_processes_without_a_word_from_them(
    running: tuple[subprocess.Popen[str], list[int]],
) -> None:
    program, processes = running
    os.killpg(program.pid, signal.SIGINT)  # a terminal sends it to all of them
    _, complaint = program.communicate(timeout=60)
    assert len(processes) == 2
    assert _are_gone(processes)
    assert complaint.count("KeyboardInterrupt") == complaint.count("Traceback") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_the_processes_end_when_the_one_that_started_them_is_killed(
    running: tuple[subprocess.Popen[str], list[int]],
) -> None:
    program, processes = running
    assert len(processes) == 2
    program.kill()
    program.wait()
    deadline = time.monotonic() + 60
    while not _are_gone(processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _are_gone(processes)
