"""Settings of all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["support.engines"]

settings.register_profile(
    "indelible",
    deadline=None,  # a busy machine is not a bug
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("indelible")
