"""Programs that the tests run in processes of their own, to end them in every way."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from typing import Any
from unittest.mock import Mock

from model_server import KEY

from indelible_client import Recorder, RecorderClosed


def _recorder(url: str, spool: str | None = None, **options: Any) -> Recorder:
    return Recorder(KEY, url, spool=spool, **options)


def _record(recorder: Recorder, name: str, count: int) -> None:
    for number in range(count):
        recorder.record(f"{name}-{number}", "document.created")


def ends(url: str, spool: str | None) -> None:
    """Record and reach the end of the program."""
    _record(_recorder(url, spool), "u", 250)


def waits(url: str, spool: str | None) -> None:
    """Record, with a thread that goes on recording, and wait for a signal."""
    recorder = _recorder(url, spool)
    _record(recorder, "u", 250)
    print("ready", flush=True)
    time.sleep(60)


def records_on(url: str, spool: str | None) -> None:
    """Record until the recorder is closed, then say how many events were recorded."""
    recorder, number = _recorder(url, spool), 0
    print("ready", flush=True)
    try:
        while True:
            recorder.record(f"u-{number}", "document.created")
            number += 1
    except RecorderClosed:
        print(number, flush=True)
        time.sleep(60)


def waits_with_own_handler(url: str, spool: str | None) -> None:
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(3))
    waits(url, spool)


def waits_at_the_end_of_threads(url: str, spool: str | None) -> None:
    """Wait for a signal, in an interpreter that starts no thread any more."""
    recorder = _recorder(url, spool)
    _record(recorder, "u", 250)
    _thread.start_new_thread = Mock(side_effect=RuntimeError)
    print("ready", flush=True)
    time.sleep(60)


def forks(url: str, spool: str | None) -> None:
    """Fork again and again while another thread records; every child records as well."""
    recorder = _recorder(url, spool)
    done = threading.Event()

    def go_on() -> None:
        number = 0
        while not done.is_set():
            recorder.record(f"thread-{number}", "document.created")
            number += 1
            time.sleep(0.0005)
        print(number, flush=True)

    thread = threading.Thread(target=go_on)
    thread.start()
    children = []
    for child in range(10):
        _record(recorder, f"parent{child}", 30)
        pid = os.fork()
        if not pid:
            _record(recorder, f"child{child}", 30)
            os._exit(0 if recorder.close(30) else 1)
        children.append(pid)
    statuses = [os.waitpid(pid, 0)[1] for pid in children]
    done.set()
    thread.join()
    assert statuses == [0] * 10
    assert recorder.close(30)


def shares(url: str, spool: str, name: str) -> None:
    """Record into a file that other processes use as well."""
    recorder = _recorder(url, spool)
    _record(recorder, name, 300)
    assert recorder.close(120)


def records_until_killed(url: str, spool: str, run: int, last: Any) -> None:
    """Record without end. `last` is the number of the last call that returned."""
    recorder = _recorder(url, spool, handle_sigterm=False)
    number = 0
    while True:
        recorder.record(f"{run}-{number}", "document.created", metadata={"n": number})
        last.value = number
        number += 1
        if number % 50 == 0:
            time.sleep(0.01)


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], sys.argv[3] or None)
