"""The local stack that the contract is held against."""

from __future__ import annotations

import pytest

from tools.local.stack import Stack, require


@pytest.fixture(scope="session")
def stack() -> Stack:
    """What `make up` left behind; without it these tests fail."""
    return require()
