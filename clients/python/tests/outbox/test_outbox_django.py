"""The outbox in a Django project. Its tests, in `django_shop/tests.py`, run for each database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_the_tests_of_the_django_project_pass(
    vendor: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "outbox.django_shop.settings",
        "PYTHONPATH": os.pathsep.join(
            str(_TESTS.parent / folder) for folder in ("tests", "src", "recipes")
        ),
        "PYTHONWARNINGS": "error",
        "SHOP_DIRECTORY": str(tmp_path),
    }
    if vendor == "postgresql":
        url = request.getfixturevalue("postgres_url")
        environment["SHOP_SOCKET"] = url.partition("host=")[2]
    command = [sys.executable, "-m", "django", "test", "outbox.django_shop.tests", "--noinput"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 18 tests" in done.stderr
