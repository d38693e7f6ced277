"""An unexpected error: the client gets a response, and the log its place without content."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.builders import an_event
from support.contract import validator
from support.gateway import api_event
from support.handlers import LambdaContext
from support.pipeline import Caller, Pipeline, now

INTERNAL = validator("/components/responses/InternalError/content/application~1json/schema")
CONTENT = "MARK-of-content"


def fails(*_: object, **__: object) -> Any:
    """A bug whose text quotes its input."""
    raise ValueError(f"cannot handle {CONTENT}")


def test_an_unexpected_error_is_answered_counted_and_logged_without_content(
    pipeline: Pipeline,
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pipeline.ingest, "submit", fails)
    answer = pipeline.post_events(caller, an_event(actor_id=CONTENT))
    logged = capsys.readouterr().out
    assert answer.status == 500
    INTERNAL.validate(answer.json)
    assert CONTENT not in logged
    assert CONTENT not in str(answer.json)
    lines = [json.loads(line) for line in logged.splitlines()]
    [failed] = [line for line in lines if line.get("message") == "failed"]
    assert failed["level"] == "ERROR"
    assert failed["error"] == "ValueError"
    assert failed["workspace_id"] == caller.workspace_id
    assert failed["calls"][-1].endswith(" fails")
    assert any(call.startswith("app:") and call.endswith(" accept") for call in failed["calls"])
    [counted] = [line for line in lines if "RequestsFailed" in line]
    assert counted["RequestsFailed"] == [1.0]
    assert "RequestsRefused" not in counted


@pytest.mark.parametrize("function", ["ingest", "query"])
def test_an_error_before_the_caller_is_known_is_answered_too(
    pipeline: Pipeline, caller: Caller, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    module = getattr(pipeline, function)
    monkeypatch.setattr(module.keys, "find", fails)
    method, path = ("POST", "/v1/events") if function == "ingest" else ("GET", "/v1/events")
    headers = [("Authorization", f"Bearer {caller.key}")]
    event = api_event("{}", headers, path=path, method=method, received_at=now())
    answer = module.handler(event, LambdaContext())
    assert answer["statusCode"] == 500
    INTERNAL.validate(json.loads(answer["body"]))
