"""The viewer, opened in the browser over an API of the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from browser.conftest import PATIENCE_SECONDS
from browser.fake_api import FakeApi, a_token
from browser.fake_server import serving
from browser.sample_log import SampleLog, page_time
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from support.functions import ENVIRONMENT
from support.handlers import load

TENANT = "org_acme"
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@cache
def viewer_function() -> ModuleType:
    """The function that serves the page."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "POWERTOOLS_TRACE_DISABLED": "true"}.items():
            patch.setenv(name, value)
        patch.setenv("FRAME_ANCESTORS", "http://127.0.0.1:*")
        return load("viewer")


@dataclass
class Viewer:
    """An opened page. `problems` has its errors, and what the Content-Security-Policy stopped."""

    page: Page
    api: FakeApi
    problems: list[str] = field(default_factory=list)

    @property
    def rows(self) -> Locator:
        return self.page.locator("tr.row")

    @property
    def panel(self) -> Locator:
        return self.page.locator("aside.panel")

    @property
    def pill(self) -> Locator:
        """The verdict in the head."""
        return self.page.locator(".pill")

    def wait_for_rows(self) -> None:
        self.rows.first.wait_for()

    def wait_for_chart(self) -> None:
        """Wait for the chart. It has an answer of its own, and moves the list down."""
        self.page.locator(".day-bar").first.wait_for()

    def wait_for_verdict(self, verdict: str) -> None:
        self.page.wait_for_selector(f".pill[data-verdict={verdict}]")

    def wait_for_checks(self) -> None:
        """Wait until the page has its answers, whatever they are, and has checked them."""
        self.page.locator("tr.row, .notice").first.wait_for()
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator(".status.checking")).to_have_count(0)

    def wait_until(self, is_so: Callable[[], object]) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, "not so in time"
            self.page.wait_for_timeout(20)

    def wait_for_problem(self, text: str) -> None:
        self.wait_until(lambda: any(text in each for each in self.problems))

    def statuses(self) -> list[str]:
        """The words of the rows' checks."""
        return [each.strip() for each in self.page.locator("td.check").all_inner_texts()]

    def numbers(self) -> list[int]:
        """The sequences of the rows, as they are drawn."""
        texts = self.page.locator("td.number").all_text_contents()
        return [int(each.replace(",", "")) for each in texts]

    def open_row(self, number: int) -> None:
        """Open the event of a row, counted from 1."""
        self.rows.nth(number - 1).locator(".what").click()
        self.panel.locator(".verdict").wait_for()

    def notice(self) -> str:
        """The notice that stands where events would."""
        return self.page.locator(".notice").last.inner_text()


Prepare = Callable[[Page, FakeApi], Any]


@contextmanager
def opened(
    browser: Browser,
    log: SampleLog,
    *,
    token: str | None = a_token(TENANT),
    query: str = "",
    prepare: Prepare = lambda *_: None,
    size: ViewportSize = WIDE,
    expects_problems: bool = False,
    **context: Any,
) -> Iterator[Viewer]:
    """The page over this log, with this token in the fragment. None is no token."""
    opened_context = browser.new_context(viewport=size, **context)
    try:
        with serving(FakeApi(log, viewer_function())) as api:
            viewer = Viewer(opened_context.new_page(), api)
            page = viewer.page
            page.clock.set_fixed_time(page_time())
            page.on("pageerror", lambda error: viewer.problems.append(str(error)))
            page.on("console", lambda each: _note(viewer, each.text))
            prepare(page, api)
            fragment = f"#token={token}" if token else ""
            page.goto(f"{api.page}{query}{fragment}")
            yield viewer
            assert expects_problems or viewer.problems == []
    finally:
        opened_context.close()


def _note(viewer: Viewer, text: str) -> None:
    if "Content Security Policy" in text or "TrustedHTML" in text or "Trusted" in text:
        viewer.problems.append(text)
