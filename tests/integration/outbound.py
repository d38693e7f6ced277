"""Requests to a server of the test, as to a host that somebody else runs."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from indelible.outbound.https import Answer, post
from indelible.outbound.urls import Url
from support.tls_server import HOST, Respond, Server, an_authority, serving

MOST_BYTES = 64 * 1024

BODY = b"old 0\n\naudit.example.com/log\n1\n"

PATIENCE = 0.4
"""Seconds that requests may take here, so that slow hosts cost a test little."""

Find = Callable[[str, int], list[str]]


def here(_host: str, _port: int) -> list[str]:
    """Finds every host on this machine."""
    return ["127.0.0.1"]


def send(
    server: Server,
    *,
    trust: ssl.SSLContext | None = None,
    find: Find = here,
    seconds: float = 30,
    path: str = "/w/add-checkpoint",
    allow_private: bool = True,
) -> Answer:
    """Send BODY to the server, as HOST."""
    url = Url(trust is not None, HOST, server.port, path)
    return post(
        url, BODY, MOST_BYTES, allow_private=allow_private, trust=trust, find=find, seconds=seconds
    )


@contextmanager
def over_tls(respond: Respond) -> Iterator[tuple[Server, ssl.SSLContext]]:
    authority = an_authority()
    with serving(respond, authority) as server:
        yield server, authority.trust
