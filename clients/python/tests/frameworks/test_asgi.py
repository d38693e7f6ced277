"""An ASGI application under middleware."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Optional

import httpx
import pytest
from recorded import Recorded

from indelible_client import InvalidEvent
from indelible_client.frameworks import Actor, session_name
from indelible_client.frameworks.asgi import AuditMiddleware, Receive, Scope, Send

HEADERS = {
    "User-Agent": "Mozilla/5.0",
    "X-Request-ID": "req-42",
    "X-User": "user_1",
    "Cookie": "sid=s3cret",
}


def header(scope: Scope, name: bytes) -> Optional[str]:
    return next((value.decode() for key, value in scope["headers"] if key == name), None)


def user_of(scope: Scope) -> Optional[Actor]:
    user = header(scope, b"x-user")
    return Actor(user) if user else None


def wrapped(application: Any, **options: Any) -> AuditMiddleware:
    return AuditMiddleware(application, actor=user_of, **options)


async def answer(send: Send, body: bytes = b"done") -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def client_of(app: Any, client: Any = ("203.0.113.7", 51112)) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=client)
    return httpx.AsyncClient(transport=transport, base_url="http://app.example.com")


async def call(app: Any, scope: Scope) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": f"{scope['type']}.disconnect"}

    async def send(message: Any) -> None:
        """Nobody is there."""

    await app(scope, receive, send)


def scope_of(user: Optional[str] = None, kind: str = "http", **values: Any) -> Scope:
    headers = [(b"x-user", user.encode())] if user else []
    return {"type": kind, "headers": headers, "client": ("203.0.113.7", 51112), **values}


@pytest.mark.parametrize("method", ["record", "arecord"])
def test_an_event_has_the_actor_address_client_session_and_id_of_its_request(
    recorded: Recorded, method: str
) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        given = getattr(recorded.audit, method)("document.deleted", metadata={"reason": "old"})
        if given is not None:
            await given
        await answer(send)

    def sid_of(scope: Scope) -> str:
        return str(header(scope, b"cookie")).partition("=")[2]

    async def main() -> None:
        app = wrapped(application, session=sid_of, trusted_proxies=1)
        claimed = [("X-Forwarded-For", "198.51.100.66"), ("X-Forwarded-For", "2001:db8::7")]
        async with client_of(app, ("10.0.0.2", 80)) as client:
            response = await client.delete("/documents/7", headers=[*HEADERS.items(), *claimed])
        assert response.text == "done"

    asyncio.run(main())
    assert recorded.only() == {
        "actor_id": "user_1",
        "action": "document.deleted",
        "ip_address": "2001:db8::7",
        "user_agent": "Mozilla/5.0",
        "session_id": session_name("s3cret"),
        "metadata": {"request_id": "req-42", "reason": "old"},
    }


def test_a_claimed_address_does_not_count_without_trusted_proxies(recorded: Recorded) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        recorded.audit.record("a.b")
        await answer(send)

    async def main() -> None:
        async with client_of(wrapped(application)) as client:
            await client.get("/", headers={**HEADERS, "X-Forwarded-For": "198.51.100.66"})

    asyncio.run(main())
    assert recorded.only()["ip_address"] == "203.0.113.7"


@pytest.mark.parametrize("client", [None, ("", 0), ("/run/app.sock", None)])
def test_a_request_over_a_unix_socket_has_no_address(recorded: Recorded, client: Any) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        recorded.audit.record("a.b")

    scope = scope_of("ann", client=client)
    asyncio.run(call(wrapped(application), scope))
    del scope["client"]
    asyncio.run(call(wrapped(application), scope))
    assert recorded.events() == [{"actor_id": "ann", "action": "a.b"}] * 2


def test_hostile_headers_do_not_keep_an_event_out_of_the_log(recorded: Recorded) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        recorded.audit.record("a.b", metadata={"text": "x" * 60_000})

    scope = scope_of("ann")
    scope["headers"] += [(b"user-agent", b"\xff" * 200_000), (b"x-request-id", b"\xff" * 200_000)]
    asyncio.run(call(wrapped(application), scope))
    assert recorded.only()["user_agent"] == "ÿ" * 4_096


def test_many_requests_at_once_do_not_mix(recorded: Recorded) -> None:
    async def deep_below() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            recorded.audit.record("a.b")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        child = asyncio.create_task(deep_below())
        await deep_below()
        await child
        await asyncio.to_thread(recorded.audit.record, "c.d")
        await answer(send)

    async def main() -> None:
        async with client_of(wrapped(application)) as client:
            users = [f"user_{number}" for number in range(50)]
            calls = [client.get("/", headers={"X-User": user}) for user in users]
            await asyncio.gather(*calls)

    asyncio.run(main())
    assert sorted(recorded.actors()) == sorted([f"user_{n}" for n in range(50)] * 7)


def test_a_task_that_outlives_its_request_is_outside_of_it(recorded: Recorded) -> None:
    """A worker that starts in the first request must not record in that actor's name."""
    workers: list[asyncio.Task[None]] = []

    async def worker(wake: asyncio.Event) -> None:
        await wake.wait()
        with pytest.raises(InvalidEvent, match="no request under way"):
            recorded.audit.record("job.done")
        recorded.audit.record("job.done", "worker_1")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        workers.append(asyncio.create_task(worker(scope["wake"])))
        recorded.audit.record("job.started")

    async def main() -> None:
        wake = asyncio.Event()
        await call(wrapped(application), scope_of("ann", wake=wake))
        wake.set()
        await workers[0]

    asyncio.run(main())
    assert recorded.events()[1] == {"actor_id": "worker_1", "action": "job.done"}
    assert recorded.actors() == ["ann", "worker_1"]


def test_after_a_failed_request_the_next_one_is_its_own(recorded: Recorded) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        recorded.audit.record("a.b")
        raise OSError("of the view")

    async def main() -> None:
        for user in ("ann", None):
            with pytest.raises((OSError, InvalidEvent)):
                await call(wrapped(application), scope_of(user))
        with pytest.raises(InvalidEvent):
            await recorded.audit.arecord("a.b")

    asyncio.run(main())
    assert recorded.actors() == ["ann"]


def test_a_stream_records_within_its_request(recorded: Recorded) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one", b"two"):
            recorded.audit.record("part.sent")
            yield part

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        async for part in parts():
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def main() -> None:
        async with client_of(wrapped(application)) as client:
            both = [client.get("/", headers={"X-User": user}) for user in ("ann", "bob")]
            assert [each.text for each in await asyncio.gather(*both)] == ["onetwo", "onetwo"]

    asyncio.run(main())
    assert sorted(recorded.actors()) == ["ann", "ann", "bob", "bob"]


def test_a_websocket_has_its_context_as_long_as_it_is_open(recorded: Recorded) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        recorded.audit.record("message.sent")

    asyncio.run(call(wrapped(application), scope_of("ann", "websocket")))
    assert recorded.only() == {
        "actor_id": "ann",
        "action": "message.sent",
        "ip_address": "203.0.113.7",
    }


def test_what_runs_at_startup_is_outside_of_any_request(recorded: Recorded) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(InvalidEvent, match="no request under way"):
            recorded.audit.record("a.b")
        recorded.audit.record("application.started", "app_1")

    asyncio.run(call(wrapped(application), {"type": "lifespan", "asgi": {"version": "3.0"}}))
    assert recorded.only() == {"actor_id": "app_1", "action": "application.started"}
