"""A log that grows while somebody looks: every event, nothing untrue, and a bounded page."""

from __future__ import annotations

from functools import cache

from browser.fake_api import Answer, FakeApi, as_json
from browser.fake_lists import Query
from browser.opened_viewer import PHONE, opened
from browser.sample_log import SampleLog, a_log, sample_events
from browser.test_viewer_list import look_for_new, while_scrolling, with_events
from playwright.sync_api import Browser, Page, expect


@cache
def busy_log() -> SampleLog:
    return a_log(sample_events(1_000), covered=250)


def test_new_events_at_the_top_never_make_more_than_500_rows(browser: Browser) -> None:
    with opened(browser, with_events(busy_log(), 250)) as viewer:
        viewer.wait_for_rows()
        for count in range(340, 1_000, 90):
            viewer.api.log = with_events(busy_log(), count)
            look_for_new(viewer)
            expect(viewer.rows.first.locator(".number")).to_have_text(f"{count:,}")
        numbers = viewer.numbers()
        assert len(numbers) <= 500
        assert numbers == [*range(970, 970 - len(numbers), -1)]


def test_the_first_events_of_an_empty_log_are_all_shown(browser: Browser) -> None:
    with opened(browser, SampleLog([], None)) as viewer:
        viewer.page.get_by_role("heading", name="No events yet").wait_for()
        viewer.api.log = with_events(busy_log(), 250)
        look_for_new(viewer)
        viewer.wait_for_rows()
        for numbers in while_scrolling(viewer, 2_500):
            if numbers[-1] == 1:
                break
        assert viewer.numbers() == [*range(250, 0, -1)]


def test_a_search_whose_first_page_is_empty_has_no_new_events(browser: Browser) -> None:
    """The API ends a page before it has found anything, if the search takes long."""

    def prepare(_: Page, api: FakeApi) -> None:
        def change(path: str, query: Query, answer: Answer) -> Answer:
            if path != "events" or "cursor" in dict(query):
                return answer
            pagination = {"has_more": True, "next_cursor": "250-250"}
            return as_json({"data": [], "pagination": pagination})

        api.change = change

    log = with_events(busy_log(), 250)
    with opened(browser, log, query="?search=invoice", prepare=prepare) as viewer:
        viewer.wait_for_rows()
        with viewer.page.expect_response("**/v1/events?**"):
            look_for_new(viewer)
        viewer.page.wait_for_timeout(300)
        assert viewer.page.locator("button.newer").is_hidden()


def test_on_a_phone_no_popup_is_cut_off(browser: Browser) -> None:
    query = "?from=2026-11-01&to=2026-11-30"
    with opened(browser, with_events(busy_log(), 250), query=query, size=PHONE) as viewer:
        viewer.wait_for_rows()
        for key in "tfg":
            viewer.page.locator("body").press(key)
            box = viewer.page.locator(".popup:visible").bounding_box()
            assert box
            assert box["x"] >= 0, key
            assert box["x"] + box["width"] <= PHONE["width"], key
            viewer.page.keyboard.press("Escape")
