"""A spool that more than one has open: one sends, and none harms another."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opened_spool import open_spool

from indelible_client.recording import spool_schema
from indelible_client.recording.spool import Spool


def test_only_one_of_two_sends_until_it_is_closed(tmp_path: Path) -> None:
    one, two = open_spool(tmp_path), open_spool(tmp_path)
    assert one.may_send()
    assert not two.may_send()
    one.close()
    assert two.may_send()
    two.close()


@contextmanager
def a_child_of_the_process(spool: Spool) -> Iterator[None]:
    """A fork that has the spool, and lives until the block ends."""
    ready, stay = os.pipe(), os.pipe()
    spool.before_fork()
    child = os.fork()
    if not child:
        spool.after_fork_in_child()
        os.write(ready[1], b"x")
        os.close(stay[1])
        os.read(stay[0], 1)
        os._exit(0)
    spool.after_fork_in_parent()
    try:
        os.read(ready[0], 1)
        yield
    finally:
        os.close(stay[1])
        os.waitpid(child, 0)


def test_a_child_that_lives_on_does_not_keep_the_lock(tmp_path: Path) -> None:
    one, two = open_spool(tmp_path), open_spool(tmp_path)
    assert one.may_send()
    with a_child_of_the_process(one):
        assert not two.may_send()
        one.close()
        assert two.may_send()
    two.close()


def test_a_fork_while_the_lock_is_taken_does_not_leave_it_to_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child would hold it for as long as it lives, and not know: nobody would send."""
    one, two = open_spool(tmp_path), open_spool(tmp_path)
    taken, take = threading.Event(), fcntl.flock

    def take_slowly(descriptor: int, operation: int) -> None:
        take(descriptor, operation)
        taken.set()
        time.sleep(0.3)

    monkeypatch.setattr(fcntl, "flock", take_slowly)
    sender = threading.Thread(target=one.may_send)
    sender.start()
    assert taken.wait(30)
    with a_child_of_the_process(one):
        sender.join()
        one.close()
        assert two.may_send()
    two.close()


def test_two_spools_of_one_process_keep_the_file_from_being_swept_by_another(
    tmp_path: Path,
) -> None:
    """Closing any descriptor of a file ends all POSIX locks that the process has on it.

    Another process would then take itself for the last one, and remove the write-ahead log.
    """
    first, second = open_spool(tmp_path), open_spool(tmp_path)
    first.put(b"1")
    assert _count_elsewhere(tmp_path) == 1
    second.put(b"2")
    first.put(b"3")
    assert _count_elsewhere(tmp_path) == 3
    first.close()
    second.close()


def _count_elsewhere(path: Path) -> int:
    """Count the events as another process sees them, which opens and closes the spool."""
    program = (
        "import sys; from indelible_client.recording.spool import Spool; "
        "spool = Spool(sys.argv[1], 1 << 26); print(spool.count()); spool.close()"
    )
    source = Path(spool_schema.__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", program, str(path / "events.spool")],
        env={**os.environ, "PYTHONPATH": str(source)},
        check=True,
        capture_output=True,
    )
    return int(found.stdout)
