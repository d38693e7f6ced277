"""For any WSGI application: `application = AuditMiddleware(application, actor=…)`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable, Optional

from .request_context import Actor, RequestContext
from .request_headers import checked
from .response_parts import InRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

Environ = dict[str, Any]


class AuditMiddleware:
    """Makes each request the one under way until its response is closed.

    `actor` and `session` get the environ and return who has sent the request, and the id of its
    session. X-Forwarded-For counts only if `trusted_proxies` says how many proxies append to it.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        actor: Callable[[Environ], Optional[Actor]] = lambda _: None,
        session: Callable[[Environ], Optional[str]] = lambda _: None,
        trusted_proxies: int = 0,
    ) -> None:
        self._application = application
        self._actor = actor
        self._session = session
        self._trusted_proxies = checked(trusted_proxies)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = RequestContext(
            actor=lambda: self._actor(environ),
            session=lambda: self._session(environ),
            peer=lambda: environ.get("REMOTE_ADDR"),
            header=lambda name: header_of(environ, name),
            trusted_proxies=self._trusted_proxies,
        )
        with request.begun():
            parts = self._application(environ, start_response)
            if not _is_plain(parts, environ):
                return InRequest(request, parts)
        request.has_ended = True
        return parts


def header_of(environ: Environ, name: str) -> bytes:
    """Return a header as it was sent: PEP 3333 has its bytes as Latin-1."""
    value: str = environ.get(f"HTTP_{name.upper().replace('-', '_')}", "")
    return value.encode("latin-1", "replace")


def _is_plain(parts: Iterable[bytes], environ: Environ) -> bool:
    """No code of the application runs in these, and servers treat them specially."""
    wrapper = environ.get("wsgi.file_wrapper")
    return type(parts) in {list, tuple} or (
        isinstance(wrapper, type) and isinstance(parts, wrapper)
    )
