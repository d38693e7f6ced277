"""What can go wrong. Every error of this package is an IndelibleError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from .types import Receipt


class IndelibleError(Exception):
    """A call that did not succeed.

    `code` is the API's stable name of the error, such as `rate_limited`, or None.
    `status_code` is 0 if there was no answer. `response_data` is the JSON of the answer, or empty.
    `request_id` is the id under which the service logs the request.
    `retry_after` is the number of seconds that the service asks to wait, or None.
    `idempotency_key` is the key that the request was sent under. The same call with this key is
    safe: an event that was recorded after all is not recorded again.
    """

    def __init__(
        self,
        message: str,
        status_code: int = 0,
        response_data: Optional[Mapping[str, Any]] = None,
        *,
        code: Optional[str] = None,
        request_id: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.response_data = dict(response_data or {})
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.idempotency_key: Optional[str] = None

    def __str__(self) -> str:
        """Status, code and message, as far as they are known."""
        known = " ".join(str(each) for each in (self.status_code, self.code) if each)
        return f"{known}: {self.message}" if known else self.message

    @property
    def events(self) -> list[Receipt]:
        """The receipts of the events in the answer, in order; empty if it has none."""
        return list(self.response_data.get("events", []))


# Before a request is sent.


class InvalidSettings(IndelibleError, ValueError):
    """The base URL or the API key cannot be right."""


class InvalidArgument(IndelibleError, ValueError):
    """An argument that cannot be sent, such as a value that JSON does not have."""


# An event is not recorded.


class InvalidEvent(InvalidArgument):
    """The service would refuse the event. `field` is the path of what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field or 'the event'} {message}")
        self.field = field


class StoreFull(IndelibleError):
    """The buffer or the spool has no room for another event."""


class RecorderClosed(IndelibleError):
    """The recorder was closed."""


class SpoolFailed(IndelibleError):
    """The spool could not be written or read."""


class SpoolDamaged(SpoolFailed):
    """The file is no spool, or is damaged, or a newer version made it. It is left as it is."""


class TransactionMisuse(IndelibleError):
    """`record` of an outbox needs your transaction around it, and its `drain` must have none."""


# The service refuses the request. Sending it again unchanged does not help.


class Unauthenticated(IndelibleError):
    """The API key is missing, unknown or revoked."""


class Forbidden(IndelibleError):
    """The key lacks the scope, the address is not allowed, or a link was changed."""


class NotFound(IndelibleError):
    """The workspace has nothing with this id. An event is found once it is chained."""


class Invalid(IndelibleError):
    """The request or each of its events is invalid. `events` has what is wrong with each."""


class IdempotencyConflict(IndelibleError):
    """The key stands for other content. `events` is empty if it is the key of a request."""


class TooLarge(IndelibleError):
    """The body is too large. Send fewer events."""


class InvalidCursor(IndelibleError):
    """The cursor belongs to another list. Start again without it."""


class AlreadyFinished(IndelibleError):
    """The export has ended, so it cannot be cancelled."""


class Expired(IndelibleError):
    """The export has expired. Start a new one."""


class QuotaExceeded(IndelibleError):
    """The month's events are used up. `resets_at` says when the next month begins."""

    @property
    def resets_at(self) -> Optional[str]:
        """When the quota begins anew, in UTC."""
        found = self.response_data.get("resets_at")
        return found if isinstance(found, str) else None


class ServiceFailed(IndelibleError):
    """The service failed. Sending the request again does not help. Report it."""


class ChainDamaged(ServiceFailed):
    """Something stored cannot be read. `verify` names the place."""


# The same request may succeed later.


class NotReady(IndelibleError):
    """The file of an export is still being made."""


class RateLimited(IndelibleError):
    """Too many requests, bytes or unfinished exports. Nothing was done."""


class Backlogged(IndelibleError):
    """Too many events of the workspace wait to be chained. Nothing was done."""


class Unavailable(IndelibleError):
    """The service could not carry out the request."""


class PartlyQueued(Unavailable):
    """Some events of a batch have the status `failed`. `events` has all receipts.

    Send the same batch again under `idempotency_key`. No event is recorded twice.
    """


class TransportError(IndelibleError):
    """There is no answer."""


class NotConnected(TransportError):
    """No connection was made, so the request was not sent."""


class Timeout(TransportError):
    """No answer in time. The request may have been carried out."""


class BrokenConnection(TransportError):
    """The connection broke. The request may have been carried out."""


# Something is set up wrongly.


class TLSFailure(TransportError):
    """The server's certificate or its TLS is not accepted."""


class NotIndelible(IndelibleError):
    """The answer is not one of this API. Something else is at the base URL, or in between."""
