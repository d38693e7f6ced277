"""Every way in which Indelible says no, typed.

`runtime/answers.py` turns those of a request into HTTP answers, the command line turns
all of them into one sentence and an exit status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ingest.receipt import Receipt


class IndelibleError(Exception):
    """The root of all errors raised on purpose; its text tells the reader what to do."""


class MalformedBody(IndelibleError):
    """The request's body is not JSON."""


class PayloadTooLarge(IndelibleError):
    """The request's body is over the limit."""


class Unauthenticated(IndelibleError):
    """The API key is missing, malformed, unknown or revoked; which of them is not told."""


class Forbidden(IndelibleError):
    """The caller is known and may not do this."""


class ValidationFailed(IndelibleError):
    """Nothing in the request can be accepted; `receipts` says why, event by event."""

    def __init__(self, message: str, receipts: list[Receipt] | None = None) -> None:
        super().__init__(message)
        self.receipts = receipts


class IdempotencyConflict(ValidationFailed):
    """The idempotency key of every event in the request already stands for another event."""


class InvalidCursor(IndelibleError):
    """A cursor is not one that we gave for this question."""


class LimitReached(IndelibleError):
    """A limit of the workspace is used up; it is free again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(LimitReached):
    """The workspace's requests, bytes or repeats of this minute are used up."""


class QuotaExceeded(LimitReached):
    """The workspace's events of this month are used up."""


class Backlogged(LimitReached):
    """The workspace's events cannot be chained in time; it is asked to wait."""


class Unavailable(IndelibleError):
    """A service we depend on did not do its part in time; the same call may work later."""


class OutOfTime(IndelibleError):
    """The invocation's time is used up; the next delivery goes on where this one ended."""


class SequenceTaken(IndelibleError):
    """Another segment stands where this one was to go: the chain has moved on."""


class Unreadable(IndelibleError):
    """Bytes that should be a message, a segment or a record are not."""


class FromNewerVersion(Unreadable):
    """A message that this version cannot read, but a newer one might."""

    def __init__(self, reason: str) -> None:
        advice = "may be of a newer version; redrive once the writer is as new"
        super().__init__(f"{reason}: {advice}")


class Oversized(Unreadable):
    """Bytes that decompress to more than they may."""


class ExportFailed(IndelibleError):
    """An export that cannot be made, however often it is tried; its text is for its client."""


class NotFound(IndelibleError):
    """What is named does not exist: a workspace, a key, an event, an export."""


class Unreached(IndelibleError):
    """Messages of a queue that are in somebody else's hands; the same call may reach them later."""


class Conflict(IndelibleError):
    """Somebody changed the same thing at the same time; read it again and repeat."""
