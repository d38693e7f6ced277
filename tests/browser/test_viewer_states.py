"""Everything that is not a list of events: each state looks intended, and says what to do."""

from __future__ import annotations

import json
from functools import cache

import pytest
from browser.fake_api import Answer, FakeApi, as_json, failure
from browser.fake_lists import Query
from browser.opened_viewer import Prepare, opened
from browser.sample_log import SampleLog, a_log, sample_events
from playwright.sync_api import Browser, Page, Route, expect


@cache
def log() -> SampleLog:
    return a_log(sample_events(30))


def answering(answer: Answer, times: int = 1_000) -> Prepare:
    """Have the first lists be answered so."""
    left = [times]

    def prepare(_: Page, api: FakeApi) -> None:
        def change(path: str, query: Query, usual: Answer) -> Answer:
            if path != "events" or left[0] == 0:
                return usual
            left[0] -= 1
            return answer

        api.change = change

    return prepare


EXPIRED = failure(401, "unauthenticated", "The token has expired.")
LIMITED = failure(
    429, "rate_limited", "This token has read enough for this minute.", Retry_After="2"
)
BUSY = failure(503, "unavailable", "The request could not be answered in time.", Retry_After="2")
DAMAGED = failure(500, "chain_damaged", "The chain is damaged there.")
FAILED = failure(500, "internal", "The service failed.")
REFUSED = failure(403, "forbidden", "This API key lacks the scope events:read.")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (EXPIRED, "This link has expired"),
        (LIMITED, "Too many requests"),
        (BUSY, "The audit log is busy"),
        (DAMAGED, "The stored chain is damaged there"),
        (FAILED, "The audit log could not answer"),
        (REFUSED, "This link does not open the audit log"),
    ],
    ids=["expired", "limited", "busy", "damaged", "failed", "refused"],
)
def test_an_answer_without_events_says_what_happened(
    browser: Browser, answer: Answer, said: str
) -> None:
    with opened(browser, log(), prepare=answering(answer)) as viewer:
        viewer.page.locator(".notice").wait_for()
        assert viewer.notice().startswith(said)
        assert viewer.page.locator("table.events").is_hidden()
        assert viewer.page.locator(".ghosts").count() == 0


NOTE_WAITS = """globalThis.waits = [];
new MutationObserver(() => {
  const said = document.querySelector(".notice .beside")?.textContent;
  if (said && said !== waits.at(-1)) waits.push(said);
}).observe(document, { childList: true, subtree: true, characterData: true });"""


@pytest.mark.parametrize("answer", [LIMITED, BUSY], ids=["limited", "busy"])
def test_a_busy_api_is_asked_again_after_the_time_it_names(
    browser: Browser, answer: Answer
) -> None:
    answer_once = answering(answer, times=1)

    def prepare(page: Page, api: FakeApi) -> None:
        page.add_init_script(NOTE_WAITS)
        answer_once(page, api)

    with opened(browser, log(), prepare=prepare) as viewer:
        viewer.wait_for_rows()
        waits = [f"Trying again in {seconds} s" for seconds in (2, 1)]
        assert viewer.page.evaluate("waits") == waits
        assert viewer.page.locator(".notice").count() == 0
        assert viewer.api.paths().count("events") == 2


def test_without_a_token_the_page_says_where_to_get_one(browser: Browser) -> None:
    with opened(browser, log(), token=None) as viewer:
        viewer.page.locator(".notice").wait_for()
        assert viewer.notice().startswith("This page needs a link of its own")
        assert viewer.api.requests == []


def test_an_empty_log_and_a_filter_without_events_are_not_the_same(browser: Browser) -> None:
    with opened(browser, a_log([])) as viewer:
        viewer.page.locator(".notice").wait_for()
        assert viewer.notice().startswith("No events yet")
    with opened(browser, log(), query="?actor_id=nobody") as viewer:
        viewer.page.locator(".notice").wait_for()
        assert viewer.notice().startswith("No event matches")
        viewer.page.get_by_role("button", name="Show all events").click()
        viewer.wait_for_rows()
        assert viewer.page.url == viewer.api.page


def test_while_events_are_loaded_the_page_says_so(browser: Browser) -> None:
    held: list[Route] = []

    def hold(page: Page, _: FakeApi) -> None:
        page.route("**/v1/events?**", lambda route: held.append(route))  # noqa: PLW0108 - not a built-in

    with opened(browser, log(), prepare=hold) as viewer:
        expect(viewer.page.locator(".list")).to_have_attribute("aria-busy", "true")
        expect(viewer.page.get_by_text("Loading events")).to_have_count(1)
        viewer.wait_until(lambda: held)
        for each in held:
            each.continue_()
        viewer.wait_for_rows()
        expect(viewer.page.locator(".ghosts")).to_have_count(0)
        expect(viewer.page.locator(".list")).to_have_attribute("aria-busy", "false")


def test_offline_keeps_what_is_seen_and_goes_on_when_connected(browser: Browser) -> None:
    with opened(browser, a_log(sample_events(150))) as viewer:
        viewer.wait_for_rows()
        viewer.page.context.set_offline(True)
        viewer.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        viewer.page.get_by_text("The audit log cannot be reached").wait_for()
        assert viewer.rows.count() == 100
        viewer.page.context.set_offline(False)
        expect(viewer.rows).to_have_count(150)
        assert viewer.page.locator(".notice").count() == 0


def test_a_reader_at_the_top_of_a_list_sees_that_the_link_has_expired(browser: Browser) -> None:
    with opened(browser, a_log(sample_events(90))) as viewer:
        viewer.wait_for_verdict("witnessed")
        expired = failure(401, "unauthenticated", "The token has expired.")
        viewer.api.change = lambda *_: expired
        viewer.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(viewer.page.get_by_role("heading", name="This link has expired")).to_be_in_viewport()
        assert viewer.page.evaluate("scrollY") == 0


def test_damaged_events_are_marked_and_the_page_warns(browser: Browser) -> None:
    def damaged(_: Page, api: FakeApi) -> None:
        def change(path: str, query: Query, answer: Answer) -> Answer:
            if path != "events":
                return answer
            body = json.loads(answer[2]) | {"damaged": True}
            body["data"][2]["integrity"] |= {"intact": False, "event_hash": None}
            return as_json(body)

        api.change = change

    with opened(browser, log(), prepare=damaged) as viewer:
        viewer.wait_for_rows()
        assert viewer.page.locator(".notice").inner_text().startswith("Part of the stored chain")
        viewer.open_row(3)
        assert "stored segment of this event was changed" in viewer.panel.inner_text()


def test_a_chain_that_is_held_is_said_in_the_servers_words(browser: Browser) -> None:
    def held(_: Page, api: FakeApi) -> None:
        def change(path: str, query: Query, answer: Answer) -> Answer:
            if path != "events":
                return answer
            body = json.loads(answer[2])
            message = (
                "The log covers this workspace's chain up to record 30: record 31 was changed."
            )
            body["proof"]["reason"] = {"code": "chain_damaged", "message": message}
            return as_json(body)

        api.change = change

    with opened(browser, log(), prepare=held) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert "up to record 30: record 31 was changed." in viewer.notice()


def test_a_search_that_takes_long_says_how_far_it_is(browser: Browser) -> None:
    def slowly(_: Page, api: FakeApi) -> None:
        def change(path: str, query: Query, answer: Answer) -> Answer:
            asked = dict(query)
            turn = int(asked.get("cursor", "0-30").partition("-")[0])
            if path != "events":
                return answer
            if turn >= 7:
                return as_json(api.list_events([("limit", "5"), ("include", "proof")]))
            following = f"{turn + 1}-30"
            return as_json({
                "data": [],
                "pagination": {
                    "has_more": True, "next_cursor": following, "total": None,
                    "searched_to": "2026-09-14T07:31:52.004117Z",
                },
                "proof": {"checkpoint": None, "reason": None, "records": [], "nodes": {}},
            })  # fmt: skip

        api.change = change

    with opened(browser, log(), query="?search=needle", prepare=slowly) as viewer:
        viewer.page.locator(".notice").wait_for()
        assert "Searched back to 14 Sept 2026, 07:31:52." in viewer.notice()
        assert viewer.api.paths().count("events") == 5
        viewer.page.get_by_role("button", name="Search further").click()
        viewer.wait_for_rows()
