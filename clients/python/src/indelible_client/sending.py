"""What the recorder sends through, and the kinds of answers that it tells apart."""

from __future__ import annotations

import encodings.idna  # noqa: F401  # a host name needs it; see _http
import gzip
import json
import os
import ssl
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Protocol, Union

import httpx

_SECONDS = httpx.Timeout(35.0, connect=5.0)  # API Gateway answers within 29 seconds
_SENT_AGAIN = {408, 425, 429}
_ACCEPTED, _INVALID, _SERVER_ERROR = 202, 422, 500


@dataclass(frozen=True)
class Receipt:
    status: str
    id: str | None = None
    errors: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Answered:
    """One receipt per event, in order."""

    receipts: tuple[Receipt, ...]


@dataclass(frozen=True)
class Refused:
    """Sending again does not help by itself. If it is final, nothing was or will be queued.

    If it is not final, somebody must change something outside: the key, the URL, the quota.
    """

    code: str
    message: str
    is_final: bool
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True)
class NotAnswered:
    """The batch may or may not have taken effect, or the service is busy."""

    reason: str
    retry_after: float | None = None


Answer = Union[Answered, Refused, NotAnswered]


class Sender(Protocol):
    def send(self, body: bytes, key: str, count: int) -> Answer:
        """Send one batch of `count` events. Raises nothing for what a network or server does."""

    def close(self) -> None:
        """Close connections. Another `send` may open new ones."""


class HttpSender:
    """Sends batches to the API. The API key is in no message and no repr."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        url = httpx.URL(base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError("base_url must begin with https:// and name a host")
        if not api_key or not all("!" <= char <= "~" for char in api_key):
            raise ValueError("api_key must be printable ASCII without spaces")
        self._url = base_url.rstrip("/") + "/v1/events/batch"
        self._key = api_key
        self._transport = transport
        self._now = now
        # Made here, not at the first request: what httpx imports late, a fork could cut in half.
        self._http = httpx.Client(timeout=_SECONDS, transport=transport)
        self._process = os.getpid()

    def send(self, body: bytes, key: str, count: int) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Idempotency-Key": key,
        }
        packed = gzip.compress(body, compresslevel=6, mtime=0)
        try:
            response = self._client().post(self._url, content=packed, headers=headers)
        except httpx.TransportError as error:
            if _is_certificate(error):
                return Refused("tls", "The certificate of the server was refused.", is_final=False)
            return NotAnswered(type(error).__name__)
        return read_answer(response, count, self._now())

    def close(self) -> None:
        if self._process == os.getpid():  # those of a parent are left to it
            self._http.close()
            self._process = 0

    def _client(self) -> httpx.Client:
        """Return the client of this process: a fork must not use the connections of its parent."""
        if self._process != os.getpid():
            self._http = httpx.Client(timeout=_SECONDS, transport=self._transport)
            self._process = os.getpid()
        return self._http


def read_answer(response: httpx.Response, count: int, now: datetime) -> Answer:
    """Tell what an answer means for the batch of `count` events that was sent."""
    status, answer = response.status_code, _object(response)
    receipts = _receipts(answer, count)
    if status == _ACCEPTED:
        return Answered(receipts) if receipts else NotAnswered("an answer without receipts")
    code = answer.get("error")
    if not isinstance(code, str):
        code = f"http_{status}"
    message = str(answer.get("message", ""))
    if code == "quota_exceeded":
        return Refused(code, message, is_final=False)
    if status in _SENT_AGAIN or status >= _SERVER_ERROR:
        return NotAnswered(code, _retry_after(response.headers.get("Retry-After"), now))
    # The body is right when it leaves, so 400 comes from something that changes it on the way.
    is_final = status == _INVALID and (bool(receipts) or code == "idempotency_conflict")
    return Refused(code, message, is_final, receipts)


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):  # HTML of a proxy, or half an answer
        return {}
    return answer if isinstance(answer, dict) else {}


def _receipts(answer: dict[str, Any], count: int) -> tuple[Receipt, ...]:
    """Return all receipts, or none if they are not the receipts of `count` events."""
    found = answer.get("events")
    if not isinstance(found, list) or len(found) != count:
        return ()
    if not all(isinstance(receipt, dict) for receipt in found):
        return ()
    receipts = tuple(
        Receipt(str(r.get("status")), r.get("id"), tuple(r.get("errors") or ())) for r in found
    )
    known = {"queued", "duplicate", "invalid", "failed"}
    return receipts if all(receipt.status in known for receipt in receipts) else ()


def _retry_after(value: str | None, now: datetime) -> float | None:
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone: wait as usual
        return None


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
