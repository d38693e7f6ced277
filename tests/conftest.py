"""Settings of all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["support.engines", "support.restarts"]

settings.register_profile(
    "indelible",
    deadline=None,  # a busy machine is not a bug
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "quick",  # for `make unit`; `make test` tries a hundred examples
    settings.get_profile("indelible"),
    max_examples=25,
)
settings.load_profile("indelible")
