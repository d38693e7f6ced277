"""The local stack, which is compared with the contract."""

from __future__ import annotations

import pytest
from _pytest.nodeid import NodeId

from tools.local.stack import Stack, require


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack that `make up` started. Without one, these tests fail."""
    return require()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give each generated test a node id of its own: pytest-xdist runs only one test of an id."""
    if item.parent and not item.nodeid.endswith(item.name):
        item._id = NodeId.parse(f"{item.parent.nodeid}::{item.name}")
