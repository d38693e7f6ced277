"""What an answer says: the result of a call, or its error. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Optional, TypeVar, cast

from . import errors
from .calls import Call
from .errors import IndelibleError

T = TypeVar("T")

LOCATION = "location"


@dataclass(frozen=True)
class Answer:
    """An HTTP response. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


ERRORS: dict[str, type[IndelibleError]] = {
    "unauthenticated": errors.Unauthenticated,
    "forbidden": errors.Forbidden,
    "not_found": errors.NotFound,
    "malformed_json": errors.Invalid,
    "validation_failed": errors.Invalid,
    "idempotency_conflict": errors.IdempotencyConflict,
    "invalid_cursor": errors.InvalidCursor,
    "payload_too_large": errors.TooLarge,
    "not_ready": errors.NotReady,
    "already_finished": errors.AlreadyFinished,
    "expired": errors.Expired,
    "rate_limited": errors.RateLimited,
    "quota_exceeded": errors.QuotaExceeded,
    "backlogged": errors.Backlogged,
    "chain_damaged": errors.ChainDamaged,
    "internal": errors.ServiceFailed,
    "unavailable": errors.Unavailable,
}


def read(call: Call[T], answer: Answer) -> T:
    """Return the result of a call. Raises the error that the answer says."""
    if call.answer_has == "Location" and answer.status == 302 and LOCATION in answer.headers:
        return cast("T", answer.headers[LOCATION])
    data = _object_in(answer)
    if "events" in data and not _are_receipts(data["events"]):
        raise _foreign(answer)
    if not 200 <= answer.status < 300:
        raise _error(answer, data)
    if call.answer_has not in data:
        raise _foreign(answer)
    if call.answer_has == "events" and any(each["status"] == "failed" for each in data["events"]):
        message = "Some events could not be queued. Send the same batch again under its key."
        raise errors.PartlyQueued(message, answer.status, data, request_id=_request_id(answer))
    return cast("T", data)


def _are_receipts(found: object) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, dict) and isinstance(each.get("status"), str) for each in found
    )


def _object_in(answer: Answer) -> dict[str, Any]:
    """The JSON object in the body; empty if it has something else.

    Raises BrokenConnection if the end of the JSON is missing.
    """
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        if answer.headers.get("content-type", "").startswith("application/json"):
            raise errors.BrokenConnection("The answer is incomplete.", answer.status) from None
        return {}
    return found if isinstance(found, dict) else {}


def _error(answer: Answer, data: dict[str, Any]) -> IndelibleError:
    """The error of an answer that is no success."""
    code, message = data.get("error"), data.get("message")
    if not (isinstance(code, str) and isinstance(message, str)):
        return _gateways_error(answer)
    kind = ERRORS.get(code) or _kind_of_status(answer.status) or IndelibleError
    return kind(
        message,
        answer.status,
        data,
        code=code,
        request_id=_request_id(answer),
        retry_after=_retry_after(answer.headers),
    )


def _gateways_error(answer: Answer) -> IndelibleError:
    """The error of an answer that the service did not write."""
    kind = _kind_of_status(answer.status)
    if kind is None:
        return _foreign(answer)
    return kind(
        "The answer is not from the service, but from something before it, such as a proxy.",
        answer.status,
        request_id=_request_id(answer),
        retry_after=_retry_after(answer.headers),
    )


def _kind_of_status(status: int) -> Optional[type[IndelibleError]]:
    """What a status means, whoever answers with it."""
    if status == 429:
        return errors.RateLimited
    if status == 413:
        return errors.TooLarge
    if status == 500:
        return errors.ServiceFailed
    if status == 501:  # the service never answers with it, but servers of files do
        return None
    return errors.Unavailable if status > 500 or status in {408, 425} else None


def _foreign(answer: Answer) -> IndelibleError:
    """The error of an answer that is not one of this API. It shows none of the answer's text."""
    form = answer.headers.get("content-type", "").partition(";")[0] or "no type"
    hint = " It redirects." if 300 <= answer.status < 400 else ""
    return errors.NotIndelible(
        f"The answer ({answer.status}, {form}) is not one of this API.{hint} Check the base URL.",
        answer.status,
        request_id=_request_id(answer),
    )


def _request_id(answer: Answer) -> Optional[str]:
    """The id in the service's log. Clients can choose the other one, so it comes second."""
    return answer.headers.get("x-amz-apigw-id") or answer.headers.get("x-amzn-requestid")


def _retry_after(headers: Mapping[str, str]) -> Optional[float]:
    """Seconds from `Retry-After`. A date counts from the answer's `Date`, not from our clock."""
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        until, since = (parsedate_to_datetime(each) for each in (given, headers.get("date", "")))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None  # absent, or not a date: the caller backs off by itself


def check_file(status: int, received: int) -> None:
    """Raise the error of an answer by the storage of files.

    After `received` bytes of a file were received, the answer must be the rest of it.
    """
    if status == (206 if received else 200):
        return
    kind = errors.Unavailable if status >= 500 else IndelibleError
    raise kind("The storage of files does not send the file. Start the download again.", status)
