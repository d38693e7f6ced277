"""A handler that breaks a promise is caught by the fuzzer of ingest."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from indelible.web import request
from jsonschema import ValidationError

from . import (
    ingest,
    ingest_seeds,
)


def _an_answer(status: int, error: str) -> dict[str, Any]:
    body = json.dumps({"error": error, "message": "No.", "request_id": "r"})
    headers = {"Content-Type": ["application/json"]}
    return {"statusCode": status, "multiValueHeaders": headers, "body": body}


def _shows_content(event: dict[str, Any], _: object) -> dict[str, Any]:
    print(json.dumps({"received": event["body"]}))
    return _an_answer(400, "malformed_json")


def _forges_a_line(_: object, __: object) -> dict[str, Any]:
    print('{"message": "one"}\nand another')
    return _an_answer(400, "malformed_json")


def _fails(_: object, __: object) -> dict[str, Any]:
    return _an_answer(500, "internal_error")


def _invents_an_error(_: object, __: object) -> dict[str, Any]:
    return _an_answer(422, "no_such_error")


def _raises(_: object, __: object) -> dict[str, Any]:
    raise RecursionError("raised by the handler")


@pytest.mark.parametrize(
    ("handler", "error", "text"),
    [
        (_shows_content, AssertionError, "content in the log"),
        (_forges_a_line, json.JSONDecodeError, "Expecting value"),
        (_fails, AssertionError, "answered 500"),
        (_invents_an_error, ValidationError, "'no_such_error' is not one of"),
        (_raises, RecursionError, "raised by the handler"),
    ],
)
def test_a_handler_that_breaks_a_promise_is_caught(
    handler: Callable[..., dict[str, Any]],
    error: type[Exception],
    text: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dict(ingest_seeds.seeds())["reference.json"]
    monkeypatch.setattr(ingest.ingest(), "handler", handler)
    with pytest.raises(error, match=text):
        ingest.check(case)


def test_a_handler_that_overlooks_a_repeated_name_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dict(ingest_seeds.seeds())["name-twice-in-one-event.json"]
    ingest.check(case)
    monkeypatch.setattr(request, "_repeats_names", lambda *_: False)
    with pytest.raises(AssertionError, match="a name given twice was dropped"):
        ingest.check(case)
