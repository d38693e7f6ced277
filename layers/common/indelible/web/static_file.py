"""Static files: the answers with which browsers get them, or keep those that they have."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from aws_lambda_powertools.event_handler import Response

from .request import Headers, header_values

_OK, _NOT_MODIFIED = 200, 304
_ETAG_DIGITS = 32


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A text that is served. Its tag is weak, because the file may be sent compressed or not."""

    text: str
    compressed: bytes
    content_type: str
    etag: str
    headers: dict[str, str]

    def answer(self, request_headers: Headers) -> Response[Any]:
        """The answer to a request with these headers: 304 if the browser has the file already."""
        headers: dict[str, str | list[str]] = {
            **self.headers,
            "ETag": self.etag,
            "Vary": "Accept-Encoding",
        }
        if _names(request_headers, self.etag):
            return Response(_NOT_MODIFIED, self.content_type, "", headers)
        if not _takes_gzip(request_headers):
            return Response(_OK, self.content_type, self.text, headers)
        # Powertools sends bytes as base64, which API Gateway decodes.
        headers["Content-Encoding"] = "gzip"
        return Response(_OK, self.content_type, self.compressed, headers)


def static_file(text: str, content_type: str, headers: dict[str, str]) -> StaticFile:
    """The file of a text, with the headers that it always has."""
    content = text.encode()
    etag = f'W/"{sha256(content).hexdigest()[:_ETAG_DIGITS]}"'
    return StaticFile(text, gzip.compress(content, mtime=0), content_type, etag, headers)


def _names(headers: Headers, etag: str) -> bool:
    """Whether `If-None-Match` names the file. It compares weakly (RFC 9110, section 13.1.2)."""
    named = ",".join(header_values(headers, "if-none-match")).split(",")
    return any(each.strip() in ("*", etag, etag.removeprefix("W/")) for each in named)


def _takes_gzip(headers: Headers) -> bool:
    accepted = ",".join(header_values(headers, "accept-encoding")).lower().split(",")
    return any(each.replace(" ", "") in ("gzip", "gzip;q=1", "gzip;q=1.0") for each in accepted)
