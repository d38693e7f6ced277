"""The plain clients through harm: each submit takes effect once, and reads are complete."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from e2e.client_chains import assert_each_once_in_order, await_everything
from indelible.aws.ledger import DynamoDBLedger
from indelible_client import AsyncClient, Client, NotFound
from indelible_client.types import EventPayload
from support.harmful_proxy import Harm, Proxy, every_harm, harmful_proxy

from tools.local.example_apps import build_js_client
from tools.local.stack import Stack

Workspaces = Callable[[], tuple[str, str]]

CALLERS = 4
SINGLE = 25
BATCHES = 2
OF_A_BATCH = 20
EVENTS = SINGLE + BATCHES * OF_A_BATCH
UNHARMED = 8
READS = 5


def harm_for_each_caller(stack: Stack, running: ExitStack) -> list[Proxy]:
    """A proxy for each caller, so that none meets too many harms in a row."""
    return [
        running.enter_context(harmful_proxy(stack.base_url, every_harm(seed, UNHARMED)))
        for seed in range(CALLERS)
    ]


def an_event(actor: str, number: int) -> EventPayload:
    return {"actor_id": actor, "action": "document.created", "version": number}


def batches_of(actor: str) -> list[list[EventPayload]]:
    numbers = [range(first, first + OF_A_BATCH) for first in range(SINGLE + 1, EVENTS, OF_A_BATCH)]
    return [[an_event(actor, number) for number in each] for each in numbers]


def submit(url: str, api_key: str, actor: str) -> list[str | None]:
    """Submit events one by one and in batches. Returns the ids in their receipts."""
    with Client(api_key, url) as client:
        ids = [client.track(an_event(actor, n + 1))["id"] for n in range(SINGLE)]
        for batch in batches_of(actor):
            ids += [receipt["id"] for receipt in client.track_batch(batch)["events"]]
    return ids


async def submit_in_a_loop(urls: list[str], api_key: str) -> list[str | None]:
    """Do the same with a task for each URL."""

    async def run(url: str, actor: str) -> list[str | None]:
        async with AsyncClient(api_key, url) as client:
            ids = [(await client.track(an_event(actor, n + 1)))["id"] for n in range(SINGLE)]
            for batch in batches_of(actor):
                ids += [each["id"] for each in (await client.track_batch(batch))["events"]]
        return ids

    tasks = [run(url, f"task-{number}") for number, url in enumerate(urls)]
    return [each for ids in await asyncio.gather(*tasks) for each in ids]


def test_python_clients_submit_each_event_once_and_read_all(
    stack: Stack, http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> None:
    workspace_id, api_key = new_workspace()
    half = CALLERS // 2
    with ExitStack() as running:
        proxies = harm_for_each_caller(stack, running)
        threads = running.enter_context(ThreadPoolExecutor())
        callers = [
            threads.submit(submit, proxy.url, api_key, f"thread-{number}")
            for number, proxy in enumerate(proxies[:half])
        ]
        in_a_loop = asyncio.run(submit_in_a_loop([proxy.url for proxy in proxies[half:]], api_key))
        ids = [each for caller in callers for each in caller.result()] + in_a_loop

        records = await_everything(http, api_key, ledger, workspace_id)
        names = [f"{kind}-{n}" for kind in ("thread", "task") for n in range(half)]
        assert_each_once_in_order(records, dict.fromkeys(names, EVENTS))
        assert sorted(record["id"] for record in records) == sorted(map(str, ids))

        with Client(api_key, proxies[0].url) as client:
            listed = [each["id"] for each in client.iterate_events(action="document.*", limit=100)]
            assert listed[::-1] == [record["id"] for record in records]
            for record in records[:READS]:
                event = client.get_event(record["id"])["data"]
                assert (event["actor"]["id"], event["version"]) == (
                    record["actor_id"],
                    record["version"],
                )
            parts = [part["data"] for part in client.verify_parts()]
            assert [part["valid"] for part in parts] == [True] * len(parts)
            assert sum(part["events_checked"] for part in parts) == len(records) + 1
            with pytest.raises(NotFound):
                client.get_event("019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17")
    assert {harm for proxy in proxies for harm in proxy.done} == {*Harm, None}


def test_the_javascript_client_submits_each_event_once_and_reads_all(
    stack: Stack, http: httpx.Client, ledger: DynamoDBLedger, new_workspace: Workspaces
) -> None:
    build_js_client()
    workspace_id, api_key = new_workspace()
    program = Path(__file__).with_name("js_client.mjs")
    with ExitStack() as running:
        proxies = harm_for_each_caller(stack, running)
        child = running.enter_context(
            subprocess.Popen(
                ["node", str(program), *map(str, (SINGLE, BATCHES, OF_A_BATCH))]
                + [proxy.url for proxy in proxies],
                env={**os.environ, "INDELIBLE_API_KEY": api_key},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        assert child.stdout is not None
        ids = json.loads(child.stdout.readline())

        records = await_everything(http, api_key, ledger, workspace_id)
        assert_each_once_in_order(
            records, dict.fromkeys([f"caller-{n}" for n in range(CALLERS)], EVENTS)
        )
        assert sorted(record["id"] for record in records) == sorted(ids)

        printed, _ = child.communicate("chained\n")
        assert child.returncode == 0
        read = json.loads(printed)
        assert read["listed"][::-1] == [record["id"] for record in records]
        assert read["first"] == [records[0]["actor_id"], records[0]["version"]]
        assert read["valid"] == [True] * len(read["valid"])
        assert read["checked"] == len(records) + 1
    assert {harm for proxy in proxies for harm in proxy.done} == {*Harm, None}
