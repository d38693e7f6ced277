"""`make demo` ends with an address at which a browser shows the chain."""

from __future__ import annotations

import re
import subprocess
import sys

import httpx
import pytest
from e2e.client import answered, get
from e2e.conftest import STARTING_SECONDS

from tools.local.settings import ROOT

ADDRESS = re.compile(r"^  (http\S+/v1)/viewer#token=(\S+)$", re.MULTILINE)


@pytest.mark.restarts  # it brings the stack up to date
def test_the_demo_ends_with_an_address_that_shows_the_chain() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.local.demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    [(base, token)] = ADDRESS.findall(ended.stdout)
    assert ended.stdout.rstrip().endswith(token)
    with httpx.Client(timeout=STARTING_SECONDS) as client:
        page = answered(lambda: client.get(f"{base}/viewer"))
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        answer = get(client, token, f"{base}/events", include="proof")
    events = answer.json()["data"]
    assert len(events) >= 3
    assert len(answer.json()["proof"]["records"]) == len(events)
