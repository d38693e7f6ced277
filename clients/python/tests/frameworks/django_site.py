"""A Django application with sessions and users, and without a database.

Its user is loaded by a backend that, as the database, refuses to run in an event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any, Optional

from django.contrib.auth.models import User
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.urls import path
from django.utils.asyncio import async_unsafe
from recorded import Recorded

from indelible_client.frameworks import Actor

PLACE: dict[str, Recorded] = {}
CONTEXTS: list[Context] = []
"""The context of each event, as a task that was started there has it."""


class Users:
    """All users exist."""

    @async_unsafe("the database cannot be used in an event loop")  # type: ignore[untyped-decorator]
    def get_user(self, key: int) -> User:
        return user(key)


def user(key: int) -> User:
    return User(pk=key, username=f"user_{key}")


def service_of(request: HttpRequest) -> Optional[Actor]:
    name = request.headers.get("X-Service")
    return Actor(name, type="service") if name else None


def record(action: str, **fields: Any) -> None:
    CONTEXTS.append(copy_context())
    PLACE["recorded"].audit.record(action, **fields)


async def arecord(action: str, **fields: Any) -> None:
    CONTEXTS.append(copy_context())
    await PLACE["recorded"].audit.arecord(action, **fields)


def delete(request: HttpRequest, document: int) -> HttpResponse:
    record("document.deleted", resource_id=document)
    return HttpResponse("done")


async def delete_async(request: HttpRequest, document: int) -> HttpResponse:
    await arecord("document.deleted", resource_id=document)
    return HttpResponse("done")


def by_a_job(request: HttpRequest) -> HttpResponse:
    record("job.ran", actor_id="job_1")
    return HttpResponse("done")


def fails(request: HttpRequest) -> HttpResponse:
    raise OSError("of the view")


def on_error(request: HttpRequest) -> HttpResponse:
    if request.path == "/fails":
        record("view.failed")
    return HttpResponse("sorry", status=500)


def stream(request: HttpRequest) -> HttpResponseBase:
    def parts() -> Iterator[str]:
        for part in ("one", "two"):
            record("part.sent")
            yield part

    return StreamingHttpResponse(parts())


async def stream_async(request: HttpRequest) -> HttpResponseBase:
    async def parts() -> AsyncIterator[str]:
        for part in ("one", "two"):
            await arecord("part.sent")
            yield part

    return StreamingHttpResponse(parts())


def file(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(Path(__file__).open("rb"))


handler500 = on_error
urlpatterns = [
    path("documents/<int:document>", delete),
    path("async/<int:document>", delete_async),
    path("job", by_a_job),
    path("fails", fails),
    path("stream", stream),
    path("stream-async", stream_async),
]
