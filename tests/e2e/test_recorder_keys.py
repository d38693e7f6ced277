"""A recorder whose API key is revoked: its events wait for another key, and none is there twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
from e2e.client import chained
from e2e.client_chains import assert_each_once_in_order, await_everything
from indelible.accounts.keys import KEY_PREFIX_LENGTH
from indelible.aws.ledger import DynamoDBLedger
from indelible_client import IndelibleError, Recorder, Unauthenticated
from support.harmful_proxy import Harm, harmful_proxy

from tools.local.commands import indelible
from tools.local.stack import Stack
from tools.local.waiting import PATIENCE_SECONDS, wait_until

Workspaces = Callable[[], tuple[str, str]]


def test_a_batch_that_was_queued_under_a_revoked_key_is_not_queued_again_under_another(
    stack: Stack,
    http: httpx.Client,
    ledger: DynamoDBLedger,
    new_workspace: Workspaces,
    tmp_path: Path,
) -> None:
    workspace_id, old = new_workspace()
    revoked, held = threading.Event(), threading.Event()
    errors: list[IndelibleError | None] = []

    def on_held(error: IndelibleError | None) -> None:
        errors.append(error)
        if isinstance(error, Unauthenticated):
            held.set()

    answers_are_lost = iter(lambda: None if revoked.is_set() else Harm.CUT_AFTER, Harm.HTML)
    with harmful_proxy(stack.base_url, answers_are_lost) as proxy:
        recorder = Recorder(
            old, proxy.url, spool=tmp_path / "spool", on_held=on_held, handle_sigterm=False
        )
        for number in range(1, 51):
            recorder.record("ann", "document.created", version=number)
        # The first batch is what was recorded in a second. No other goes before it is answered.
        wait_until("the first batch is chained", lambda: chained(ledger, workspace_id))

        indelible("key", "revoke", old[:KEY_PREFIX_LENGTH])
        revoked.set()
        assert held.wait(PATIENCE_SECONDS)  # the next try comes up to a minute after the last one
        for number in range(51, 151):
            recorder.record("ann", "document.created", version=number)
        assert not recorder.close(timeout=0.1)

    new = json.loads(indelible("key", "create", workspace_id, "--label", "new", "--json"))[
        "api_key"
    ]
    successor = Recorder(new, stack.base_url, spool=tmp_path / "spool", handle_sigterm=False)
    assert successor.close(timeout=60)

    records = await_everything(http, new, ledger, workspace_id)
    assert_each_once_in_order(records, {"ann": 150})
    assert old not in repr(errors)
