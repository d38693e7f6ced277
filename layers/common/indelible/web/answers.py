"""Answers: receipts and errors as HTTP responses, in the shapes of openapi.yaml."""

from __future__ import annotations

import msgspec
from aws_lambda_powertools.event_handler import Response, content_types

from ..errors import (
    Backlogged,
    Forbidden,
    IdempotencyConflict,
    IndelibleError,
    InvalidCursor,
    LimitReached,
    MalformedBody,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    RateLimited,
    Unauthenticated,
    Unavailable,
    Unreadable,
    ValidationFailed,
)
from ..ingest.receipt import Receipt

_STATUS_AND_CODE: dict[type[IndelibleError], tuple[int, str]] = {
    MalformedBody: (400, "malformed_json"),
    InvalidCursor: (400, "invalid_cursor"),
    Unauthenticated: (401, "unauthenticated"),
    Forbidden: (403, "forbidden"),
    NotFound: (404, "not_found"),
    PayloadTooLarge: (413, "payload_too_large"),
    IdempotencyConflict: (422, "idempotency_conflict"),
    ValidationFailed: (422, "validation_failed"),
    RateLimited: (429, "rate_limited"),
    QuotaExceeded: (429, "quota_exceeded"),
    Backlogged: (429, "backlogged"),
    Unreadable: (500, "chain_damaged"),
    Unavailable: (503, "unavailable"),
}

_SAID_INSTEAD = {
    Unauthenticated: "Send a valid API key as `Authorization: Bearer imk_...`.",
    Unreadable: "The chain is damaged there. GET /api/v1/verify names the place.",
    Unavailable: "The request was not carried out. Send the same request again.",
}
"""What a client is told where the error's own text is for the log."""

_RETRY_AFTER_UNAVAILABLE = 1


def json_answer(
    status: int, value: dict[str, object], headers: dict[str, str | list[str]] | None = None
) -> Response[str]:
    """A JSON response."""
    return Response(
        status_code=status,
        content_type=content_types.APPLICATION_JSON,
        body=msgspec.json.encode(value).decode(),
        headers=headers or {},
    )


def batch_answer(receipts: list[Receipt]) -> Response[str]:
    """202 with a receipt per event."""
    return json_answer(202, {"events": [receipt.as_json() for receipt in receipts]})


def error_answer(error: IndelibleError) -> Response[str]:
    """The one place where an error becomes a status, a code and a sentence."""
    kind = next(each for each in type(error).__mro__ if each in _STATUS_AND_CODE)
    status, code = _STATUS_AND_CODE[kind]
    value: dict[str, object] = {"error": code, "message": _SAID_INSTEAD.get(kind, str(error))}
    if isinstance(error, ValidationFailed) and error.receipts:
        value["events"] = [receipt.as_json() for receipt in error.receipts]
    headers: dict[str, str | list[str]] = {}
    if isinstance(error, LimitReached):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER_UNAVAILABLE)
    return json_answer(status, value, headers)
