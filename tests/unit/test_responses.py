"""Errors as responses: a code and a sentence for the client, and nothing meant only for the log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible.errors import (
    AlreadyFinished,
    Backlogged,
    Conflict,
    DamagedItem,
    Expired,
    ExportFailed,
    Forbidden,
    IndelibleError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    NotReady,
    QuotaExceeded,
    RateLimited,
    SequenceTaken,
    Unauthenticated,
    Unavailable,
    Unreadable,
    ValidationFailed,
)
from indelible.times import parse_iso_8601
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
        (AlreadyFinished("No."), 409, "already_finished"),
        (NotReady("No.", retry_after=5), 409, "not_ready"),
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


@pytest.mark.parametrize("kind", [RateLimited, Backlogged, NotReady])
def test_an_error_that_ends_soon_says_when_to_try_again(kind: type[RateLimited]) -> None:
    assert error_response(kind("Wait.", retry_after=52)).headers["Retry-After"] == "52"


def test_a_used_up_quota_says_when_it_resets_and_makes_no_library_sleep() -> None:
    """HTTP libraries sleep for as long as `Retry-After` says, here for days."""
    error = QuotaExceeded("None is left.", resets_at=parse_iso_8601("2026-12-01T00:00:00Z"))
    assert "Retry-After" not in error_response(error).headers
    assert body_of(error) == {
        "error": "quota_exceeded",
        "message": "None is left.",
        "resets_at": "2026-12-01T00:00:00.000000Z",
    }


def test_a_refused_key_says_which_scheme_to_use() -> None:
    assert error_response(Unauthenticated()).headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_method_says_which_ones_there_are() -> None:
    error = MethodNotAllowed(("GET", "HEAD", "POST"))
    assert error_response(error).status_code == 405
    assert error_response(error).headers["Allow"] == "GET, HEAD, POST"
    assert body_of(error) == {
        "error": "method_not_allowed",
        "message": "This path has no such method. Use GET or HEAD or POST.",
    }


def test_an_unavailable_request_may_be_sent_again_after_a_second() -> None:
    assert error_response(Unavailable("")).headers["Retry-After"] == "1"


def test_the_errors_of_an_event_are_in_the_response() -> None:
    events: list[dict[str, object]] = [{"id": None, "status": "invalid"}]
    assert body_of(ValidationFailed("No.", events))["events"] == events
