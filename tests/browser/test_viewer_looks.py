"""Pictures of the main states in .local/screenshots, for people to look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from browser.fake_api import FakeApi, failure
from browser.opened_viewer import PHONE, WIDE, Viewer, opened
from browser.sample_log import SampleLog, a_log, sample_events
from browser.test_viewer_checks import changing_lists, tampered
from playwright.sync_api import Browser, Page
from support.handlers import ROOT

FOLDER = ROOT / ".local" / "screenshots"
Prepare = Callable[[Page, FakeApi], None]


@cache
def log() -> SampleLog:
    return a_log(sample_events(1_400), covered=1_398, seconds=2_000)


def nothing(*_: object) -> None:
    """Leave it as it is."""


def expire(_: Page, api: FakeApi) -> None:
    expired = failure(401, "unauthenticated", "The token has expired.")
    api.change = lambda path, _, answer: expired if path == "events" else answer


def limit(_: Page, api: FakeApi) -> None:
    limited = failure(429, "rate_limited", "This token has read enough.", Retry_After="30")
    api.change = lambda path, _, answer: limited if path == "events" else answer


def show_table(viewer: Viewer) -> None:
    viewer.pill.locator("svg").wait_for()
    viewer.page.wait_for_selector(".pill:not(.checking)")
    viewer.wait_for_chart()


def show_event(viewer: Viewer) -> None:
    show_table(viewer)
    viewer.open_row(6)


def show_checks(viewer: Viewer) -> None:
    show_table(viewer)
    viewer.pill.click()


def show_filter(viewer: Viewer) -> None:
    show_table(viewer)
    viewer.page.get_by_role("button", name="Time").click()


def show_notice(viewer: Viewer) -> None:
    viewer.page.locator(".notice").wait_for()


STATES: dict[str, tuple[Callable[[Viewer], None], Prepare, str]] = {
    "table": (show_table, nothing, ""),
    "event": (show_event, nothing, ""),
    "checks": (show_checks, nothing, ""),
    "broken": (show_checks, changing_lists(tampered), ""),
    "filtered": (show_filter, nothing, "?action=user.*&from=2026-11-01&to=2026-11-30"),
    "no-match": (show_notice, nothing, "?actor_id=nobody"),
    "expired": (show_notice, expire, ""),
    "limited": (show_notice, limit, ""),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", ["wide", "phone"])
def test_the_main_states_are_kept_as_pictures(browser: Browser, width: str, theme: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    size = WIDE if width == "wide" else PHONE
    for name, (show, prepare, query) in STATES.items():
        with opened(
            browser, log(), size=size, color_scheme=theme, prepare=prepare, query=query
        ) as viewer:
            show(viewer)
            picture = viewer.page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.png")
            assert len(picture) > 10_000
