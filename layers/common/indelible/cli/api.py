"""Requests to the API, for those who have an API key and no AWS account."""

# ruff: noqa: PLC0415 (offline checks load no HTTP library)
from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from .. import __version__
from ..errors import IndelibleError, NotCovered, Unavailable

URL, KEY = "INDELIBLE_URL", "INDELIBLE_API_KEY"
"""The variables of the environment that the clients read, too."""

MAX_BYTES = 2 * 1024 * 1024
_SECONDS = 30
_TRIES = 3
_LONGEST_PAUSE = 60
_OK, _TOO_MANY, _UNAVAILABLE = 200, 429, 503


class Refused(IndelibleError):
    """An answer that is an error: its HTTP status, and the code of the error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message or f"The API answered {status}.")
        self.http_status = status
        self.error_code = code


@dataclass(frozen=True, slots=True)
class Api:
    """The API at `url`, without `/api`, with an API key."""

    url: str
    api_key: str

    @property
    def host(self) -> str:
        """The host that answers."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def address(self, path: str) -> str:
        """The address of a path of the API."""
        return f"{self.url}/api{path}"

    def get(self, path: str) -> bytes:
        """The body of the answer, of at most MAX_BYTES.

        Waits and tries again a few times while the API answers that it is busy. Raises Refused for
        an answer that is an error, and Unavailable when there is none.
        """
        return self._answer(path, None)

    def post(self, path: str, value: dict[str, object]) -> bytes:
        """The body of the answer to a value that is sent as JSON. Waits and fails as `get` does.

        Only for requests that may be repeated.
        """
        return self._answer(path, json.dumps(value).encode())

    def _answer(self, path: str, sent: bytes | None) -> bytes:
        for left in reversed(range(_TRIES)):
            status, pause, body = self._request(path, sent)
            if status == _OK:
                return body
            is_busy = status == _TOO_MANY or (
                status == _UNAVAILABLE and _code(body) != NotCovered.code
            )
            if not left or not is_busy:
                break
            time.sleep(min(pause, _LONGEST_PAUSE))
        raise Refused(status, _code(body), _message(body))

    def _request(self, path: str, sent: bytes | None) -> tuple[int, int, bytes]:
        """The status, the seconds to wait before another try, and the body."""
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import HTTPRedirectHandler, Request, build_opener

        class NoRedirect(HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                """A redirect could take the API key to another host."""

        headers = {
            "User-Agent": f"indelible/{__version__}",
            "Authorization": f"Bearer {self.api_key}",
        }
        if sent is not None:
            headers["Content-Type"] = "application/json"
        request = Request(self.address(path), sent, headers)  # noqa: S310 - http or https
        try:
            with build_opener(NoRedirect).open(request, timeout=_SECONDS) as answer:
                return answer.status, 0, _bounded(answer.read(MAX_BYTES + 1))
        except HTTPError as error:
            with error:
                return error.code, _pause(error.headers.get("Retry-After")), error.read(MAX_BYTES)
        except (OSError, HTTPException) as error:
            raise Unavailable(f"{self.host} did not answer: {error}") from None


def find_api(*, scope: str = "events:read") -> Api:
    """The API that the environment names. Raises IndelibleError, which says what to set."""
    url, api_key = os.environ.get(URL, "").rstrip("/"), os.environ.get(KEY, "").strip()
    if not _is_address(url):
        raise IndelibleError(f"Set {URL} to the API's address, such as https://audit.example.com.")
    if not api_key:
        raise IndelibleError(f"Set {KEY} to an API key with the scope {scope}.")
    if not (api_key.isascii() and api_key.isprintable()):  # the HTTP library would print it
        raise IndelibleError(f"{KEY} has a character that no API key has. Copy the key again.")
    return Api(url, api_key)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def proof_path(event_id: str) -> str:
    """The path of the proof of an event."""
    return f"/v1/events/{quote(event_id, safe='')}/proof"


def _bounded(body: bytes) -> bytes:
    if len(body) > MAX_BYTES:
        raise Unavailable(f"The API answered with more than {MAX_BYTES:,} bytes.")
    return body


def _pause(seconds: str | None) -> int:
    """The seconds of a header `Retry-After`; 1 without one, or if it is a date."""
    if seconds is None or not seconds.isdecimal():
        return 1
    return int(seconds) if len(seconds) <= len(str(_LONGEST_PAUSE)) else _LONGEST_PAUSE


def _error(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _code(body: bytes) -> str:
    return str(_error(body).get("error", ""))


def _message(body: bytes) -> str:
    return str(_error(body).get("message", ""))[:1_000]
