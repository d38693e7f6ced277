"""What every drill needs: the command line, a client, proofs that are printed or fail."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.segment import read_records

from load.target import Target, connect
from tools.local.commands import indelible
from tools.local.failure import LocalStackError
from tools.local.progress import console
from tools.local.stack import require

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

PATIENCE_SECONDS = 120.0
ANSWER_SECONDS = 60.0

WRITER_SECONDS = 3.0
"""An invocation that has begun is over by then; on AWS its timeout, 20 s, is the bound."""


@dataclass(frozen=True)
class Rehearsal:
    """The local stack, and a client of its API."""

    target: Target
    http: httpx.Client

    def make_workspace(self, name: str, *options: str) -> str:
        """The id of a new workspace."""
        return indelible("workspace", "create", name, *options).strip()

    def make_key(self, workspace_id: str, label: str) -> str:
        """A new API key."""
        made = indelible("key", "create", workspace_id, "--label", label, "--json")
        return str(json.loads(made)["api_key"])

    def post(self, api_key: str, *actions: str, **fields: str) -> httpx.Response:
        """Send a batch, an event for each action, with these fields as well.

        It is sent again when the emulator could not take it.
        """
        events = [{"actor_id": "drill", "action": each, **fields} for each in actions]
        headers = {"Authorization": f"Bearer {api_key}"}
        while True:
            answer = self.http.post("v1/events/batch", json={"events": events}, headers=headers)
            ours = answer.status_code != httpx.codes.TOO_MANY_REQUESTS or "error" in answer.json()
            if ours:
                return answer
            time.sleep(0.5)

    def accept(self, api_key: str, *actions: str, **fields: str) -> list[str]:
        """The ids of events that must be accepted."""
        answer = self.post(api_key, *actions, **fields)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise LocalStackError(f"The API answered {answer.status_code}: {answer.text}")
        return [receipt["id"] for receipt in answer.json()["events"]]

    def listed(self, api_key: str, action: str) -> list[str]:
        """The ids of the events with this action, as a list with a filter has them."""
        headers = {"Authorization": f"Bearer {api_key}"}
        answer = self.http.get("v1/events", params={"action": action}, headers=headers)
        if answer.status_code != httpx.codes.OK:
            raise LocalStackError(f"The API answered {answer.status_code}: {answer.text}")
        return [event["id"] for event in answer.json()["data"]]

    def chained(self, workspace_id: str) -> list[str]:
        """The ids in the chain, in order."""
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
        """The writer takes no messages for as long as the block runs."""
        self.target.let_writer_run(False)
        time.sleep(WRITER_SECONDS)
        try:
            yield
        finally:
            self.target.let_writer_run(True)

    @contextmanager
    def queue_attributes(self, **changed: str) -> Iterator[None]:
        """The queue has these attributes for as long as the block runs."""
        sqs, url = self.target.sqs, self.target.stack.queue_url
        names: list[QueueAttributeNameType] = list(changed)  # type: ignore[arg-type]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        before = {name: found[name] for name in names}
        sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)  # type: ignore[arg-type]
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def begin() -> Rehearsal:
    """On the stack of `make up`."""
    target = connect(require())
    return Rehearsal(target, httpx.Client(base_url=target.api, timeout=ANSWER_SECONDS))


def did(what: str) -> None:
    """Say what was done."""
    console.print(f"  {what}")


def prove(what: str, holds: bool, otherwise: Any = "") -> None:
    """Say what was proved; the drill ends when it does not hold."""
    if not holds:
        raise LocalStackError(f"This does not hold: {what}. {otherwise}".strip())
    console.print(f"  [green]proved[/]  {what}")


def wait_until(what: str, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until it holds; how many seconds it took."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            raise LocalStackError(f"Still not so after {seconds:.0f} s: {what}.")
        time.sleep(0.25)
    return time.monotonic() - started
