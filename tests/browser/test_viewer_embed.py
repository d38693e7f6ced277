"""The element <audit-log-viewer>, in pages that use it in their own ways."""

from __future__ import annotations

import pytest
from browser.opened_viewer import opened
from browser.test_viewer_tokens import FIRST, a_host, log
from playwright.sync_api import Browser

SCRIPT = '<body><script src="{origin}/api/v1/viewer/embed.js"></script>'
STRICT = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src {origin} 'nonce-x'; frame-src {origin}; require-trusted-types-for 'script'; "
    "trusted-types 'none'\">"
)


@pytest.mark.parametrize("src", ["javascript:parent.document.title='run'//", "data:text/html,x"])
def test_only_web_addresses_are_framed(browser: Browser, src: str) -> None:
    with opened(browser, log(), expects_problems=True) as viewer:
        element = f'<audit-log-viewer src="{src}" token="x"></audit-log-viewer>'
        with a_host(SCRIPT.format(origin=viewer.api.origin) + element) as host:
            viewer.page.goto(f"http://{host}/")
            viewer.wait_for_problem("must be a web address")
            viewer.page.wait_for_timeout(300)
            assert viewer.page.title() == "host"
            assert viewer.page.locator("iframe").count() == 0


LATE = """<script>
const viewer = document.createElement("audit-log-viewer");
document.body.append(viewer);
viewer.token = "{token}";
viewer.addEventListener("token-needed", () => {{ viewer.token = "{token}"; }});
</script>"""


def test_a_token_that_is_set_before_the_page_has_loaded_arrives(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        page = (SCRIPT + LATE).format(origin=viewer.api.origin, token=FIRST)
        with a_host(page) as host:
            viewer.page.goto(f"http://{host}/")
            viewer.page.frame_locator("iframe").locator("tr.row").first.wait_for()


MOVED = """<div id="a"></div><div id="b"></div><script nonce="x">
for (const place of [a, b]) {{
  const viewer = document.createElement("audit-log-viewer");
  viewer.setAttribute("token", "{token}");
  viewer.setAttribute("theme", '"><b>dark&token=evil');
  place.append(viewer);
}}
b.append(a.firstChild);
b.firstChild.remove();
a.append(document.createElement("audit-log-viewer"));
a.firstChild.token = "{token}";
</script>"""


def test_elements_are_moved_and_removed_under_a_strict_policy(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        page = (STRICT + SCRIPT + MOVED).format(origin=viewer.api.origin, token=FIRST)
        with a_host(page) as host:
            viewer.page.goto(f"http://{host}/")
            frames = viewer.page.locator("iframe")
            for number in range(2):
                frame = frames.nth(number).content_frame
                frame.locator("tr.row").first.wait_for()
            assert frames.count() == 2
