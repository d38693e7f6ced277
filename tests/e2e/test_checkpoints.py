"""From posted events to files that prove them, through every part of the deployed stack."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from e2e.client import chained, get, send_until_accepted
from e2e.test_exports_download import downloaded, exported
from getimmutable import ImmutableClient, ImmutableError
from indelible.aws.anchors import DynamoDBAnchors
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.state_bucket import S3States
from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns
from indelible.checkpoints.anchor import Anchor
from indelible.covering.newest_run import find_newest_run
from indelible.tlog.keys import NOTES, VerifierKey
from indelible.watching.anchors import put_anchors
from indelible.watching.position import Position
from support.contract import validator

from tools.local.aws import root_session
from tools.local.scheduled import no_runs, run_well
from tools.local.stack import Stack
from tools.local.waiting import wait_until

Workspaces = Callable[[], tuple[str, str]]

EVENTS: list[dict[str, object]] = [
    {"actor_id": f"user_{n}", "action": "invoice.paid", "metadata": {"cents": 4_200 + n}}
    for n in range(3)
]
A_MINUTE_OR_TWO = 150
DAY = 24 * 3_600 * 1_000_000


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


@pytest.fixture(scope="module")
def covered(
    stack: Stack,
    http: httpx.Client,
    ledger: DynamoDBLedger,
    make_workspace: Workspaces,
    tmp_path_factory: pytest.TempPathFactory,
) -> Covered:
    """Covered by the schedule: nothing here runs a function."""
    workspace_id, api_key = make_workspace()
    ids = [each["id"] for _ in "12" for each in send_until_accepted(http, api_key, EVENTS)]
    wait_until("six records", lambda: len(chained(ledger, workspace_id)) == len(ids))

    def file() -> str | None:
        answer = get(http, api_key, "v1/checkpoint")
        if answer.status_code == 200:
            return answer.text if covered_by(answer.text) == len(ids) else None
        assert answer.json()["error"] in ("not_ready", "unavailable", None), answer.text
        return None

    folder = tmp_path_factory.mktemp("kept")
    checkpoint = folder / "first.tlog-proof"
    checkpoint.write_text(wait_until("six events are covered by the schedule", file))
    [log_key, *_] = http.get("v1/log-keys").json()["data"]
    return Covered(stack, workspace_id, api_key, ids, checkpoint, log_key["vkey"])


def covered_by(file: str) -> int:
    """The size of the workspace tree in a checkpoint file."""
    extra = next(each for each in file.splitlines() if each.startswith("extra "))
    return int(base64.b64decode(extra.removeprefix("extra ")).split(b"\n")[2])


def test_what_is_posted_is_covered_and_nobody_asks_for_it(covered: Covered) -> None:
    verdict = covered.verified("--checkpoint", covered.checkpoint)
    assert (verdict["workspace_id"], verdict["restarted"]) == (covered.workspace_id, False)
    coverage = verdict["coverage"]
    assert (coverage["covered_to"], coverage["epoch"], coverage["restarts"]) == (6, 0, [])
    assert coverage["log"] == covered.stack.log_origin
    assert coverage["status"] == "signed_by_operator"


def test_the_key_of_the_log_is_that_of_kms_and_needs_no_api_key(
    covered: Covered, http: httpx.Client
) -> None:
    answer = http.get("v1/log-keys")
    for each in answer.json()["data"]:
        validator("/components/schemas/LogKey").validate(each)
    kms: Any = root_session().client("kms", endpoint_url=covered.stack.endpoint_url)
    found = kms.get_public_key(KeyId=covered.stack.signing_key_arn)["PublicKey"]
    public: Any = load_der_public_key(found)
    key = VerifierKey(covered.stack.log_origin, NOTES, public.public_bytes_raw())
    assert answer.json()["data"][0] == {"vkey": key.text, "first_size": 1}


def test_each_event_has_a_proof_that_stands_alone(covered: Covered) -> None:
    for sequence, event_id in enumerate(covered.ids, 1):
        file = covered.checkpoint.with_name(f"{event_id}.tlog-proof")
        ended = covered.indelible("proof", event_id)
        assert ended.returncode == 0, ended.stderr
        event = covered.verified("--proof", file)["event"]
        assert (event["id"], event["sequence"]) == (event_id, sequence)


def test_a_proof_of_something_else_is_refused(covered: Covered) -> None:
    file = covered.checkpoint.with_name("changed.tlog-proof")
    assert covered.indelible("proof", covered.ids[0], "--out", file).returncode == 0
    lines = file.read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith("extra "))
    record = base64.b64decode(lines[at].removeprefix("extra "))
    changed = record.replace(b'"cents":4200', b'"cents":4300')
    assert changed != record
    lines[at] = f"extra {base64.b64encode(changed).decode()}\n"
    file.write_text("".join(lines))
    ended = command_line(file.parent, "verify", "--proof", file, "--key", covered.log_key)
    assert (ended.returncode, "is refused" in ended.stderr) == (1, True), ended


@dataclass(frozen=True)
class Grown:
    """The same chain with three events more, and the answers about the proof of the first."""

    event_id: str
    early: httpx.Response
    late: httpx.Response


@pytest.fixture(scope="module")
def grown(covered: Covered, http: httpx.Client, ledger: DynamoDBLedger) -> Grown:
    """Chained while no run took place, and covered by the next one."""
    with no_runs(covered.stack):
        receipts = send_until_accepted(http, covered.api_key, EVENTS)
        wait_until("nine records", lambda: len(chained(ledger, covered.workspace_id)) == 9)
        path = f"v1/events/{receipts[0]['id']}/proof"
        early = wait_until("an answer", lambda: answered(get(http, covered.api_key, path)))

    def proof() -> httpx.Response | None:
        run_well(covered.stack, "checkpoint")
        answer = get(http, covered.api_key, path)
        return answer if answer.status_code == 200 else None

    return Grown(receipts[0]["id"], early, wait_until("the event is covered", proof))


def answered(answer: httpx.Response) -> httpx.Response | None:
    """The answer, unless the emulator was busy."""
    return None if answer.status_code in (429, 502, 503) else answer


def test_an_event_has_no_proof_before_a_run_covers_it(grown: Grown) -> None:
    assert (grown.early.status_code, grown.early.json()["error"]) == (409, "not_ready")
    assert int(grown.early.headers["Retry-After"]) > 0
    assert grown.late.text.startswith("c2sp.org/tlog-proof@v1\n")
    assert f'filename="{grown.event_id}.tlog-proof"' in grown.late.headers["Content-Disposition"]


def test_a_file_that_was_kept_is_in_the_log_of_later(
    covered: Covered, grown: Grown, http: httpx.Client
) -> None:
    """A process that returns proofs knows a newer run after a minute at the latest."""
    assert grown.late

    def is_covered() -> bool:
        answer = get(http, covered.api_key, "v1/checkpoint")
        return answer.status_code == 200 and covered_by(answer.text) == 9

    wait_until("nine events are covered", is_covered)
    ended = covered.indelible(
        "verify", "--checkpoint", covered.checkpoint, "--against-log", "--key", covered.log_key,
        "--max-age", "10m", "--json",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(ended.stdout)["against_log"]
    assert (found["kept"], found["lost"]) == (6, 0)
    assert (found["coverage"]["covered_to"], found["coverage"]["restarts"]) == (9, [])


def test_the_api_says_up_to_where_a_chain_is_covered(covered: Covered, http: httpx.Client) -> None:
    answer = get(http, covered.api_key, "v1/verify").json()
    found = answer.get("data", answer)
    assert found["valid"] is True
    assert found["coverage"]["covered_to"] >= 6, found
    assert found["coverage"]["status"] == "signed_by_operator"


def test_an_export_carries_the_checkpoint(covered: Covered, http: httpx.Client) -> None:
    content = downloaded(exported(http, covered.api_key, {"format": "ndjson"}))
    file = covered.checkpoint.with_name("export.ndjson.gz")
    file.write_bytes(content)
    verdict = covered.verified("--file", file)
    assert verdict["coverage"]["covered_to"] >= 6
    assert verdict["coverage"]["status"] == "signed_by_operator"


def test_receipts_are_checked_against_the_log(covered: Covered) -> None:
    kept = covered.checkpoint.with_name("receipts.ndjson")
    lines = [
        {"receipt": {"id": event_id, "status": "queued"}, "event": event}
        for event_id, event in zip(covered.ids, [*EVENTS, *EVENTS], strict=True)
    ]
    kept.write_text("".join(json.dumps(each) + "\n" for each in lines))
    ended = covered.indelible("receipts", "check", kept, "--older-than", "0s")
    assert ended.returncode == 0, ended.stdout + ended.stderr


class OfOneWorkspace:
    """Anchors of one workspace only, so that those of others are left to the watcher."""

    def __init__(self, anchors: DynamoDBAnchors, workspace_id: str) -> None:
        self._anchors, self._workspace_id = anchors, workspace_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._anchors, name)

    def put(self, anchor: Anchor) -> bool:
        return anchor.workspace_id == self._workspace_id and self._anchors.put(anchor)


def test_a_client_of_the_hosted_api_reads_and_verifies_the_anchor_of_the_day(
    covered: Covered, table: Table, http: httpx.Client
) -> None:
    """The watcher puts the anchors of yesterday. So this puts today's as if it were tomorrow."""
    s3 = root_session().client("s3", endpoint_url=covered.stack.endpoint_url)
    bucket = S3LockedBucket(s3, covered.stack.locked_bucket)
    turn = DynamoDBTurns(table).read()
    newest = find_newest_run(bucket, turn.run if turn else 0)
    assert newest
    now = newest.run_entry.time * 1_000_000
    anchors: Any = OfOneWorkspace(DynamoDBAnchors(table), covered.workspace_id)
    states = S3States(s3, covered.stack.state_bucket)
    put_anchors(
        DynamoDBLedger(table), bucket, states, anchors, newest, Position.at_first(now), now + DAY,
        lambda: True,
    )  # fmt: skip
    client = ImmutableClient(
        api_key=covered.api_key, base_url=covered.stack.base_url, timeout=A_MINUTE_OR_TWO
    )
    [anchor] = client.get_anchors(limit=5)["data"]
    assert (anchor["status"], anchor["chain"]) == ("confirmed", covered.stack.log_origin)
    assert client.get_anchor(anchor["id"])["data"]["merkle_root"] == anchor["merkle_root"]
    verified: Mapping[str, Any] = client.verify_anchor(anchor["id"])["data"]
    assert (verified["valid"], verified["actual"]) == (True, anchor["merkle_root"])
    public = http.get("v1/public/anchors/lookup", params={"tx_hash": anchor["tx_hash"]})
    assert public.json()["data"]["id"] == anchor["id"]
    assert http.get(f"v1/public/anchors/{anchor['id']}/verify").json()["data"]["valid"] is True
    with pytest.raises(ImmutableError) as unknown:
        client.get_anchor(f"anc_{'0' * 64}")
    assert unknown.value.status_code == 404
