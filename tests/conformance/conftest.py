"""The local stack, which is compared with the contract."""

from __future__ import annotations

import pytest

from tools.local.stack import Stack, require


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack that `make up` started. Without one, these tests fail."""
    return require()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give each generated test a node id of its own: pytest-xdist runs only one test of an id."""
    if not item.nodeid.endswith(item.name):
        item._nodeid = f"{item.parent.nodeid}::{item.name}" if item.parent else item.name
