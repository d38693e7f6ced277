"""The errors that Indelible raises on purpose, typed.

`web/responses.py` turns those of a request into HTTP responses. The command line prints each as one
sentence and exits with a status.
"""

from __future__ import annotations

from typing import ClassVar


class IndelibleError(Exception):
    """The root of all errors raised on purpose; its text tells the reader what to do.

    `status` and `code` are those of the HTTP response. `public_message` is the response's message
    where the error's own text is only for the log. `retry_after` is the number of seconds after
    which the same request may succeed, for the header `Retry-After`.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    public_message: str | None = None
    retry_after: int | None = None


class MalformedBody(IndelibleError):
    """The request's body is not JSON."""

    status = 400
    code = "malformed_json"


class PayloadTooLarge(IndelibleError):
    """The request's body is over the limit."""

    status = 413
    code = "payload_too_large"


class Unauthenticated(IndelibleError):
    """The API key is missing, malformed, unknown or revoked; the response does not say which."""

    status = 401
    code = "unauthenticated"
    public_message = "Send a valid API key as `Authorization: Bearer imk_...`."


class InvalidToken(Unauthenticated):
    """A viewer token is forged, has expired or was withdrawn; its text, for the log, says which."""

    public_message = "The viewer token is not valid, or no longer. Get a new one from its issuer."


class Forbidden(IndelibleError):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"


class MethodNotAllowed(IndelibleError):
    """The path is known, and has other methods: `allowed`, in the order of the header `Allow`."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"This path has no such method. Use {' or '.join(allowed)}.")
        self.allowed = allowed


class ValidationFailed(IndelibleError):
    """Nothing in the request can be accepted; `events` says why, event by event, as JSON."""

    status = 422
    code = "validation_failed"

    def __init__(self, message: str, events: list[dict[str, object]] | None = None) -> None:
        super().__init__(message)
        self.events = events


class InvalidCursor(IndelibleError):
    """The cursor was not issued by this service for this question."""

    status = 400
    code = "invalid_cursor"


class LimitReached(IndelibleError):
    """A limit of the workspace is used up; it is free again after `retry_after` seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(LimitReached):
    """The workspace may send no more this minute, or has too many unfinished exports."""

    code = "rate_limited"


class QuotaExceeded(LimitReached):
    """The workspace's events of this month are used up, until `resets_at` in microseconds.

    It has no `retry_after`: HTTP libraries would sleep for weeks.
    """

    code = "quota_exceeded"

    def __init__(self, message: str, resets_at: int) -> None:
        super().__init__(message, retry_after=None)
        self.resets_at = resets_at


class Backlogged(LimitReached):
    """The workspace's events cannot be chained in time, so new ones are refused for a while."""

    code = "backlogged"


class Unavailable(IndelibleError):
    """A service that this one depends on failed or was too slow; the same call may work later."""

    status = 503
    code = "unavailable"
    public_message = "The request was not carried out. Send the same request again."
    retry_after = 1


class FromNewerVersion(Unavailable):
    """A message or a segment that this version cannot read, but a newer one might.

    It is not damage. Both versions run during an upgrade or a rollback, so it is tried again.
    """

    public_message = (
        "This version of the service cannot read some records, which may be from a newer version."
        " Send the same request again later."
    )

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}: it may be from a newer version; upgrade, then try again")


class InternalError(IndelibleError):
    """A fault of the service itself; repeating the request does not help."""

    public_message = "The service failed. Sending the same request again does not help; report it."


class DamagedItem(InternalError):
    """An item of the table, other than a segment, is not as the service writes it."""


class MissingSettings(IndelibleError):
    """A function's environment lacks variables that it needs."""


class OutOfTime(IndelibleError):
    """The invocation's time is used up; the next delivery continues where this one ended."""


class SequenceTaken(IndelibleError):
    """A segment is already stored at this sequence: the chain has grown in the meantime."""


class Unreadable(IndelibleError):
    """Bytes that should be a message, a segment or a record are not."""

    code = "chain_damaged"
    public_message = "The chain is damaged there. GET /v1/verify names the place."


class ChainHeld(IndelibleError):
    """A chain is covered no further, because what follows does not verify; the text is public."""

    status = 500
    code = "chain_damaged"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.public_message = message


class CheckpointsOff(IndelibleError):
    """This deployment makes no proofs. A list with `include=proof` has it as the reason."""

    status = 404
    code = "checkpoints_off"
    public_message = "The operator has switched checkpoints off, so there is no proof."


class NotCovered(IndelibleError):
    """A record has waited too long for the log to cover it; the text is public."""

    status = 503
    code = "not_covered"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.public_message = message
        self.retry_after = retry_after


class Oversized(Unreadable):
    """Bytes that decompress to more than their limit."""


class WrongProof(IndelibleError):
    """A proof that does not show what it is for; the text says what is wrong with it."""


class Contradiction(InternalError):
    """What is stored about the log contradicts itself; nothing is signed that would hide it."""


class UnknownKey(Contradiction):
    """A run is to log a key that this deployment does not sign with; another may have signed it."""


class MissingPackage(IndelibleError):
    """A package is not installed that only some commands need; the text says how to install it."""


class ExportFailed(IndelibleError):
    """An export cannot be made, however often it is tried; the text is for its client."""


class NotFound(IndelibleError):
    """No workspace, key, event or export has this name."""

    status = 404
    code = "not_found"


class NotReady(IndelibleError):
    """What the request wants is still being made; it may be there after `retry_after` seconds."""

    status = 409
    code = "not_ready"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AlreadyFinished(IndelibleError):
    """What the request wants to stop has ended already."""

    status = 409
    code = "already_finished"


class Expired(IndelibleError):
    """There was such an export, and it is no longer kept."""

    status = 410
    code = "expired"


class Unreached(IndelibleError):
    """Some messages of a queue are held by another reader; the same call may reach them later."""


class Conflict(IndelibleError):
    """The same thing was changed at the same time; read it again and repeat."""
