"""The disk of a spool is full: `record()` says so, and everything recorded before is sent once."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Callable

import pytest
from model_server import LOST_BEFORE, WHOLE, ModelServer, recorder_to

from indelible_client import SpoolFailed

_SMALL = 2 * 1024 * 1024
_LARGE = 32 * 1024 * 1024


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """Mount a disk of 2 MB there, and yield what makes room.

    Where nothing may be mounted, a limit on the size of files stands for it.
    """
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        with a_limit_of_files(folder) as make_room:
            yield make_room
        return

    def make_room() -> None:
        subprocess.run(["mount", "-o", f"remount,size={_LARGE}", str(folder)], check=True)

    try:
        yield make_room
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def a_limit_of_files(folder: Path) -> Iterator[Callable[[], None]]:
    """Limit files of this process to 2 MB, and yield what lifts the limit."""
    folder.mkdir(exist_ok=True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL, before[1]))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limited", [a_small_disk, a_limit_of_files])
def test_what_was_recorded_before_a_full_disk_is_sent_once_and_in_order(
    tmp_path: Path, limited: Callable[[Path], AbstractContextManager[Callable[[], None]]]
) -> None:
    folder, answers = tmp_path / "disk", [LOST_BEFORE]
    server, kept = ModelServer(lambda: answers[0]), []
    with limited(folder) as make_room:
        recorder = recorder_to(server, spool=folder / "events.spool")

        def record(actor: str) -> None:
            recorder.record(actor, "document.created", metadata={"text": "x" * 2000})
            kept.append(actor)

        with pytest.raises(SpoolFailed, match=r"events\.spool"):
            for number in range(10_000):
                record(f"before-{number}")
        with pytest.raises(SpoolFailed, match=r"events\.spool"):
            record("while it is full")
        make_room()
        record("afterwards")
        answers[0] = WHOLE
        assert recorder.close(60)
    assert len(kept) > 100
    assert server.actors() == kept
