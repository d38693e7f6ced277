"""The request that is under way, as far as events need it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Callable, Optional, Union

from .request_headers import (
    MAX_REQUEST_ID,
    MAX_USER_AGENT,
    client_address,
    header_text,
    session_name,
)


@dataclass(frozen=True)
class Actor:
    """Who has sent a request."""

    id: Union[str, int]
    name: Optional[str] = None
    type: Optional[str] = None


class RequestContext:
    """Reads a request when an event is recorded, since the actor is found out late.

    `actor` and `session` are the application's functions, `peer` returns the address of the other
    end of the connection, and `header` the value of a header, empty if there is none.
    """

    def __init__(
        self,
        actor: Callable[[], Optional[Actor]],
        session: Callable[[], Optional[str]],
        peer: Callable[[], Optional[str]],
        header: Callable[[str], bytes],
        trusted_proxies: int,
    ) -> None:
        self.actor = actor
        self._session = session
        self._peer = peer
        self._header = header
        self._trusted_proxies = trusted_proxies
        self.has_ended = False

    async def actor_async(self) -> Optional[Actor]:
        """Return the actor without blocking the event loop."""
        return self.actor()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Make it the request under way, for what runs within."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Do the same for the application's call. If that fails, the request has ended."""
        with self.entered():
            try:
                yield
            except BaseException:
                self.has_ended = True
                raise

    def fields(self) -> dict[str, Any]:
        """Return the fields of an event that do not depend on the actor. None means not known."""
        session = self._session()
        request_id = header_text(self._header("x-request-id"), MAX_REQUEST_ID)
        return {
            "ip_address": client_address(
                self._peer(), self._header("x-forwarded-for"), self._trusted_proxies
            ),
            "user_agent": header_text(self._header("user-agent"), MAX_USER_AGENT),
            "session_id": session_name(session) if session else None,
            "metadata": {"request_id": request_id} if request_id else {},
        }


_current: ContextVar[Optional[RequestContext]] = ContextVar("indelible_request", default=None)


def current() -> Optional[RequestContext]:
    """Return the request under way, or None.

    A task that outlives its request does not belong to it any more. Otherwise a worker that starts
    in a request would record all its events in the name of that request's actor.
    """
    request = _current.get()
    return None if request is None or request.has_ended else request
