"""Shared by all drills: the command line, an HTTP client, and proofs that print or fail."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.segment import read_records

from load.target import Target, connect
from tools.local.commands import indelible, run_indelible
from tools.local.failure import LocalStackError
from tools.local.progress import console
from tools.local.stack import require
from tools.local.waiting import wait_until

ANSWER_SECONDS = 60.0

BROKEN = 1
"""Exit status of `indelible verify` for a broken chain."""

WRITER_SECONDS = 3.0
"""How long to wait for invocations that have begun. On AWS it would be the timeout, 20 s."""


@dataclass(frozen=True)
class Rehearsal:
    """The local stack, and a client of its API."""

    target: Target
    http: httpx.Client

    def make_workspace(self, name: str, *options: str) -> str:
        """Make a workspace; returns its id."""
        return indelible("workspace", "create", name, *options).strip()

    def make_key(self, workspace_id: str, label: str) -> str:
        """Make an API key; returns it."""
        made = indelible("key", "create", workspace_id, "--label", label, "--json")
        return str(json.loads(made)["api_key"])

    def post(self, api_key: str, *actions: str, **fields: str) -> httpx.Response:
        """Send a batch with an event for each action. Every event also gets `fields`."""
        events = [{"actor_id": "drill", "action": each, **fields} for each in actions]
        headers = {"Authorization": f"Bearer {api_key}"}
        return _answer(
            lambda: self.http.post("v1/events/batch", json={"events": events}, headers=headers)
        )

    def accept(self, api_key: str, *actions: str, **fields: str) -> list[str]:
        """Send a batch that must be accepted; returns the ids of its events."""
        return ids_in(self.post(api_key, *actions, **fields))

    def listed(self, api_key: str, action: str) -> list[str]:
        """The ids of the events with this action, as the API lists them."""
        headers = {"Authorization": f"Bearer {api_key}"}
        answer = _answer(
            lambda: self.http.get("v1/events", params={"action": action}, headers=headers)
        )
        if answer.status_code != httpx.codes.OK:
            raise LocalStackError(f"The API answered {answer.status_code}: {answer.text}")
        return [event["id"] for event in answer.json()["data"]]

    def chained(self, workspace_id: str) -> list[str]:
        """The ids of the events in the chain, in order."""
        segments = DynamoDBLedger(self.target.table).ascending(workspace_id, 1)
        return [
            msgspec.json.decode(record)["id"] for each in segments for record in read_records(each)
        ]

    def await_chained(self, workspace_id: str, ids: list[str]) -> None:
        """Wait until the chain ends with these events."""
        wait_until(
            f"{len(ids)} events of {workspace_id} are chained",
            lambda: self.chained(workspace_id)[-len(ids) :] == ids,
        )

    @contextmanager
    def stopped_writer(self) -> Iterator[None]:
        """Stop the writer from taking messages while the block runs."""
        self.target.let_writer_run(False)
        time.sleep(WRITER_SECONDS)
        try:
            yield
        finally:
            self.target.let_writer_run(True)


def _answer(send: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer to a request.

    It is sent again when the emulator had no process for it, which it answers with a 429 of its
    own.
    """
    while True:
        answer = send()
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS or "error" in answer.json():
            return answer
        time.sleep(0.5)


def begin() -> Rehearsal:
    """A rehearsal on the stack that `make up` started."""
    target = connect(require())
    return Rehearsal(target, httpx.Client(base_url=target.api, timeout=ANSWER_SECONDS))


def did(what: str) -> None:
    """Print a step that was done."""
    console.print(f"  {what}")


def ids_in(answer: httpx.Response) -> list[str]:
    """The ids in the receipts of an accepted batch. Raises LocalStackError if it was refused."""
    if answer.status_code != httpx.codes.ACCEPTED:
        raise LocalStackError(f"The API answered {answer.status_code}: {answer.text}")
    return [receipt["id"] for receipt in answer.json()["events"]]


def head_of(workspace_id: str) -> str:
    """The head of a chain, as `indelible verify --expect-head` takes it."""
    head = json.loads(indelible("workspace", "show", workspace_id, "--json"))["head"]
    return f"{head['sequence']}:{head['event_hash']}"


def prove(what: str, holds: bool, found: Any = "") -> None:
    """Print that it was proved. If it does not hold, raise LocalStackError, which ends the drill.

    `found` is the actual result, for the message.
    """
    if not holds:
        raise LocalStackError(f"This does not hold: {what}. {found}".strip())
    _print_proved(what)


def prove_soon(what: str, holds: Callable[[], bool]) -> None:
    """Wait until it holds, and print that it was proved. Raises like `wait_until`."""
    wait_until(what, holds)
    _print_proved(what)


def _print_proved(what: str) -> None:
    console.print(f"  [green]proved[/]  {what}")


def prove_exit(status: int, what: str, *arguments: str) -> None:
    """Run `indelible` with these arguments, and prove something by its exit status."""
    ended = run_indelible(*arguments)
    prove(what, ended.returncode == status, ended.stdout + ended.stderr)
