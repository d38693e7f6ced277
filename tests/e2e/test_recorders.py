"""The recorders of both clients through harm: each event gets into the chain once and in order."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from e2e.client_chains import assert_each_once_in_order, await_everything
from indelible.aws.ledger import DynamoDBLedger
from indelible_client import Recorder
from indelible_client.types import FieldError
from support.harmful_proxy import Harm, Proxy, every_harm, harmful_proxy

from tools.local.example_apps import build_js_client
from tools.local.stack import Stack

Workspaces = Callable[[], tuple[str, str]]

THREADS = 4
EVENTS_OF_A_THREAD = 250
SECONDS = 90.0
KINDS = ("buffer", "spool")
COUNTS = {f"{kind}-{n}": EVENTS_OF_A_THREAD for kind in KINDS for n in range(THREADS)}


@contextmanager
def proxies(stack: Stack) -> Iterator[list[Proxy]]:
    """A proxy for each kind of recorder. Each must do every harm at least once."""
    with (
        harmful_proxy(stack.base_url, every_harm(1)) as first,
        harmful_proxy(stack.base_url, every_harm(2)) as second,
    ):
        yield [first, second]
    for proxy in (first, second):
        assert set(proxy.done) == {*Harm, None}


def test_python_recorders_chain_each_event_once(
    stack: Stack,
    http: httpx.Client,
    ledger: DynamoDBLedger,
    new_workspace: Workspaces,
    tmp_path: Path,
) -> None:
    workspace_id, api_key = new_workspace()
    refused: list[tuple[str, str, str]] = []

    def on_refused(event: dict[str, Any], errors: list[FieldError]) -> None:
        refused.append((event["actor_id"], event["action"], errors[0]["field"]))

    def record(recorder: Recorder, actor: str) -> None:
        for number in range(1, EVENTS_OF_A_THREAD + 1):
            recorder.record(actor, "document.created", version=number)

    def run(kind: str, url: str) -> None:
        spool = tmp_path / "spool" if kind == "spool" else None
        recorder = Recorder(api_key, url, spool=spool, on_refused=on_refused, handle_sigterm=False)
        with ThreadPoolExecutor(THREADS) as threads:
            for number in range(THREADS):
                threads.submit(record, recorder, f"{kind}-{number}")
        for action in ("first", "second"):
            recorder.record(f"{kind}-repeats", action, version=1, idempotency_key=kind)
        assert recorder.close(SECONDS)

    with proxies(stack) as (first, second), ThreadPoolExecutor() as recorders:
        running = [
            recorders.submit(run, kind, proxy.url)
            for kind, proxy in zip(KINDS, (first, second), strict=True)
        ]
        for each in running:
            each.result()

    records = await_everything(http, api_key, ledger, workspace_id)
    assert_each_once_in_order(records, COUNTS | {f"{kind}-repeats": 1 for kind in KINDS})
    assert sorted(refused) == [(f"{kind}-repeats", "second", "idempotency_key") for kind in KINDS]


def test_javascript_recorders_chain_each_event_once(
    stack: Stack,
    http: httpx.Client,
    ledger: DynamoDBLedger,
    new_workspace: Workspaces,
    tmp_path: Path,
) -> None:
    build_js_client()
    workspace_id, api_key = new_workspace()
    program = Path(__file__).with_name("js_recorders.mjs")
    with proxies(stack) as (first, second):
        ended = subprocess.run(
            ["node", program, first.url, second.url, tmp_path / "spool", str(EVENTS_OF_A_THREAD)],
            env={**os.environ, "INDELIBLE_API_KEY": api_key},
            capture_output=True,
            text=True,
            timeout=2 * SECONDS,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    printed = json.loads(ended.stdout)
    assert printed["sent"] == [True, True]
    records = await_everything(http, api_key, ledger, workspace_id)
    assert_each_once_in_order(records, COUNTS | {f"{kind}-repeats": 1 for kind in KINDS})
    assert sorted(printed["refused"]) == [
        [f"{k}-repeats", "second", "idempotency_key"] for k in KINDS
    ]
