"""For FastAPI and Starlette: `app.add_middleware(AuditMiddleware, actor=…)`."""

from __future__ import annotations

from typing import Callable, Optional

from starlette.requests import HTTPConnection

from . import asgi
from .request_context import Actor


class AuditMiddleware(asgi.AuditMiddleware):
    """As for ASGI, with functions that get the connection: a request, or a WebSocket.

    A dependency that finds out the actor puts it into `request.state`.
    """

    def __init__(
        self,
        app: asgi.Application,
        *,
        actor: Callable[[HTTPConnection], Optional[Actor]] = lambda _: None,
        session: Callable[[HTTPConnection], Optional[str]] = lambda _: None,
        trusted_proxies: int = 0,
    ) -> None:
        super().__init__(
            app,
            actor=lambda scope: actor(HTTPConnection(scope)),
            session=lambda scope: session(HTTPConnection(scope)),
            trusted_proxies=trusted_proxies,
        )

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        # Middleware may copy the scope. The state is shared if it is there before.
        if scope["type"] != "lifespan":
            scope.setdefault("state", {})
        await super().__call__(scope, receive, send)
