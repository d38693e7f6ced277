"""A FastAPI application, and one of Starlette."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Optional

import httpx
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from recorded import Recorded
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from indelible_client import InvalidEvent
from indelible_client.frameworks import Actor
from indelible_client.frameworks.fastapi import AuditMiddleware

HEADERS = {"X-User": "ann", "User-Agent": "Mozilla/5.0", "X-Request-ID": "req-42"}


def log_in(request: Request) -> None:
    """A dependency. Starlette runs it in a thread, so it cannot set a context variable."""
    name = request.headers.get("X-User")
    request.state.user = Actor(name, name.title()) if name else None


def user_of(connection: HTTPConnection) -> Optional[Actor]:
    return getattr(connection.state, "user", None)


def application(recorded: Recorded) -> FastAPI:  # noqa: C901  # its views
    app = FastAPI(dependencies=[Depends(log_in)])
    audit = recorded.audit

    @app.delete("/documents/{document}")
    def delete(document: str) -> str:
        audit.record("document.deleted", resource_id=document)
        return "done"

    @app.post("/documents")
    async def create() -> str:
        await asyncio.sleep(0)
        await audit.arecord("document.created")
        return "done"

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> str:
        tasks.add_task(audit.record, "task.ran", resource_id="in a thread")
        tasks.add_task(audit.arecord, "task.ran", resource_id="in the loop")
        return "done"

    @app.get("/stream")
    def stream() -> StreamingResponse:
        def parts() -> Iterator[str]:
            for part in ("one", "two"):
                audit.record("part.sent")
                yield part

        return StreamingResponse(parts())

    @app.get("/async-stream")
    async def async_stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            for part in ("one", "two"):
                await audit.arecord("part.sent")
                yield part

        return StreamingResponse(parts())

    @app.get("/fails")
    def fails() -> None:
        audit.record("view.entered")
        raise OSError("of the view")

    @app.exception_handler(OSError)
    async def on_error(request: Request, error: OSError) -> PlainTextResponse:
        audit.record("view.failed")
        return PlainTextResponse("sorry", 500)

    app.add_middleware(AuditMiddleware, actor=user_of)
    return app


def client_of(app: Any, client: Any = ("203.0.113.7", 51112)) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=client)
    return httpx.AsyncClient(transport=transport, base_url="http://app.example.com")


def request_all(app: Any, *requests: tuple[str, str, dict[str, str]]) -> list[httpx.Response]:
    """Send all requests at the same time."""

    async def main() -> list[httpx.Response]:
        async with client_of(app) as client:
            calls = [client.request(verb, path, headers=head) for verb, path, head in requests]
            return await asyncio.gather(*calls)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("verb", "path", "fields"),
    [
        ("DELETE", "/documents/7", {"action": "document.deleted", "resource_id": "7"}),
        ("POST", "/documents", {"action": "document.created"}),
    ],
)
def test_an_event_has_the_actor_address_client_and_id_of_its_request(
    recorded: Recorded, verb: str, path: str, fields: dict[str, str]
) -> None:
    [response] = request_all(application(recorded), (verb, path, HEADERS))
    assert response.json() == "done"
    assert recorded.only() == {
        **fields,
        "actor_id": "ann",
        "actor_name": "Ann",
        "ip_address": "203.0.113.7",
        "user_agent": "Mozilla/5.0",
        "metadata": {"request_id": "req-42"},
    }


def test_a_request_without_a_user_needs_an_actor_id(recorded: Recorded) -> None:
    with pytest.raises(InvalidEvent, match="the request has no actor"):
        request_all(application(recorded), ("DELETE", "/documents/7", {}))


def test_background_tasks_belong_to_their_request(recorded: Recorded) -> None:
    requests = [("GET", "/background", {"X-User": name}) for name in ("ann", "bob")]
    request_all(application(recorded), *requests)
    found = sorted((each["actor_id"], each["resource_id"]) for each in recorded.events())
    places = ("in a thread", "in the loop")
    assert found == [(name, place) for name in ("ann", "bob") for place in places]


def test_views_in_threads_and_streams_of_many_requests_do_not_mix(recorded: Recorded) -> None:
    names = [f"user_{number}" for number in range(20)]
    paths = [("DELETE", "/documents/{}"), ("GET", "/stream"), ("GET", "/async-stream")]
    requests = [
        (verb, path.format(name), {"X-User": name, "X-Request-ID": name})
        for name in names
        for verb, path in paths
    ]
    request_all(application(recorded), *requests)
    events = recorded.events()
    assert sorted(each["actor_id"] for each in events) == sorted(names * 5)
    assert all(each["metadata"] == {"request_id": each["actor_id"]} for each in events)


def test_an_exception_handler_records_within_the_request(recorded: Recorded) -> None:
    [response] = request_all(application(recorded), ("GET", "/fails", HEADERS))
    assert response.status_code == 500
    assert recorded.actors() == ["ann", "ann"]


def test_a_mounted_application_and_middleware_with_tasks_keep_the_context(
    recorded: Recorded,
) -> None:
    outer = FastAPI()

    async def passes_on(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    outer.mount("/v1", application(recorded))
    outer.add_middleware(BaseHTTPMiddleware, dispatch=passes_on)
    outer.add_middleware(AuditMiddleware, actor=lambda _: Actor("outer"))
    request_all(outer, ("DELETE", "/v1/documents/7", HEADERS))
    assert recorded.actors() == ["ann"]


def test_a_user_is_found_below_middleware_that_copies_the_scope(recorded: Recorded) -> None:
    inner = application(recorded)

    async def copies(scope: Any, receive: Any, send: Any) -> None:
        await FastAPI.__call__(inner, dict(scope), receive, send)

    app = AuditMiddleware(copies, actor=user_of)
    inner.user_middleware.clear()
    request_all(app, ("DELETE", "/documents/7", HEADERS))
    assert recorded.actors() == ["ann"]


def test_a_websocket_has_its_context_as_long_as_it_is_open(recorded: Recorded) -> None:
    app = FastAPI()

    @app.websocket("/chat")
    async def chat(socket: WebSocket) -> None:
        socket.state.user = Actor("ann")
        await socket.accept()
        await recorded.audit.arecord("message.sent", metadata=await socket.receive_json())
        await socket.close()

    app.add_middleware(AuditMiddleware, actor=user_of)
    scope = {"type": "websocket", "path": "/chat", "query_string": b"", "client": None}
    incoming = iter(
        [
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": '{"room": "lobby"}'},
        ]
    )

    async def receive() -> Any:
        return next(incoming)

    async def send(message: Any) -> None:
        """The test reads no answer."""

    asyncio.run(app({**scope, "headers": [(b"user-agent", b"chat/1")]}, receive, send))
    assert recorded.only() == {
        "actor_id": "ann",
        "action": "message.sent",
        "user_agent": "chat/1",
        "metadata": {"room": "lobby"},
    }


class Everybody(AuthenticationBackend):
    async def authenticate(self, conn: HTTPConnection) -> Any:
        return AuthCredentials(["authenticated"]), SimpleUser(conn.headers["X-User"])


def test_starlette_with_its_own_authentication(recorded: Recorded) -> None:
    def delete(request: Request) -> PlainTextResponse:
        recorded.audit.record("document.deleted")
        return PlainTextResponse("done")

    app = Starlette(
        routes=[Route("/", delete, methods=["DELETE"])],
        middleware=[
            Middleware(
                AuditMiddleware,
                actor=lambda connection: Actor(connection.user.username),
                trusted_proxies=1,
            ),
            Middleware(AuthenticationMiddleware, backend=Everybody()),
        ],
    )
    claimed = {"X-User": "ann", "X-Forwarded-For": "198.51.100.66, [2001:db8::7]:443"}
    request_all(app, ("DELETE", "/", claimed))
    assert (recorded.only()["actor_id"], recorded.only()["ip_address"]) == ("ann", "2001:db8::7")
