"""An event that is put together call by call."""

from __future__ import annotations

import asyncio

import httpx
from support_client import BASE_URL, KEY, QUEUED, Server, body_of, reply

from indelible_client import AsyncClient, Client


def test_what_was_not_given_is_not_sent() -> None:
    server = Server([reply(202, QUEUED)])
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = Client(KEY, BASE_URL, http=http)
        event = client.actor(5, name="").tenant("org_1").version(0)
        event.track("document.created", {"id": "doc_1"}, metadata={})
    assert body_of(server.last) == {
        "actor_id": "5",
        "action": "document.created",
        "resource_id": "doc_1",
        "tenant_id": "org_1",
        "version": 0,
    }


def test_an_event_can_be_tracked_again_with_another_action() -> None:
    server = Server([reply(202, QUEUED)])
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        event = Client(KEY, BASE_URL, http=http).actor("user_2hG9kLm").session("ses_1")
        event.track("document.opened", "document", {"page": 1})
        event.track("document.closed")
    assert body_of(server.last) == {
        "actor_id": "user_2hG9kLm",
        "action": "document.closed",
        "session_id": "ses_1",
    }


def test_the_event_of_an_async_client_is_awaited() -> None:
    server = Server([reply(202, QUEUED)])

    async def record() -> object:
        async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as http:
            client = AsyncClient(KEY, BASE_URL, http=http)
            return await client.actor("user_2hG9kLm").track("document.created", "document")

    assert asyncio.run(record()) == QUEUED
    assert body_of(server.last)["resource"] == "document"
