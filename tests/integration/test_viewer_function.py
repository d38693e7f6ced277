"""The function that serves the page: its files, the headers around them, and their size."""

from __future__ import annotations

import gzip
import re
from base64 import b64decode
from html.parser import HTMLParser
from typing import Any

import pytest
from support.gateway import Headers, api_event
from support.handlers import LambdaContext, load
from support.pipeline import now

ORIGINS = "'self' https://app.example.com"
FILES = ["", "/viewer.js", "/viewer.css", "/embed.js"]
PLACES = ["/v1/viewer", "/viewer"]
MOST_COMPRESSED_BYTES = 60_000


@pytest.fixture(params=["'none'", ORIGINS])
def ancestors(request: pytest.FixtureRequest, environment: pytest.MonkeyPatch) -> str:
    """Who may embed the page."""
    environment.setenv("FRAME_ANCESTORS", request.param)
    found: str = request.param
    return found


def get(path: str, headers: Headers = (), method: str = "GET", **request: Any) -> dict[str, Any]:
    """The answer of a new function."""
    event = api_event(None, headers, path=path, method=method, received_at=now(), **request)
    answer: dict[str, Any] = load("viewer").handler(event, LambdaContext())
    return answer


def header(answer: dict[str, Any], name: str) -> str:
    [value] = answer["multiValueHeaders"][name]
    found: str = value
    return found


@pytest.mark.parametrize("place", PLACES)
def test_the_page_is_html_with_a_policy_that_lets_no_other_code_in(
    ancestors: str, place: str
) -> None:
    answer = get(place)
    assert answer["statusCode"] == 200
    assert header(answer, "Content-Type") == "text/html; charset=utf-8"
    assert header(answer, "Content-Security-Policy").split("; ") == [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
        "img-src 'self' data:", "base-uri 'none'", "form-action 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
        f"frame-ancestors {ancestors}",
    ]  # fmt: skip
    assert header(answer, "Referrer-Policy") == "no-referrer"
    assert header(answer, "X-Content-Type-Options") == "nosniff"
    assert header(answer, "Permissions-Policy").startswith("camera=()")
    assert "Access-Control-Allow-Origin" not in answer["multiValueHeaders"]


class _Page(HTMLParser):
    """The attributes of a page, and the texts of its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.inline = ""
        self.is_code = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, *each) for each in attributes]
        self.is_code = tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        self.inline += data.strip() if self.is_code else ""

    def handle_endtag(self, tag: str) -> None:
        self.is_code = False


def test_the_page_has_no_code_of_its_own_and_loads_only_from_beside_itself(ancestors: str) -> None:
    page = _Page()
    page.feed(get("/v1/viewer")["body"])
    assert page.inline == ""
    loaded = {value for _, name, value in page.attributes if name in {"src", "href"}}
    assert loaded == {"viewer/viewer.js", "viewer/viewer.css", "data:,"}
    assert not any(name.startswith("on") or name == "style" for _, name, _ in page.attributes)
    assert ("meta", "content", ancestors) in page.attributes


@pytest.mark.parametrize("file", FILES)
def test_a_browser_that_has_a_file_gets_304_and_nothing_more(ancestors: str, file: str) -> None:
    first = get(f"/v1/viewer{file}")
    tag = header(first, "ETag")
    for named in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = get(f"/v1/viewer{file}", [("If-None-Match", named)])
        assert (again["statusCode"], again["body"]) == (304, ""), named
        assert header(again, "ETag") == tag
    assert get(f"/v1/viewer{file}", [("If-None-Match", 'W/"other"')])["statusCode"] == 200


def test_the_tag_changes_with_the_content(environment: pytest.MonkeyPatch) -> None:
    tags = set()
    for each in ("'none'", ORIGINS):
        environment.setenv("FRAME_ANCESTORS", each)
        tags.add(header(get("/v1/viewer"), "ETag"))
    assert len(tags) == 2


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_compressed_for_those_who_take_it(ancestors: str, file: str) -> None:
    plain = get(f"/v1/viewer{file}", [("Accept-Encoding", "br, gzip;q=0")])
    packed = get(f"/v1/viewer{file}", [("accept-encoding", "br, gzip")])
    assert "Content-Encoding" not in plain["multiValueHeaders"]
    assert header(packed, "Content-Encoding") == "gzip"
    assert header(packed, "Vary") == header(plain, "Vary") == "Accept-Encoding"
    assert packed["isBase64Encoded"] is True
    assert gzip.decompress(b64decode(packed["body"])).decode() == plain["body"]


def test_all_files_together_have_at_most_60_kb(ancestors: str) -> None:
    sizes = {
        file: len(b64decode(get(f"/v1/viewer{file}", [("Accept-Encoding", "gzip")])["body"]))
        for file in FILES
    }
    assert sum(sizes.values()) <= MOST_COMPRESSED_BYTES, sizes


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("place", PLACES)
def test_head_has_the_headers_of_get_and_no_body(ancestors: str, place: str, file: str) -> None:
    got, head = (get(f"{place}{file}", method=method) for method in ("GET", "HEAD"))
    assert head["body"] == ""
    assert head["multiValueHeaders"] == got["multiValueHeaders"]


def test_another_file_is_not_found(ancestors: str) -> None:
    for name in ("app.py", "main.js", "index.html", "..%2Fapp.py"):
        answer = get(f"/v1/viewer/{name}")
        assert answer["statusCode"] == 404


def test_a_token_in_the_query_is_neither_logged_nor_repeated(
    ancestors: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = get("/viewer", query=[("token", "eyJhbGciOiJIUzI1NiJ9.secret")])
    assert answer["statusCode"] == 200
    assert "secret" not in capsys.readouterr().out
    assert "secret" not in f"{answer['body']}{answer['multiValueHeaders']}"


def test_scripts_use_nothing_that_parses_markup_or_text_as_code() -> None:
    """`require-trusted-types-for` would stop it; this says where."""
    script = get("/v1/viewer/viewer.js")["body"] + get("/v1/viewer/embed.js")["body"]
    for name in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(",
        "new Function", "localStorage", "sessionStorage", "document.cookie",
        "createContextualFragment",
    ):  # fmt: skip
        assert name not in script, name
    assert not re.search(
        r"https?://(?!www\.w3\.org/2000/svg)[a-z]", script.replace("https?://", "")
    )
