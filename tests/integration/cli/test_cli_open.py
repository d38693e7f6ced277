"""`indelible open`: an address with a token, through the API, with a key that can do no more."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import typer
from indelible.accounts.keys import VIEWER_OF_ALL
from indelible.aws.api_keys import create_key, list_keys
from indelible.cli.open_viewer import LABEL
from indelible.cli.stack import Stack
from indelible.runtime.clock import now
from integration.command_line import a_workspace, run

EXPIRES_AT = 1_795_752_000
Requests = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    """The requests to an API that makes the token `t+k`: their paths, keys and bodies."""
    found: Requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.append((self.path, str(self.headers["Authorization"]), body))
            answer = {"token": "t+k", "viewer_token": "t+k", "expires_at": EXPIRES_AT}
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("INDELIBLE_URL", f"http://127.0.0.1:{server.server_port}")
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def url() -> str:
    return os.environ["INDELIBLE_URL"]


def test_a_workspace_is_opened_with_a_key_that_only_makes_tokens(
    stack: Stack, requests: Requests
) -> None:
    workspace_id = a_workspace()
    outcome = run("open", workspace_id, "--for", "10m")
    assert (outcome.status, outcome.stdout) == (0, f"{url()}/api/v1/viewer#token=t%2Bk\n")
    assert outcome.stderr == (
        "Works until 2026-11-27T04:00:00.000000Z. Whoever has it can read the events.\n"
    )
    [(path, authorization, body)] = requests
    assert (path, body) == ("/api/v1/viewer-token", {"ttl": 600})
    [key] = list_keys(stack.table, workspace_id)
    assert authorization.startswith(f"Bearer {key.prefix}")
    assert key.scopes == {VIEWER_OF_ALL}
    assert authorization.removeprefix("Bearer ") not in outcome.stdout + outcome.stderr


def test_keys_of_earlier_calls_are_revoked_when_their_time_is_over(
    stack: Stack, requests: Requests
) -> None:
    workspace_id = a_workspace()
    scopes = frozenset({VIEWER_OF_ALL})
    for label in (
        f"{LABEL}2026-01-01T00:00:00.000000Z", f"{LABEL}2999-01-01T00:00:00.000000Z",
        f"{LABEL}tomorrow", "until 2026-01-01T00:00:00.000000Z",
    ):  # fmt: skip
        create_key(stack.table, workspace_id, label, scopes, now())
    assert run("open", workspace_id).status == 0
    revoked = [each.label for each in list_keys(stack.table, workspace_id) if each.revoked_at]
    assert revoked == [f"{LABEL}2026-01-01T00:00:00.000000Z"]


def test_without_a_workspace_the_key_of_the_environment_makes_the_token(
    requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDELIBLE_API_KEY", "imk_of_the_environment")
    outcome = run("open", "--tenant", "org_1aB2cD3", "--actor", "user_2hG9kLm")
    assert outcome.status == 0
    body = {"tenant_id": "org_1aB2cD3", "actor_id": "user_2hG9kLm", "ttl": 3_600}
    assert requests == [("/api/v1/viewer-token", "Bearer imk_of_the_environment", body)]


def test_the_browser_gets_the_address(requests: Requests, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = list[str]()
    monkeypatch.setattr(typer, "launch", opened.append)
    monkeypatch.setenv("INDELIBLE_API_KEY", "imk_x")
    assert run("open", "--browser").stdout == f"{opened[0]}\n"


@pytest.mark.parametrize("life", ["59s", "25h", "0s", "x"])
def test_a_token_lives_from_a_minute_to_a_day(life: str) -> None:
    outcome = run("open", "--for", life)
    assert outcome.status == 2
    assert "must be" in outcome.stderr


def test_without_an_address_it_says_what_to_set(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INDELIBLE_URL", raising=False)
    workspace_id = a_workspace()
    outcome = run("open", workspace_id)
    assert outcome.status != 0
    assert "Set INDELIBLE_URL to that of its domain." in outcome.stderr
    assert list_keys(stack.table, workspace_id) == []
