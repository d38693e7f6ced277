"""Each test that uses `setup` runs with both clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support_client import Setup


@pytest.fixture(params=["sync", "async"])
def setup(request: pytest.FixtureRequest) -> Iterator[Setup]:
    made = Setup(request.param)
    yield made
    made.close()
