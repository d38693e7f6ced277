"""Exports of a view, and what every request of the page sends."""

from __future__ import annotations

from functools import cache

import pytest
from browser.fake_api import Answer, FakeApi, a_token, as_json
from browser.fake_lists import Query
from browser.opened_viewer import opened
from browser.sample_log import SampleLog, a_log, sample_events
from playwright.sync_api import Browser, Page, expect


@cache
def log() -> SampleLog:
    return a_log(sample_events(30))


def test_an_export_is_made_with_the_filters_of_the_view(browser: Browser) -> None:
    with opened(browser, log(), query="?action=user.login&from=2026-11-01") as viewer:
        viewer.wait_for_rows()
        viewer.page.get_by_role("button", name="Export").click()
        with viewer.page.expect_download() as download:
            viewer.page.get_by_role("button", name="CSV, for a spreadsheet").click()
        assert download.value.suggested_filename == "events.csv"
        filters = {"action": ["user.login"], "from": "2026-11-01"}
        assert viewer.api.export_bodies == [{"format": "csv", "filters": filters}]
        expect(viewer.panel.locator(".said")).to_contain_text("30 events, 48.2 KB.")


def keep_waiting(_: Page, api: FakeApi) -> None:
    """No export begins until it is cancelled."""
    pending = as_json({"data": {"id": "export-1", "status": "pending"}})

    def change(path: str, query: Query, answer: Answer) -> Answer:
        return pending if path == "exports/export-1" and b'"failed"' not in answer[2] else answer

    api.change = change


def test_an_export_that_is_cancelled_is_cancelled_at_the_api(browser: Browser) -> None:
    with opened(browser, log(), prepare=keep_waiting) as viewer:
        viewer.wait_for_rows()
        viewer.page.get_by_role("button", name="Export").click()
        viewer.page.get_by_role("button", name="NDJSON, to verify").click()
        viewer.page.get_by_text("Waiting to begin").wait_for()
        viewer.page.get_by_role("button", name="Cancel").click()
        viewer.page.get_by_text("Cancelled.").first.wait_for()
        cancelled = ("DELETE", "exports/export-1")
        viewer.wait_until(lambda: cancelled in [each[:2] for each in viewer.api.requests])


def test_every_request_sends_the_token_in_its_header_alone(browser: Browser) -> None:
    token = a_token("org_acme")
    with opened(browser, log(), token=token) as viewer:
        viewer.wait_for_verdict("witnessed")
        private = [each for each in viewer.api.requests if each[1] != "log-keys"]
        assert private
        for _, path, query, headers in private:
            assert headers["Authorization"] == f"Bearer {token}"
            assert "Referer" not in headers
            assert token not in f"{path}{query}"


@pytest.mark.parametrize("url", [None, "javascript:document.title='run'", "data:text/html,x"])
def test_only_a_file_at_a_web_address_is_fetched(browser: Browser, url: str | None) -> None:
    def prepare(_: Page, api: FakeApi) -> None:
        named = as_json({"data": {"url": url, "expires_in": 60}})
        api.change = lambda path, _, answer: named if path.endswith("/download") else answer

    with opened(browser, log(), prepare=prepare) as viewer:
        viewer.wait_for_rows()
        viewer.page.keyboard.press("e")
        viewer.page.get_by_role("button", name="CSV").click()
        viewer.panel.get_by_text("The address of the file is no web address.").wait_for()
        assert viewer.page.title() == "Audit log"
