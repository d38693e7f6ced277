"""The token: out of the address at once, stored nowhere, renewed only by the page around."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser.fake_api import Answer, FakeApi, a_token, failure
from browser.fake_lists import Query
from browser.opened_viewer import opened
from browser.sample_log import SampleLog, a_log, sample_events
from playwright.sync_api import Browser, Page, expect
from support.handlers import ROOT


@cache
def log() -> SampleLog:
    return a_log(sample_events(10))


FIRST, FRESH = a_token("org_acme"), a_token("org_acme", jti="2")


@pytest.mark.parametrize("place", ["fragment", "query"])
def test_the_token_leaves_the_address_at_once_and_is_stored_nowhere(
    browser: Browser, place: str
) -> None:
    query = f"?token={FIRST}&action=user.login" if place == "query" else "?action=user.login"
    with opened(browser, log(), token=None if place == "query" else FIRST, query=query) as viewer:
        viewer.wait_for_rows()
        page = viewer.page
        assert page.url == f"{viewer.api.page}?action=user.login"
        stored = page.evaluate(
            "JSON.stringify([localStorage, sessionStorage, document.cookie, history.state])"
        )
        assert FIRST not in stored
        assert FIRST not in page.content()
        page.go_back()
        assert FIRST not in page.url


def test_an_address_of_another_tenant_shows_no_filter_that_the_token_overrides(
    browser: Browser,
) -> None:
    """The API answers with the token's tenant in any case; the page must not name another."""
    query = "?tenant_id=org_beta&action=user.login"
    with opened(browser, log(), token=FIRST, query=query) as viewer:
        viewer.wait_for_rows()
        chips = viewer.page.locator(".chip")
        assert [each.get_attribute("data-filter") for each in chips.all()] == ["action"]
        sent = {name for _, path, asked, _ in viewer.api.requests for name, _ in asked}
        assert "tenant_id" not in sent


@contextmanager
def a_host(body: str) -> Iterator[str]:
    """Another site, which embeds the page. Returns its origin, without a path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = f"<!doctype html><title>host</title>{body}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


EMBEDDED = """<script src="{origin}/api/v1/viewer/embed.js"></script>
<audit-log-viewer token="{token}" theme="dark" max-height="700"></audit-log-viewer>
<script>
  const viewer = document.querySelector("audit-log-viewer");
  viewer.addEventListener("token-needed", () => {{ viewer.token = "{fresh}"; }});
</script>"""


def expiring(_: Page, api: FakeApi) -> None:
    """The API knows the fresh token only."""

    def change(path: str, query: Query, answer: Answer) -> Answer:
        sent = api.requests[-1][3].get("Authorization", "")
        is_fresh = path == "log-keys" or sent == f"Bearer {FRESH}"
        return answer if is_fresh else failure(401, "unauthenticated", "The token has expired.")

    api.change = change


def test_the_element_builds_an_iframe_with_the_token_and_the_theme(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        page = EMBEDDED.format(origin=viewer.api.origin, token=FIRST, fresh=FRESH)
        with a_host(page) as host:
            viewer.page.goto(f"http://{host}/")
            frame = viewer.page.frame_locator("iframe")
            frame.locator("tr.row").first.wait_for()
            assert frame.locator("html").get_attribute("data-theme") == "dark"
            iframe = viewer.page.locator("iframe")
            assert iframe.get_attribute("referrerpolicy") == "no-referrer"
            expect(iframe).to_have_css("height", "700px")
            inside = viewer.page.frames[1]
            assert inside.url == viewer.api.page


def test_an_expired_token_is_renewed_by_the_page_around(browser: Browser) -> None:
    with opened(browser, log(), prepare=expiring) as viewer:
        page = EMBEDDED.format(origin=viewer.api.origin, token=FIRST, fresh=FRESH)
        with a_host(page) as host:
            viewer.page.goto(f"http://{host}/")
            viewer.page.frame_locator("iframe").locator("tr.row").first.wait_for()


ALWAYS_ANOTHER = """<script src="{origin}/api/v1/viewer/embed.js"></script>
<audit-log-viewer token="{token}"></audit-log-viewer>
<script>
  globalThis.asked = 0;
  const viewer = document.querySelector("audit-log-viewer");
  viewer.addEventListener("token-needed", () => {{ viewer.token = "{token}" + ++asked; }});
</script>"""


def test_an_application_whose_tokens_are_refused_is_not_asked_again_at_once(
    browser: Browser,
) -> None:
    """It may make them at another API. Each answer would be the next question."""
    with opened(browser, log(), prepare=expiring) as viewer:
        page = ALWAYS_ANOTHER.format(origin=viewer.api.origin, token=FIRST)
        with a_host(page) as host:
            viewer.page.goto(f"http://{host}/")
            frame = viewer.page.frame_locator("iframe")
            frame.get_by_role("heading", name="This link has expired").wait_for()
            viewer.page.wait_for_timeout(1_000)
            assert viewer.page.evaluate("asked") == 1


@pytest.mark.parametrize("token", [None, "no-token"])
def test_a_page_without_a_readable_token_names_nothing_that_it_opens(
    browser: Browser, token: str | None
) -> None:
    with opened(browser, log(), token=token, prepare=expiring) as viewer:
        viewer.page.locator(".notice").wait_for()
        expect(viewer.page.locator(".scope")).to_be_hidden()


def test_without_a_fresh_token_the_page_says_that_the_link_has_expired(browser: Browser) -> None:
    with opened(browser, log(), prepare=expiring) as viewer:
        viewer.page.get_by_role("heading", name="This link has expired").wait_for()
        viewer.page.evaluate(
            "(token) => postMessage({ type: 'indelible:token', token }, '*')", FRESH
        )
        viewer.page.wait_for_timeout(300)
        expect(viewer.rows).to_have_count(0)


def test_a_token_from_an_origin_that_may_not_embed_is_not_taken(browser: Browser) -> None:
    """The page's own list decides, also where a browser would show the frame."""
    with opened(browser, log(), prepare=expiring) as viewer:
        page = EMBEDDED.format(origin=viewer.api.origin, token=FIRST, fresh=FRESH)
        with a_host(page) as host:

            def only_another(route: object) -> None:
                status, headers, body = viewer.api.answer("GET", "/api/v1/viewer", {}, b"")
                text = body.decode().replace("http://127.0.0.1:*", "https://app.example.com")
                route.fulfill(status=status, headers=headers, body=text)  # type: ignore[attr-defined]

            viewer.page.route("**/api/v1/viewer", only_another)
            viewer.page.goto(f"http://{host}/")
            frame = viewer.page.frame_locator("iframe")
            frame.get_by_role("heading", name="This link has expired").wait_for()
            viewer.page.wait_for_timeout(300)
            assert frame.locator("tr.row").count() == 0


def test_a_site_that_may_not_embed_sees_nothing(browser: Browser) -> None:
    with opened(browser, log(), expects_problems=True) as viewer, a_host("") as host:
        elsewhere = viewer.page
        elsewhere.goto(f"http://{host.replace('127.0.0.1', 'localhost')}/")
        elsewhere.evaluate(
            "(src) => document.body.append("
            "Object.assign(document.createElement('iframe'), { src }))",
            viewer.api.page,
        )
        viewer.wait_for_problem("frame-ancestors")
        elsewhere.wait_for_timeout(300)
        assert elsewhere.frame_locator("iframe").locator("h1").count() == 0


@pytest.mark.parametrize(
    ("origin", "sources", "allowed"),
    [
        ("https://app.example.com", ["https://app.example.com"], True),
        ("https://app.example.com", ["'none'"], False),
        ("http://app.example.com", ["https://app.example.com"], False),
        ("https://app.example.com.evil.test", ["https://app.example.com"], False),
        ("https://evilapp.example.com", ["https://app.example.com"], False),
        ("https://a.example.com", ["https://*.example.com"], True),
        ("https://example.com", ["https://*.example.com"], False),
        ("https://evil-example.com", ["https://*.example.com"], False),
        ("https://app.example.com:8443", ["https://app.example.com"], False),
        ("https://app.example.com", ["https://App.Example.com"], True),
        ("https://app.example.com", ["https://app.example.com:443"], True),
        ("http://app.example.com", ["http://app.example.com:80"], True),
        ("http://app.example.com", ["http://app.example.com:443"], False),
        ("https://app.example.com", ["https://*"], False),
        ("null", ["'self'", "https://app.example.com"], False),
    ],
)
def test_only_listed_origins_count(
    browser: Browser, origin: str, sources: list[str], allowed: bool
) -> None:
    page = browser.new_page()
    source = (ROOT / "functions/viewer/page/host.js").read_text().replace("export ", "")
    page.evaluate(source + "; globalThis.isAllowed = isAllowedOrigin; undefined")
    assert page.evaluate("([a, b]) => isAllowed(a, b)", [origin, sources]) is allowed
    page.close()
