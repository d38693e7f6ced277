"""For any ASGI application: `app = AuditMiddleware(app, actor=…)`."""

from __future__ import annotations

from collections.abc import Awaitable, MutableMapping
from typing import Any, Callable, Optional

from .request_context import Actor, RequestContext
from .request_headers import checked

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class AuditMiddleware:
    """Makes each request, or WebSocket, the one under way until the application returns.

    `actor` and `session` get the scope and return who has sent the request, and the id of its
    session. X-Forwarded-For counts only if `trusted_proxies` says how many proxies append to it.
    """

    def __init__(
        self,
        app: Application,
        *,
        actor: Callable[[Scope], Optional[Actor]] = lambda _: None,
        session: Callable[[Scope], Optional[str]] = lambda _: None,
        trusted_proxies: int = 0,
    ) -> None:
        self._app = app
        self._actor = actor
        self._session = session
        self._trusted_proxies = checked(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request = RequestContext(
            actor=lambda: self._actor(scope),
            session=lambda: self._session(scope),
            peer=lambda: (scope.get("client") or [None])[0],
            header=lambda name: _header(scope, name),
            trusted_proxies=self._trusted_proxies,
        )
        try:
            with request.entered():
                await self._app(scope, receive, send)
        finally:
            request.has_ended = True


def _header(scope: Scope, name: str) -> bytes:
    """Return a header. One that is sent several times is a list."""
    wanted = name.encode()
    return b",".join(value for key, value in scope["headers"] if key.lower() == wanted)
