"""Each test that uses `setup` runs with both clients."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from support_client import Setup

settings.register_profile(
    "clients",
    deadline=None,  # a busy machine is not a bug
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("clients")

# The public client and the list of the standard library's modules need Python 3.10.
collect_ignore = (
    [] if sys.version_info >= (3, 10) else ["test_public_client.py", "test_dependencies.py"]
)


@pytest.fixture(params=["sync", "async"])
def setup(request: pytest.FixtureRequest) -> Iterator[Setup]:
    made = Setup(request.param)
    yield made
    made.close()
