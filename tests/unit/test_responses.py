"""Errors as responses: a code and a sentence for the client, and nothing meant only for the log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible.errors import (
    Backlogged,
    Conflict,
    DamagedItem,
    Expired,
    ExportFailed,
    Forbidden,
    IndelibleError,
    InternalError,
    NotFound,
    QuotaExceeded,
    RateLimited,
    SequenceTaken,
    Unauthenticated,
    Unavailable,
    Unreadable,
    ValidationFailed,
)
from indelible.web.responses import error_response

SECRET = "what only the log may say"


def body_of(error: IndelibleError) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(error_response(error).body or "")
    return body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Forbidden("No."), 403, "forbidden"),
        (NotFound("No."), 404, "not_found"),
        (Expired("No."), 410, "expired"),
        (ValidationFailed("No."), 422, "validation_failed"),
    ],
)
def test_a_refusal_tells_the_client_what_to_do(
    error: IndelibleError, status: int, code: str
) -> None:
    assert error_response(error).status_code == status
    assert body_of(error) == {"error": code, "message": "No."}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unauthenticated(SECRET), 401, "unauthenticated"),
        (Unavailable(SECRET), 503, "unavailable"),
        (Unreadable(SECRET), 500, "chain_damaged"),
        (InternalError(SECRET), 500, "internal"),
        (DamagedItem(SECRET), 500, "internal"),
        (Conflict(SECRET), 500, "internal"),
        (SequenceTaken(SECRET), 500, "internal"),
        (ExportFailed(SECRET), 500, "internal"),
        (IndelibleError(SECRET), 500, "internal"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, IndelibleError) else str(each),
)
def test_the_text_of_an_internal_error_stays_in_the_log(
    error: IndelibleError, status: int, code: str
) -> None:
    assert error_response(error).status_code == status
    body = body_of(error)
    assert body["error"] == code
    assert body["message"]
    assert SECRET not in body["message"]


@pytest.mark.parametrize("kind", [RateLimited, QuotaExceeded, Backlogged])
def test_a_limit_says_when_to_try_again(kind: type[RateLimited]) -> None:
    assert error_response(kind("Wait.", retry_after=52)).headers["Retry-After"] == "52"


def test_an_unavailable_request_may_be_sent_again_after_a_second() -> None:
    assert error_response(Unavailable("")).headers["Retry-After"] == "1"


def test_the_errors_of_an_event_are_in_the_response() -> None:
    events: list[dict[str, object]] = [{"id": None, "status": "invalid"}]
    assert body_of(ValidationFailed("No.", events))["events"] == events
