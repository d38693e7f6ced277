"""What the life of the process does to recorders: its end, SIGTERM and fork."""

from __future__ import annotations

import _thread
import atexit
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from .recorder import Recorder

_SIGTERM_SECONDS = 5.0

_recorders: WeakSet[Recorder] = WeakSet()
_forking: list[Recorder] = []
_fork_lock = threading.Lock()
_terminating: list[int] = []
_ending: list[int] = []


def watch(recorder: Recorder, *, handle_sigterm: bool) -> None:
    """Close this recorder at the end of the process, and keep it right across a fork."""
    _recorders.add(recorder)
    if (
        handle_sigterm
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGTERM, _on_sigterm)


def forget(recorder: Recorder) -> None:
    """Leave this recorder alone from now on."""
    _recorders.discard(recorder)


def _close_all() -> None:
    _ending.append(os.getpid())
    for recorder in list(_recorders):
        recorder.close()


def _on_sigterm(number: int, _frame: object) -> None:
    """Close all recorders in a thread, then let SIGTERM do what it does by default.

    No lock may be taken here: the main thread may hold it, because it was interrupted anywhere.
    """
    if os.getpid() in _terminating:  # the thread is done, or SIGTERM came a second time
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    _terminating.append(os.getpid())
    try:
        _thread.start_new_thread(_close_and_terminate, ())
    except RuntimeError:  # some interpreters start no thread at their end
        if os.getpid() not in _ending:
            sys.exit(128 + number)  # which closes them as well


def _close_and_terminate() -> None:
    try:
        for recorder in list(_recorders):
            recorder.close(_SIGTERM_SECONDS)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def _before_fork() -> None:
    _fork_lock.acquire()  # one fork at a time holds the locks of all recorders
    for recorder in list(_recorders):
        recorder.before_fork()
        _forking.append(recorder)


def _after_fork_in_parent() -> None:
    while _forking:
        _forking.pop().after_fork_in_parent()
    _fork_lock.release()


def _after_fork_in_child() -> None:
    while _forking:
        _forking.pop().after_fork_in_child()
    _fork_lock.release()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
