"""A Django application, in the test clients of Django."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.core.exceptions import SynchronousOnlyOperation
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import override_settings
from django_settings import SETTINGS, configured
from recorded import Recorded

from indelible_client import InvalidEvent, InvalidSettings
from indelible_client.frameworks import Actor, session_name
from indelible_client.frameworks.django import AuditMiddleware, user_of

COMMON = "django.middleware.common.CommonMiddleware"
HEADERS = {"User-Agent": "Mozilla/5.0", "X-Request-ID": "req-42"}
OF_REQUEST = {
    "actor_id": 7,
    "actor_name": "user_7",
    "ip_address": "127.0.0.1",
    "user_agent": "Mozilla/5.0",
    "metadata": {"request_id": "req-42"},
}


@pytest.fixture(autouse=True)
def site(recorded: Recorded) -> Iterator[None]:
    with configured():
        from django_site import PLACE  # noqa: PLC0415  # needs settings

        PLACE["recorded"] = recorded
        yield


def logged_in(client: Any, key: int = 7) -> Any:
    from django_site import user  # noqa: PLC0415

    client.force_login(user(key))
    return client


def session_of(client: Any) -> str:
    return session_name(client.cookies["sessionid"].value)


def test_an_event_has_the_user_address_client_session_and_id_of_its_request(
    recorded: Recorded,
) -> None:
    client = logged_in(Client())
    assert client.delete("/documents/3", headers=HEADERS).content == b"done"
    assert recorded.only() == {
        **OF_REQUEST,
        "session_id": session_of(client),
        "action": "document.deleted",
        "resource_id": 3,
    }


@pytest.mark.parametrize(
    "middleware",
    [SETTINGS["MIDDLEWARE"], [*SETTINGS["MIDDLEWARE"][1:], COMMON, SETTINGS["MIDDLEWARE"][0]]],
    ids=["first", "last"],
)
def test_an_async_view_loads_the_user_without_blocking_the_loop(
    recorded: Recorded, middleware: list[str]
) -> None:
    client = logged_in(AsyncClient())
    with override_settings(MIDDLEWARE=middleware):
        response = asyncio.run(client.delete("/async/3", headers=HEADERS))
    assert response.content == b"done"
    assert recorded.only() == {
        **OF_REQUEST,
        "session_id": session_of(client),
        "action": "document.deleted",
        "resource_id": 3,
    }


def test_the_users_backend_would_refuse_the_loop() -> None:
    from django_site import Users  # noqa: PLC0415

    async def load() -> None:
        Users().get_user(7)

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(load())


@pytest.mark.parametrize("path", ["/documents/3", "/async/3"])
def test_a_view_of_one_kind_works_under_a_handler_of_the_other(
    recorded: Recorded, path: str
) -> None:
    logged_in(Client()).delete(path)
    asyncio.run(logged_in(AsyncClient(), 8).delete(path))
    assert recorded.actors() == [7, 8]


def test_a_request_without_a_user_needs_an_actor_id(recorded: Recorded) -> None:
    with pytest.raises(InvalidEvent, match="the request has no actor"):
        Client().delete("/documents/3")
    without_users = [SETTINGS["MIDDLEWARE"][0]]
    with override_settings(MIDDLEWARE=without_users), pytest.raises(InvalidEvent):
        Client().delete("/documents/3")
    with pytest.raises(InvalidEvent, match="no request under way"):
        recorded.audit.record("document.deleted")
    assert recorded.events() == []


def test_the_setting_names_another_actor(recorded: Recorded) -> None:
    with override_settings(INDELIBLE_ACTOR="django_site.service_of"):
        Client().delete("/documents/3", headers={"X-Service": "billing"})
    event = recorded.only()
    assert (event["actor_id"], event["actor_type"]) == ("billing", "service")


def test_the_setting_says_how_many_proxies_there_are(recorded: Recorded) -> None:
    claimed = {"X-Forwarded-For": "198.51.100.66, 203.0.113.7"}
    client = logged_in(Client())
    client.delete("/documents/3", headers=claimed)
    with override_settings(INDELIBLE_TRUSTED_PROXIES=1):
        logged_in(Client()).delete("/documents/3", headers=claimed)
    assert [each["ip_address"] for each in recorded.events()] == ["127.0.0.1", "203.0.113.7"]
    with override_settings(INDELIBLE_TRUSTED_PROXIES=-1), pytest.raises(InvalidSettings):
        AuditMiddleware(lambda _: None)


def test_a_session_that_is_a_cookie_has_no_name(recorded: Recorded) -> None:
    with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        logged_in(Client()).delete("/documents/3")
    assert "session_id" not in recorded.only()


def test_recording_does_not_make_a_response_depend_on_the_session(recorded: Recorded) -> None:
    """Django adds `Vary: Cookie` to responses for which the session was read."""
    client = logged_in(Client())
    assert "Vary" not in client.get("/job").headers
    assert recorded.only()["session_id"] == session_of(client)


def test_the_handler_of_errors_records_within_the_request(recorded: Recorded) -> None:
    client = logged_in(Client(raise_request_exception=False))
    assert client.get("/fails").status_code == 500
    assert (recorded.only()["action"], recorded.actors()) == ("view.failed", [7])


def test_streams_of_two_requests_in_one_thread_do_not_mix(recorded: Recorded) -> None:
    responses = [logged_in(Client(), key).get("/stream") for key in (7, 8)]
    parts = [iter(each.streaming_content) for each in responses]
    assert [next(each) for each in (*parts, *parts)] == [b"one", b"one", b"two", b"two"]
    for each in responses:
        each.close()
    with pytest.raises(InvalidEvent, match="no request under way"):
        recorded.audit.record("a.b")
    assert recorded.actors() == [7, 8, 7, 8]


def test_many_requests_and_streams_at_once_do_not_mix(recorded: Recorded) -> None:
    clients = [logged_in(AsyncClient(), key) for key in range(1, 11)]
    cookies = [client.cookies["sessionid"].value for client in clients]
    transport = httpx.ASGITransport(app=get_asgi_application())

    async def main() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
            calls = [
                http.get(path, headers={"Cookie": f"sessionid={cookie}"})
                for path in ("/stream-async", "/documents/3", "/async/3")
                for cookie in cookies
            ]
            assert {each.text for each in await asyncio.gather(*calls)} == {"onetwo", "done"}

    asyncio.run(main())
    assert sorted(recorded.actors()) == sorted([*range(1, 11)] * 4)
    sessions = {event["actor_id"]: event["session_id"] for event in recorded.events()}
    assert sessions == dict(zip(range(1, 11), map(session_name, cookies)))


@pytest.mark.parametrize("path", ["/documents/3", "/stream", "/async/3", "/stream-async"])
def test_a_task_that_outlives_its_request_is_outside_of_it(recorded: Recorded, path: str) -> None:
    from django_site import CONTEXTS  # noqa: PLC0415

    CONTEXTS.clear()
    if path in {"/documents/3", "/stream"}:
        client = logged_in(Client())
        list(client.get(path))
    else:
        headers = {"Cookie": f"sessionid={logged_in(AsyncClient()).cookies['sessionid'].value}"}
        transport = httpx.ASGITransport(app=get_asgi_application())

        async def main() -> None:
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
                await http.get(path, headers=headers)

        asyncio.run(main())
    assert set(recorded.actors()) == {7}
    with pytest.raises(InvalidEvent, match="no request under way"):
        CONTEXTS[-1].run(recorded.audit.record, "a.b")


def test_a_key_of_another_type_becomes_text() -> None:
    key = UUID("019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17")
    user = SimpleNamespace(pk=key, is_authenticated=True, get_username=lambda: "sarah")
    request = RequestFactory().get("/")
    request.user = user
    assert user_of(request) == Actor(str(key), "sarah")


def test_a_file_is_sent_by_the_server() -> None:
    from django_site import file  # noqa: PLC0415

    response = AuditMiddleware(file)(RequestFactory().get("/file"))
    assert response.file_to_stream is not None
    response.close()
