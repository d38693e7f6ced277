"""Answers: JSON and errors as HTTP responses, in the shapes of openapi.yaml."""

from __future__ import annotations

import msgspec
from aws_lambda_powertools.event_handler import Response, content_types

from ..errors import IndelibleError, LimitReached, Unavailable, ValidationFailed

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


def error_answer(error: IndelibleError) -> Response[str]:
    """The one place where an error becomes an answer."""
    value: dict[str, object] = {
        "error": error.code,
        "message": error.public_message or str(error),
    }
    if isinstance(error, ValidationFailed) and error.events:
        value["events"] = error.events
    headers: dict[str, str | list[str]] = {}
    if isinstance(error, LimitReached):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER_UNAVAILABLE)
    return json_answer(error.status, value, headers)
