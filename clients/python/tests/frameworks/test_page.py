"""The Python examples of docs/clients/frameworks.md work, each in a request of its framework."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable
from wsgiref.util import setup_testing_defaults

import httpx
import pytest
from django_settings import configured
from http_model import served
from model_server import KEY, ModelServer

from indelible_client.frameworks import Actor, session_name

PAGE = (Path(__file__).parents[4] / "docs" / "clients" / "frameworks.md").read_text("utf-8")
DELETED = {"action": "document.deleted", "resource": "document"}


def sections() -> dict[str, list[str]]:
    """The Python examples under each heading."""
    parts = re.split(r"^##? (?=[A-Z])(.*)\n", PAGE, flags=re.MULTILINE)
    found = {
        heading: re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for heading, text in zip(parts[1::2], parts[2::2])
    }
    return {heading: blocks for heading, blocks in found.items() if blocks}


def module(name: str, source: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(names)
    exec(compile(source, name, "exec", dont_inherit=True), made.__dict__)
    return made


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """The module `audit` of the page, and the service that it sends to."""
    with served() as (url, model):
        monkeypatch.setenv("INDELIBLE_API_KEY", KEY)
        monkeypatch.setenv("INDELIBLE_URL", url)
        made = module("audit", sections()["Web frameworks"][0])
        monkeypatch.setitem(sys.modules, "audit", made)
        yield model
        assert made.audit.recorder.close()


def chain(service: ModelServer) -> list[dict[str, Any]]:
    assert sys.modules["audit"].audit.recorder.flush()
    return [{name: each[name] for name in each if name != "occurred_at"} for each in service.chain]


def delete(app: Any, **headers: str) -> None:
    async def main() -> None:
        transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 51112))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
            http.headers["User-Agent"] = "curl/8"
            assert (await http.delete("/documents/7", headers=headers)).status_code == 204

    asyncio.run(main())


def wsgi(service: ModelServer, example: str) -> None:
    environ: dict[str, Any] = {"REMOTE_USER": "ann", "PATH_INFO": "/7"}
    setup_testing_defaults(environ)
    module("app", example).application(environ, lambda *_: None)
    assert chain(service) == [{**DELETED, "actor_id": "ann", "resource_id": "/7"}]


def asgi(service: ModelServer, example: str) -> None:
    inner = module("app", example).app

    async def with_user(scope: Any, receive: Any, send: Any) -> None:
        user = SimpleNamespace(is_authenticated=True, username="ann")
        await inner({**scope, "user": user}, receive, send)

    delete(with_user)
    [event] = chain(service)
    assert (event["actor_id"], event["resource_id"]) == ("ann", "/documents/7")
    assert (event["ip_address"], event["user_agent"]) == ("203.0.113.7", "curl/8")


def django(service: ModelServer, settings: str, views: str) -> None:
    named = {key: each for key, each in vars(module("settings", settings)).items() if key.isupper()}
    with configured(**named):
        from django.test import Client  # noqa: PLC0415  # needs settings
        from django.urls import path  # noqa: PLC0415
        from django_site import user  # noqa: PLC0415

        view = module("views", views).delete
        urls = module("urls", "", urlpatterns=[path("documents/<int:document>", view)])
        with configured(**named, ROOT_URLCONF=urls):
            client = Client()
            client.force_login(user(7))
            headers = {"X-Forwarded-For": "198.51.100.66, 203.0.113.7"}
            assert client.delete("/documents/3", headers=headers).status_code == 204
            cookie = client.cookies["sessionid"].value
    assert chain(service) == [
        {
            **DELETED,
            "actor_id": 7,
            "actor_name": "user_7",
            "resource_id": 3,
            "ip_address": "203.0.113.7",
            "session_id": session_name(cookie),
        }
    ]


def flask(service: ModelServer, example: str, with_flask_login: str) -> None:
    made = module("app", example)
    made.app.secret_key = "a key of the test"
    client = made.app.test_client()
    with client.session_transaction() as session:
        session["user_id"] = "ann"
    assert client.delete("/documents/7").status_code == 204
    assert chain(service)[0]["actor_id"] == "ann"
    user = SimpleNamespace(is_authenticated=True, get_id=lambda: "bob")
    sys.modules["flask_login"] = module("flask_login", "", current_user=user)
    try:
        who = module("login", with_flask_login, Actor=Actor).who
    finally:
        del sys.modules["flask_login"]
    assert who() == Actor("bob")
    user.is_authenticated = False
    assert who() is None


def fastapi(service: ModelServer, example: str) -> None:
    delete(module("app", example).app, **{"X-User": "ann", "X-Request-ID": "req-42"})
    assert chain(service) == [
        {
            **DELETED,
            "actor_id": "ann",
            "resource_id": 7,
            "ip_address": "203.0.113.7",
            "user_agent": "curl/8",
            "metadata": {"request_id": "req-42"},
        }
    ]


def filled_in(service: ModelServer, example: str) -> None:
    module("example", example, audit=sys.modules["audit"].audit)
    assert [each["actor_id"] for each in chain(service)] == ["anonymous", "cron"]


def sessions(service: ModelServer, example: str) -> None:
    name = module("example", example).events_of_session["session_id"]
    assert re.fullmatch(r"[0-9a-f]{32}", name)


def belongs(service: ModelServer, example: str) -> None:
    made = module("example", example, audit=sys.modules["audit"].audit)

    async def main() -> None:
        await made.rebuild_later("ann")

    asyncio.run(main())
    assert chain(service) == [{"actor_id": "ann", "action": "index.rebuilt"}]


CHECKS: dict[str, Callable[..., None]] = {
    "WSGI": wsgi,
    "ASGI": asgi,
    "Django": django,
    "Flask": flask,
    "FastAPI": fastapi,
    "What is filled in": filled_in,
    "Sessions": sessions,
    "What belongs to a request": belongs,
}


@pytest.mark.parametrize("heading", CHECKS)
def test_the_examples_record_what_the_page_says(service: ModelServer, heading: str) -> None:
    CHECKS[heading](service, *sections()[heading])


def test_every_example_is_tried() -> None:
    assert set(sections()) == {"Web frameworks", *CHECKS}
