"""Another token than the first: from the address of an open page, or again and again."""

from __future__ import annotations

import pytest
from browser.fake_api import FakeApi, failure
from browser.opened_viewer import opened
from browser.test_viewer_tokens import FIRST, FRESH, a_host, expiring, log
from playwright.sync_api import Browser, Page


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
