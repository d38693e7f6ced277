"""A real browser: Debian's chromium-headless-shell, driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from browser.checking import Checker, open_checker
from playwright.sync_api import Browser, expect, sync_playwright

PROGRAM = "chromium-headless-shell"
PATIENCE_SECONDS = 30
"""How long a test waits for what must come. Tests share two cores."""

expect.set_options(timeout=PATIENCE_SECONDS * 1_000)

MISSING = f"{PROGRAM} is missing; on Debian: apt-get install {PROGRAM}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process. CI fails without it; elsewhere they are skipped."""
    program = shutil.which(PROGRAM)
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


@pytest.fixture(scope="session")
def checker(browser: Browser) -> Iterator[Checker]:
    """The page's checking code, loaded in one page of the browser."""
    with open_checker(browser) as opened:
        yield opened
