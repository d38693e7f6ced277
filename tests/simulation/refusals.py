"""Refusals of AWS in the form in which botocore raises them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from botocore.exceptions import ClientError

_SERVER_ERRORS = {"InternalServerError", "ServiceUnavailable"}


def refusal(operation: str, code: str, message: str = "", **details: Any) -> ClientError:
    """The error that a client raises for this code."""
    status = 500 if code in _SERVER_ERRORS else 400
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **details,
    }
    return ClientError(response, operation)


def expect(request: Mapping[str, Any], required: Collection[str], optional: str = "") -> None:
    """Fail on an unknown parameter, so that a double never answers what AWS would not."""
    given, known = set(request), {*required, *optional.split()}
    if not set(required) <= given <= known:
        raise NotImplementedError(
            f"a double knows {sorted(known)}, needs {sorted(required)}, was given {sorted(given)}"
        )
