"""Tests that share the local stack, and those that restart it and need it for themselves."""

from __future__ import annotations

import fcntl
from collections.abc import Generator

import pytest

from tools.local.settings import LOCAL, ROOT

LOCK = LOCAL / "stack.lock"
GATE = LOCAL / "stack.gate"
ON_THE_STACK = (ROOT / "tests" / "conformance", ROOT / "tests" / "e2e")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Runs a test on the stack, with its fixtures, while no other process restarts the stack.

    A test marked `restarts` runs while no other process runs a test on the stack. Tests take the
    lock one by one, so it waits for those that run, and not for those that come after it.
    """
    if not any(item.path.is_relative_to(folder) for folder in ON_THE_STACK):
        return (yield)
    alone = item.get_closest_marker("restarts") is not None
    with LOCK.open("w") as file:
        with GATE.open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        return (yield)
