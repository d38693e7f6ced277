"""What no checkpoint covered at first is checked again while the page is open."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from browser.fake_api import Answer, FakeApi, as_json
from browser.fake_lists import Query
from browser.opened_viewer import opened
from browser.sample_log import SampleLog, logs_of_runs, page_time, sample_events
from browser.test_viewer_checks import changing_lists, open_checks
from browser.test_viewer_histories import grow
from browser.test_viewer_list import look_for_new, with_events
from playwright.sync_api import Browser, Page, expect


@cache
def logs(*runs: int) -> list[SampleLog]:
    """A log of forty events after each of these runs, which cover so many of them."""
    return logs_of_runs(sample_events(40), runs)


@pytest.mark.parametrize("covered", [38, 0])
def test_events_that_were_too_new_are_proved_once_a_run_covers_them(
    browser: Browser, covered: int
) -> None:
    before, after = logs(covered, 40)
    with opened(browser, before) as viewer:
        viewer.wait_for_verdict("witnessed" if covered else "not_covered")
        assert "Too new" in viewer.statuses()
        viewer.api.log = after
        look_for_new(viewer)
        expect(viewer.pill).to_have_text("Witnessed to event 40")
        assert viewer.statuses() == ["Witnessed"] * 40
        assert "Records proved\n40" in open_checks(viewer)


def test_an_opened_event_that_was_too_new_says_that_it_is_proved(browser: Browser) -> None:
    before, after = logs(38, 40)
    with opened(browser, before) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.open_row(1)
        expect(viewer.panel.locator(".verdict")).to_contain_text("Too new")
        viewer.api.log = after
        look_for_new(viewer)
        expect(viewer.panel.locator(".verdict")).to_contain_text("Witnessed")


def test_a_page_that_was_opened_before_the_first_run_asks_for_the_keys_again(
    browser: Browser,
) -> None:
    before, after = logs(0, 40)

    def without_keys(path: str, _: Query, answer: Answer) -> Answer:
        return as_json({"data": [], "witnesses": []}) if path == "log-keys" else answer

    def prepare(_: Page, api: FakeApi) -> None:
        api.change = without_keys

    with opened(browser, before, prepare=prepare) as viewer:
        viewer.wait_for_verdict("not_covered")
        assert "log-keys" in viewer.api.paths()
        viewer.api.change = lambda *given: given[2]
        viewer.api.log = after
        look_for_new(viewer)
        expect(viewer.pill).to_have_text("Witnessed to event 40")


def test_what_was_broken_stays_so_whatever_the_server_answers_later(browser: Browser) -> None:
    def tamper(body: dict[str, Any]) -> None:
        record = body["proof"]["records"][10]
        record["record"] = record["record"].replace("user_", "usee_", 1)

    first, second, third = logs(20, 30, 40)
    with opened(browser, with_events(first, 25), prepare=changing_lists(tamper)) as viewer:
        viewer.wait_for_verdict("broken")
        viewer.api.change = lambda *given: given[2]
        # Checks are done in turn: those of the second log have ended when an event of the third has
        # been checked.
        for log, status in ((with_events(second, 35), "Too new"), (third, "Witnessed")):
            viewer.api.log = log
            look_for_new(viewer)
            expect(viewer.rows.first.locator(".number")).to_have_text(str(len(log.records)))
            expect(viewer.rows.first.locator(".status")).to_have_text(status)
        assert "Broken" in viewer.statuses()
        viewer.wait_for_verdict("broken")


def test_an_event_that_comes_with_two_answers_is_counted_once(browser: Browser) -> None:
    before, after = logs(20, 40)
    with opened(browser, with_events(before, 20)) as viewer:
        viewer.wait_for_verdict("witnessed")
        grow(viewer, after)
        assert "Records proved\n40" in open_checks(viewer)


def test_the_chart_counts_new_events_at_most_once_a_minute(browser: Browser) -> None:
    log = logs(20, 40)[1]
    with opened(browser, with_events(log, 20)) as viewer:
        chart = viewer.page.get_by_label("Summary")
        expect(chart).to_contain_text("20 in 30 days")
        for count, seconds, shown in ((25, 59, 20), (30, 61, 30), (40, 62, 30), (40, 180, 30)):
            viewer.page.clock.set_fixed_time(page_time() + timedelta(seconds=seconds))
            viewer.api.log = with_events(log, count)
            look_for_new(viewer)
            expect(viewer.rows.first.locator(".number")).to_have_text(str(count))
            expect(chart).to_contain_text(f"{shown} in 30 days")
        assert viewer.api.paths().count("summary") == 2
