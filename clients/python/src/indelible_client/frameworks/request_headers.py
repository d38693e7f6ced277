"""What the headers and the connection of a request say, as the values of an event's fields."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import Optional

from ..errors import InvalidSettings

MAX_USER_AGENT = 4_096
"""Characters, as long as all headers together may be in Node.js. It leaves room in an event."""
MAX_REQUEST_ID = 200
"""Characters. The id is part of the metadata, whose bytes are the application's."""

_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](:\d*)?|(?P<v4>[^:]*):\d*")


def header_text(value: bytes, limit: int) -> Optional[str]:
    """Return a header's value as text, or None if it is empty. What is too long is cut.

    It is UTF-8, or else Latin-1, in which all bytes are text.
    """
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text.strip()[:limit] or None


def checked(trusted_proxies: int) -> int:
    """Return the number of proxies. A negative one would trust what the client claims."""
    if trusted_proxies < 0:
        raise InvalidSettings("trusted_proxies is the number of proxies: 0 or more.")
    return trusted_proxies


def client_address(peer: Optional[str], forwarded: bytes, trusted_proxies: int) -> Optional[str]:
    """Return the client's address, without port and zone, or None if it is not known.

    `peer` is the other end of the connection, and `forwarded` the value of X-Forwarded-For. Each
    proxy appends the address from which it got the request. So the entry that the first trusted
    proxy wrote is the nth from the right. Those left of it are what the client claims.
    """
    entries = forwarded.decode("latin-1").split(",") if forwarded else []
    if 0 < trusted_proxies <= len(entries):
        return _address(entries[-trusted_proxies])
    return _address(peer or "")


def _address(text: str) -> Optional[str]:
    text = text.strip()
    found = _WITH_PORT.fullmatch(text)
    if found:
        text = found["v6"] or found["v4"] or ""
    text = text.partition("%")[0]
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return None
    return text


def session_name(session_id: str) -> str:
    """Return a name for a session, by which to find its events.

    The id itself is a secret: with it, a reader of the log could take the session over.
    """
    return hashlib.sha256(session_id.encode(errors="replace")).hexdigest()[:32]
