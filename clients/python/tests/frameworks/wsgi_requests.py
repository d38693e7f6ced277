"""Requests to a WSGI application: from a real server, and from a server of the test."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import setup_testing_defaults

from serving import serving

from indelible_client.frameworks import Actor
from indelible_client.frameworks.wsgi import AuditMiddleware

HEADERS = {
    "User-Agent": "Mozilla/5.0",
    "X-Request-ID": "req-42",
    "X-Forwarded-For": "198.51.100.66, 203.0.113.7",
    "X-User": "user_1",
    "Cookie": "sid=s3cret",
}


def user_of(environ: dict[str, Any]) -> Optional[Actor]:
    user = environ.get("HTTP_X_USER")
    return Actor(user, "Sarah Chen", "user") if user else None


def sid_of(environ: dict[str, Any]) -> Optional[str]:
    return str(environ.get("HTTP_COOKIE", "")).partition("=")[2] or None


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""


@contextmanager
def served(application: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application, handler_class=Silent)
    with serving(server) as url:
        yield url


def environ_of(user: Optional[str] = None, **variables: str) -> dict[str, Any]:
    environ: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.7", **variables}
    if user:
        environ["HTTP_X_USER"] = user
    setup_testing_defaults(environ)
    return environ


def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., Any]:
    return io.BytesIO().write


def wrapped(application: Any) -> AuditMiddleware:
    return AuditMiddleware(application, actor=user_of)


def body(middleware: AuditMiddleware, environ: dict[str, Any]) -> bytes:
    """Do as a server: iterate, and close."""
    parts = middleware(environ, start)
    try:
        return b"".join(parts)
    finally:
        getattr(parts, "close", lambda: None)()
