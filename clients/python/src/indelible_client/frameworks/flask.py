"""For Flask: `app.wsgi_app = AuditMiddleware(app.wsgi_app, actor=…)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional, TypeVar

import flask

from . import wsgi
from .request_context import Actor

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

T = TypeVar("T")


class AuditMiddleware(wsgi.AuditMiddleware):
    """As for WSGI, with functions that use `flask.g`, `flask.session` and the like."""

    def __init__(
        self,
        wsgi_app: WSGIApplication,
        *,
        actor: Callable[[], Optional[Actor]] = lambda: None,
        session: Callable[[], Optional[str]] = lambda: None,
        trusted_proxies: int = 0,
    ) -> None:
        super().__init__(
            wsgi_app,
            actor=lambda _: _within_flask(actor),
            session=lambda _: _within_flask(session),
            trusted_proxies=trusted_proxies,
        )


def _within_flask(function: Callable[[], Optional[T]]) -> Optional[T]:
    """Call the function, unless Flask's own context has ended, as in a streamed response."""
    return function() if flask.has_request_context() else None
