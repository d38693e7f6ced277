"""Responses: JSON and errors as HTTP responses, in the shapes of openapi.yaml."""

from __future__ import annotations

import msgspec
from aws_lambda_powertools.event_handler import Response, content_types

from ..errors import (
    IndelibleError,
    InternalError,
    MethodNotAllowed,
    QuotaExceeded,
    Unauthenticated,
    ValidationFailed,
)
from ..times import format_time

_SERVER_ERROR = 500
_READ = ("GET", "HEAD")

METHODS = {
    "/v1/anchors": _READ,
    "/v1/anchors/{anchor_id}": _READ,
    "/v1/anchors/{anchor_id}/verify": _READ,
    "/v1/checkpoint": _READ,
    "/v1/checkpoint/consistency": _READ,
    "/v1/events": (*_READ, "POST"),
    "/v1/events/batch": ("POST",),
    "/v1/events/{event_id}": _READ,
    "/v1/events/{event_id}/proof": _READ,
    "/v1/exports": (*_READ, "POST"),
    "/v1/exports/{export_id}": (*_READ, "DELETE"),
    "/v1/exports/{export_id}/download": _READ,
    "/v1/health": _READ,
    "/v1/log-keys": _READ,
    "/v1/public/anchors/lookup": _READ,
    "/v1/public/anchors/{anchor_id}/verify": _READ,
    "/v1/summary": _READ,
    "/v1/verify": _READ,
    "/v1/viewer": _READ,
    "/v1/viewer/{file}": _READ,
    "/viewer": _READ,
    "/viewer/{file}": _READ,
    "/v1/viewer-token": ("POST",),
}
"""By resource, as template.yaml has them. HEAD is answered as GET is, without the body.

API Gateway sends a function every method of its paths. So one table has the methods of all paths,
also those that another function handles, in the order of the header `Allow`."""


def json_response(
    status: int, value: dict[str, object], headers: dict[str, str | list[str]] | None = None
) -> Response[str]:
    """A JSON response."""
    return Response(
        status_code=status,
        content_type=content_types.APPLICATION_JSON,
        body=msgspec.json.encode(value).decode(),
        headers=headers or {},
    )


def text_file_response(name: str, text: str) -> Response[str]:
    """A text that is saved as a file."""
    disposition = f'attachment; filename="{name}"'
    headers: dict[str, str | list[str]] = {"Content-Disposition": disposition}
    return Response(200, "text/plain; charset=utf-8", text, headers=headers)


def error_response(error: IndelibleError) -> Response[str]:
    """The response to a request that raised an error. Every error becomes a response here."""
    value: dict[str, object] = {"error": error.code, "message": public_message(error)}
    if isinstance(error, ValidationFailed) and error.events:
        value["events"] = error.events
    if isinstance(error, QuotaExceeded):
        value["resets_at"] = format_time(error.resets_at)
    return json_response(error.status, value, _headers(error))


def _headers(error: IndelibleError) -> dict[str, str | list[str]]:
    """The headers of an error, which RFC 9110 wants with its status."""
    headers: dict[str, str | list[str]] = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def public_message(error: IndelibleError) -> str:
    """The message for the client. The text of a fault of the service is only for the log."""
    if error.public_message:
        return error.public_message
    return str(InternalError.public_message) if error.status >= _SERVER_ERROR else str(error)
