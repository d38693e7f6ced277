"""For Django: `"indelible_client.frameworks.django.AuditMiddleware"` in MIDDLEWARE."""

from __future__ import annotations

from typing import Any, Callable, Optional

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieSession
from django.http import FileResponse, HttpRequest
from django.utils.module_loading import import_string

from .request_context import Actor, RequestContext
from .request_headers import checked
from .response_parts import InAsyncRequest, InRequest
from .wsgi import header_of


def user_of(request: HttpRequest) -> Optional[Actor]:
    """Return the authenticated user, if there is one."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    key = user.pk if isinstance(user.pk, int) else str(user.pk)
    return Actor(key, user.get_username())


def _session_of(request: HttpRequest) -> Optional[str]:
    """Return the key of the session. One that is kept in a cookie has none."""
    session = getattr(request, "session", None)
    return None if session is None or isinstance(session, CookieSession) else session.session_key


class DjangoRequest(RequestContext):
    """A request whose user may have to be fetched from the database."""

    async def actor_async(self) -> Optional[Actor]:
        return await sync_to_async(self.actor)()


class AuditMiddleware:
    """Makes each request the one under way until its response is closed.

    The setting INDELIBLE_ACTOR names a function of the request that returns its actor, in place of
    `user_of`. X-Forwarded-For counts only if the setting INDELIBLE_TRUSTED_PROXIES says how many
    proxies append to it.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._actor = import_string(getattr(settings, "INDELIBLE_ACTOR", f"{__name__}.user_of"))
        self._trusted_proxies = checked(getattr(settings, "INDELIBLE_TRUSTED_PROXIES", 0))
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        context = self._context_of(request)
        if self._is_async:
            return self._respond_async(context, request)
        with context.begun():
            response = self._get_response(request)
        return _within(context, response)

    async def _respond_async(self, context: RequestContext, request: HttpRequest) -> Any:
        with context.begun():
            response = await self._get_response(request)
        return _within(context, response)

    def _context_of(self, request: HttpRequest) -> RequestContext:
        return DjangoRequest(
            actor=lambda: self._actor(request),
            session=lambda: _session_of(request),
            peer=lambda: request.META.get("REMOTE_ADDR"),
            header=lambda name: header_of(request.META, name),
            trusted_proxies=self._trusted_proxies,
        )


def _within(context: RequestContext, response: Any) -> Any:
    """Keep the request under way while its response is streamed. A file is sent as it is."""
    if response.streaming and not isinstance(response, FileResponse):
        kind = InAsyncRequest if response.is_async else InRequest
        response.streaming_content = kind(context, response.streaming_content)
    else:
        context.has_ended = True
    return response
