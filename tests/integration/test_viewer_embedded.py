"""The application of docs/viewer.md embeds the page: it makes tokens, and writes the element."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from support.handlers import ROOT

PAGE = (ROOT / "docs" / "viewer.md").read_text("utf-8")
MOST_LINES = 40


class FakeClient:
    """`indelible_client.Client`, as far as the application uses it."""

    asked: list[dict[str, Any]]

    def __init__(self, api_key: str, url: str) -> None:
        assert (api_key, url) == ("imk_x", "https://audit.example.com")
        FakeClient.asked = []

    def create_viewer_token(self, **options: Any) -> dict[str, Any]:
        self.asked.append(options)
        token = f"token-{len(self.asked)}"
        return {"token": token, "viewer_token": token, "expires_at": 1}


def example() -> str:
    """The one Python application of the page."""
    found = [
        each
        for each in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        if "Flask" in each
    ]
    assert len(found) == 1
    source: str = found[0]
    return source


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application of the page, with a client that only notes what it is asked."""
    monkeypatch.setenv("INDELIBLE_URL", "https://audit.example.com")
    monkeypatch.setenv("INDELIBLE_API_KEY", "imk_x")
    monkeypatch.setattr("indelible_client.Client", FakeClient)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example(), "docs/viewer.md", "exec"), names)
    made: Flask = names["app"]
    return made


def test_the_application_is_short() -> None:
    assert len([each for each in example().splitlines() if each.strip()]) <= MOST_LINES


def test_the_page_has_the_element_with_a_token_of_the_tenant(application: Flask) -> None:
    answer = application.test_client().get("/audit-log")
    assert answer.status_code == 200
    assert FakeClient.asked == [{"tenant_id": "org_acme", "ttl": 600}]
    assert '<audit-log-viewer token="token-1"' in answer.text
    [script] = re.findall(r'<script src="([^"]+)"', answer.text)
    assert urlsplit(script).path == "/api/v1/viewer/embed.js"


def test_a_fresh_token_is_one_request(application: Flask) -> None:
    answer = application.test_client().post("/audit-log/token")
    assert json.loads(answer.text) == {"token": "token-1"}
    assert FakeClient.asked == [{"tenant_id": "org_acme", "ttl": 600}]
