"""Another token than the first: from the address of an open page, or again and again."""

from __future__ import annotations

import pytest
from browser.fake_api import FakeApi, failure
from browser.opened_viewer import opened
from browser.test_viewer_list import with_events
from browser.test_viewer_tokens import EMBEDDED, FIRST, FRESH, a_host, expiring, log
from playwright.sync_api import Browser, Page, Route, expect


def test_a_link_that_is_opened_in_the_same_tab_works_and_its_token_leaves_the_address(
    browser: Browser,
) -> None:
    """The browser does not load the page again: only the fragment differs."""
    with opened(browser, log(), prepare=expiring) as viewer:
        viewer.page.get_by_role("heading", name="This link has expired").wait_for()
        viewer.page.goto(f"{viewer.api.page}#token={FRESH}")
        viewer.wait_for_rows()
        assert viewer.page.url == viewer.api.page
        viewer.page.go_back()
        viewer.page.go_forward()
        assert viewer.page.url == viewer.api.page


@pytest.mark.parametrize("text", ["%C5%BC", "a%0Ab", "a b"])
def test_a_text_that_no_header_can_have_is_no_token(browser: Browser, text: str) -> None:
    with opened(browser, log(), token=text) as viewer:
        viewer.page.get_by_role("heading", name="This page needs a link of its own").wait_for()
        assert viewer.api.requests == []


ANSWERING_AT_ONCE = """
<iframe src="{page}#token={token}"></iframe>
<script>
  window.asked = 0;
  addEventListener("message", ({{ data, source }}) => {{
    if (data.type !== "indelible:token-needed") return;
    asked += 1;
    source.postMessage({{ type: "indelible:token", token: "{token}" + asked }}, "*");
  }});
</script>"""


def test_a_page_around_whose_tokens_are_all_refused_is_not_asked_without_end(
    browser: Browser,
) -> None:
    def prepare(_: Page, api: FakeApi) -> None:
        api.change = lambda *_: failure(401, "unauthenticated", "The token was revoked.")

    with opened(browser, log(), prepare=prepare) as viewer:
        body = ANSWERING_AT_ONCE.format(page=viewer.api.page, token=FIRST)
        with a_host(body) as host:
            viewer.page.goto(f"http://{host}/")
            frame = viewer.page.frame_locator("iframe")
            frame.get_by_role("heading", name="This link has expired").wait_for()
            viewer.page.wait_for_timeout(1_000)
            assert viewer.page.evaluate("asked") == 1


HEAR = """() => {
  globalThis.heard = new Promise((done) => addEventListener("message", () => done(true)));
}"""


def test_a_request_that_is_refused_after_a_fresh_token_came_is_sent_again_with_it(
    browser: Browser,
) -> None:
    """As when a computer wakes up: the old token has expired, and the page around is quicker."""
    held: list[Route] = []
    with opened(browser, with_events(log(), 8)) as viewer:
        page = EMBEDDED.format(origin=viewer.api.origin, token=FIRST, fresh=FRESH)
        with a_host(page) as host:
            viewer.page.goto(f"http://{host}/")
            frame = viewer.page.frames[1]
            frame.locator("tr.row").first.wait_for()
            viewer.api.log = log()
            expiring(viewer.page, viewer.api)
            viewer.page.route("**/v1/events?**", lambda route: held.append(route), times=1)  # noqa: PLW0108 - not a built-in
            frame.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            viewer.wait_until(lambda: held)
            frame.evaluate(HEAR)
            viewer.page.evaluate(
                "(token) => { document.querySelector('audit-log-viewer').token = token }", FRESH
            )
            frame.evaluate("heard")
            held[0].continue_()
            expect(frame.locator("tr.row .number").first).to_have_text("10")
            expect(frame.get_by_role("heading", name="This link has expired")).to_have_count(0)
