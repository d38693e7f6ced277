"""The list: rows people can scan, paging, new events, filters in the address, jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from browser.fake_api import Answer, FakeApi, as_json
from browser.fake_lists import Query
from browser.opened_viewer import Viewer, opened
from browser.sample_log import SampleLog, a_log, sample_events
from playwright.sync_api import Browser, expect


@cache
def long_log() -> SampleLog:
    return a_log(sample_events(1_300), seconds=1_500)


@pytest.fixture
def viewer(browser: Browser) -> Iterator[Viewer]:
    with opened(browser, long_log(), timezone_id="Asia/Tokyo") as found:
        found.wait_for_rows()
        yield found


def test_a_row_says_when_who_what_on_what_and_from_where(viewer: Viewer) -> None:
    row = viewer.rows.nth(1)
    texts = [each.strip() for each in row.locator("td").all_inner_texts()]
    assert texts[0].startswith("27 Nov, 18:5"), "Tokyo is nine hours ahead"
    assert texts[1:6] == [
        "Noor Haddad user_1qA4sDf", "api_key.revoked", "api_key Continuous integration key_6gH1jKl",
        "203.0.113.103", "1,299",
    ]  # fmt: skip
    title = row.locator("time").get_attribute("title")
    assert title
    assert title.startswith("2026-11-27T09:5")
    assert title.endswith("Z (UTC)")


def test_all_headings_have_one_size(viewer: Viewer) -> None:
    sizes = "all => all.map(each => getComputedStyle(each).fontSize)"
    assert {*viewer.page.locator(".events th").evaluate_all(sizes)} == {"12px"}


def scroll(viewer: Viewer, pixels: int) -> None:
    viewer.page.mouse.move(400, 600)
    viewer.page.mouse.wheel(0, pixels)
    viewer.page.wait_for_timeout(60)


def while_scrolling(viewer: Viewer, pixels: int) -> Iterator[list[int]]:
    """The numbers of the rows, before each step. The steps outlast the slowest machine."""
    for _ in range(2_000):
        yield viewer.numbers()
        scroll(viewer, pixels)


def test_paging_to_the_end_repeats_nothing_and_never_has_more_than_500_rows(
    viewer: Viewer,
) -> None:
    seen = dict[int, None]()
    most = 0
    for numbers in while_scrolling(viewer, 1_500):
        assert numbers == sorted(numbers, reverse=True)
        assert len({*numbers}) == len(numbers)
        seen.update(dict.fromkeys(numbers))
        most = max(most, len(numbers))
        if 1 in seen:
            break
    assert [*seen] == [*range(1_300, 0, -1)]
    assert most == 500
    expect(viewer.page.locator(".end")).to_have_text("No more events")
    for numbers in while_scrolling(viewer, -1_500):
        if numbers[:1] == [1_300]:
            break
    numbers = viewer.numbers()
    assert numbers == [*range(1_300, 1_300 - len(numbers), -1)]
    assert len(numbers) <= 500


def few_at_a_time(api: FakeApi) -> None:
    """Every page has three events, as pages of a search that ended early may have."""

    def change(path: str, query: Query, answer: Answer) -> Answer:
        few = [*query, ("limit", "3")]
        return as_json(api.list_events(few)) if path == "events" else answer

    api.change = change


def test_pages_of_few_events_stay_whole_while_they_are_drawn(browser: Browser) -> None:
    log = a_log(sample_events(120))
    with opened(browser, log, prepare=lambda _, api: few_at_a_time(api)) as viewer:
        viewer.wait_for_rows()
        for numbers in while_scrolling(viewer, 1_500):
            if 1 in numbers:
                break
        assert viewer.numbers() == [*range(120, 0, -1)]
        expect(viewer.page.locator(".end")).to_have_text("No more events")
        expect(viewer.rows.locator(".status.checking")).to_have_count(0)
        viewer.rows.nth(15).locator(".what").dispatch_event("click")
        viewer.panel.locator(".verdict").wait_for()
        assert not [each for each in viewer.api.paths() if each.endswith("/proof")], (
            "the record is in memory"
        )


def with_events(log: SampleLog, count: int) -> SampleLog:
    """The log before its last events were chained."""
    return replace(log, records=log.records[:count])


def look_for_new(viewer: Viewer) -> None:
    """What happens when the page becomes visible again."""
    viewer.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def growing(browser: Browser) -> Iterator[Viewer]:
    log = a_log(sample_events(203), covered=200)
    with opened(browser, with_events(log, 200)) as found:
        found.wait_for_rows()
        found.wait_for_chart()
        found.api.log = log
        yield found


def test_new_events_appear_at_the_top_while_one_is_there(growing: Viewer) -> None:
    look_for_new(growing)
    expect(growing.rows.first.locator(".number")).to_have_text("203")
    assert growing.numbers()[:5] == [203, 202, 201, 200, 199]
    assert growing.page.locator("button.newer").is_hidden()


def test_new_events_wait_for_those_who_read_further_down(growing: Viewer) -> None:
    growing.page.evaluate("scrollTo(0, 1500)")
    before = growing.page.evaluate("scrollY")
    first = growing.rows.nth(30).bounding_box()
    look_for_new(growing)
    newer = growing.page.locator("button.newer")
    expect(newer).to_have_text("3 new events")
    assert growing.page.evaluate("scrollY") == before
    assert growing.rows.nth(30).bounding_box() == first
    newer.evaluate("(each) => each.click()")
    expect(growing.rows.first.locator(".number")).to_have_text("203")
    assert growing.page.evaluate("scrollY") == 0
    numbers = growing.numbers()
    assert numbers == [*range(203, 203 - len(numbers), -1)]


def test_a_filter_is_a_chip_and_in_the_address_and_the_token_is_not(viewer: Viewer) -> None:
    page = viewer.page
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Field").select_option("actor_id")
    page.get_by_label("Value").fill("user_9pK3mNq")
    page.get_by_role("button", name="Add filter").click()
    chip = page.locator(".chip[data-filter=actor_id]")
    expect(chip).to_contain_text("user_9pK3mNq")
    expect(viewer.rows.first).to_contain_text("James Rivera")
    assert page.url == f"{viewer.api.page}?actor_id=user_9pK3mNq"
    chip.get_by_role("button").click()
    expect(chip).to_have_count(0)
    assert page.url == viewer.api.page
    page.go_back()
    expect(chip).to_have_count(1)


def test_a_shared_address_shows_the_same_view(browser: Browser) -> None:
    query = "?action=user.*&search=billing&order=asc&unknown=x&limit=3"
    with opened(browser, long_log(), query=query) as viewer:
        viewer.wait_for_rows()
        asked = [dict(each[2]) for each in viewer.api.requests if each[1] == "events"]
        assert asked[0] == {
            "action": "user.*", "search": "billing", "order": "asc", "limit": "100",
            "include": "proof",
        }  # fmt: skip
        assert viewer.page.locator(".chip").inner_text().split() == ["Action", "user.*"]
        assert viewer.page.locator("#search").input_value() == "billing"
        assert viewer.numbers() == sorted(viewer.numbers())


def test_days_and_months_are_one_press_and_their_neighbours_too(viewer: Viewer) -> None:
    page = viewer.page
    page.get_by_role("button", name="Time").click()
    page.get_by_role("button", name="Yesterday").click()
    expect(page.locator(".chip")).to_have_count(2)
    assert page.url.endswith("?from=2026-11-26&to=2026-11-26")
    page.get_by_role("button", name="Earlier").click()
    page.wait_for_url("**/viewer?from=2026-11-25&to=2026-11-25")
    page.get_by_role("button", name="Time").click()
    page.get_by_role("button", name="October 2026").click()
    page.wait_for_url("**/viewer?from=2026-10-01&to=2026-10-31")
    page.get_by_role("button", name="Later").click()
    page.wait_for_url("**/viewer?from=2026-11-01&to=2026-11-30")


@pytest.mark.parametrize("number", [1, 7, 640, 1_300])
def test_a_jump_to_a_number_ends_at_it(viewer: Viewer, number: int) -> None:
    page = viewer.page
    before = len(viewer.api.requests)
    page.get_by_role("button", name="Jump to").click()
    page.get_by_label("Time, number or event id").fill(str(number))
    page.keyboard.press("Enter")
    row = page.locator("tr.row", has=page.locator(f"td.number:text-is('{number:,}')"))
    expect(row.locator(".open")).to_be_focused()
    assert len(viewer.api.requests) - before < 60


def test_a_jump_to_a_time_begins_there(viewer: Viewer) -> None:
    page = viewer.page
    page.get_by_role("button", name="Jump to").click()
    page.get_by_label("Time, number or event id").fill("2026-11-20")
    page.keyboard.press("Enter")
    page.wait_for_url("**/viewer?to=2026-11-20")
    expect(viewer.rows.first.locator("time")).to_contain_text("2")
    shown = viewer.rows.first.locator("time").get_attribute("datetime")
    assert shown
    assert shown < "2026-11-21"


def test_a_million_events_are_counted_and_begin_at_once(browser: Browser) -> None:
    def a_million(_: object, api: FakeApi) -> None:
        api.total = 1_000_000

    with opened(browser, long_log(), prepare=a_million) as viewer:
        viewer.wait_for_rows()
        expect(viewer.page.locator(".count")).to_have_text("1,000,000 events · newest first")


def test_the_chart_narrows_the_view_to_a_day_or_an_action(viewer: Viewer) -> None:
    page = viewer.page
    bars = page.locator(".day-bar")
    expect(bars).to_have_count(30)
    bars.nth(25).click()
    page.wait_for_url("**/viewer?from=2026-11-23&to=2026-11-23")
    page.locator(".frequent", has_text="user.login").click()
    page.wait_for_url("**action=user.login")
    viewer.wait_for_rows()
    assert {each.strip() for each in page.locator("td.what").all_inner_texts()} <= {"user.login"}
