"""A workspace that the schedule covers, and the command line of its customer."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from e2e.client import chained, get, get_publicly, send_until_accepted
from indelible.aws.growth_notes import HIDDEN_SECONDS
from indelible.aws.ledger import DynamoDBLedger

from tools.local.stack import Stack
from tools.local.waiting import PATIENCE_SECONDS, wait_until

EVENTS: list[dict[str, object]] = [
    {"actor_id": f"user_{n}", "action": "invoice.paid", "metadata": {"cents": 4_200 + n}}
    for n in range(3)
]


@dataclass(frozen=True)
class Covered:
    """A workspace with six events, the file of the checkpoint that covers them, and the keys."""

    stack: Stack
    workspace_id: str
    api_key: str
    ids: Sequence[str]
    checkpoint: Path
    log_key: str

    def indelible(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the command line as a customer does: with an API key, and without an AWS account."""
        return command_line(
            self.checkpoint.parent,
            *arguments,
            INDELIBLE_URL=self.stack.base_url,
            INDELIBLE_API_KEY=self.api_key,
        )

    def verified(self, *arguments: str | Path) -> dict[str, Any]:
        """The verdict on a file that is valid, without any network."""
        ended = command_line(
            self.checkpoint.parent, "verify", *arguments, "--key", self.log_key, "--json"
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        verdict: dict[str, Any] = json.loads(ended.stdout)
        return verdict


def command_line(
    folder: Path, *arguments: str | Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("indelible")
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "INDELIBLE_"))}
    return subprocess.run(
        [program, *map(str, arguments)],
        cwd=folder,
        env={**ours, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def covered_by(file: str) -> int:
    """The size of the workspace tree in a checkpoint file."""
    extra = next(each for each in file.splitlines() if each.startswith("extra "))
    return int(base64.b64decode(extra.removeprefix("extra ")).split(b"\n")[2])


def cover_by_schedule(
    stack: Stack,
    http: httpx.Client,
    ledger: DynamoDBLedger,
    workspace: tuple[str, str],
    folder: Path,
) -> Covered:
    """Post events in a workspace (its id, a key), and wait. Nothing here runs a function.

    A run comes after 70 seconds at the latest. If it fails, because the busy stack has not answered
    it in time, the notes that it has received come again after HIDDEN_SECONDS. A process that
    returns checkpoints knows of a run after another minute, unless it is asked for a proof that
    needs a newer run. So proofs come first.
    """
    workspace_id, api_key = workspace
    ids = [each["id"] for _ in "12" for each in send_until_accepted(http, api_key, EVENTS)]
    wait_until("six records", lambda: len(chained(ledger, workspace_id)) == len(ids))

    def ready(path: str) -> str | None:
        answer = get(http, api_key, path)
        if answer.status_code == 200:
            return answer.text
        assert answer.json()["error"] == "not_ready", answer.text
        return None

    def file() -> str | None:
        found = ready("v1/checkpoint")
        return found if found and covered_by(found) == len(ids) else None

    wait_until(
        "the schedule covers six events",
        lambda: ready(f"v1/events/{ids[-1]}/proof"),
        HIDDEN_SECONDS + 2 * PATIENCE_SECONDS,
    )
    checkpoint = folder / "first.tlog-proof"
    checkpoint.write_text(wait_until("the checkpoint covers six events", file))
    [log_key, *_] = get_publicly(http, "v1/log-keys").json()["data"]
    return Covered(stack, workspace_id, api_key, ids, checkpoint, log_key["vkey"])
