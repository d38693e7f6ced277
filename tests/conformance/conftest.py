"""The local stack, which is compared with the contract."""

from __future__ import annotations

import pytest

from tools.local.stack import Stack, require


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack that `make up` started. Without one, these tests fail."""
    return require()
