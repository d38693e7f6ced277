"""From posted events to files that prove them, through every part of the deployed stack."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from e2e.client import chained, get, get_publicly, send_until_accepted
from e2e.covered_workspace import EVENTS, Covered, command_line
from e2e.test_exports_download import downloaded, exported
from indelible.aws.ledger import DynamoDBLedger
from indelible.tlog.keys import NOTES, VerifierKey
from support.contract import validator

from tools.local.aws import root_session
from tools.local.scheduled import no_runs, run_well
from tools.local.waiting import wait_until


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
    answer = get_publicly(http, "v1/log-keys")
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
        early = get(http, covered.api_key, path)

    def proof() -> httpx.Response | None:
        run_well(covered.stack, "checkpoint")
        answer = get(http, covered.api_key, path)
        return answer if answer.status_code == 200 else None

    return Grown(receipts[0]["id"], early, wait_until("the event is covered", proof))


@pytest.mark.restarts  # another test may run the function `checkpoint` meanwhile
def test_an_event_has_no_proof_before_a_run_covers_it(grown: Grown) -> None:
    assert (grown.early.status_code, grown.early.json()["error"]) == (409, "not_ready")
    assert int(grown.early.headers["Retry-After"]) > 0
    assert grown.late.text.startswith("c2sp.org/tlog-proof@v1\n")
    assert f'filename="{grown.event_id}.tlog-proof"' in grown.late.headers["Content-Disposition"]


def test_a_file_that_was_kept_is_in_the_log_of_later(covered: Covered, grown: Grown) -> None:
    """Each process that returns proofs knows a newer run after a minute at the latest."""
    assert grown.late

    def against_log() -> dict[str, Any] | None:
        ended = covered.indelible(
            "verify", "--checkpoint", covered.checkpoint, "--against-log", "--key",
            covered.log_key, "--max-age", "10m", "--json",
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        found: dict[str, Any] = json.loads(ended.stdout)["against_log"]
        assert (found["kept"], found["lost"]) == (6, 0)
        assert found["coverage"]["restarts"] == []
        return found if found["coverage"]["covered_to"] == 9 else None

    wait_until("nine events are covered", against_log)


def test_the_api_says_up_to_where_a_chain_is_covered(covered: Covered, http: httpx.Client) -> None:
    """A process that verifies knows a newer run after a minute at the latest."""

    def coverage() -> dict[str, Any] | None:
        found = get(http, covered.api_key, "v1/verify").json()["data"]
        assert found["valid"] is True
        says: dict[str, Any] = found["coverage"]
        return says if says["covered_to"] >= 6 else None

    assert wait_until("six events are covered", coverage)["status"] == "signed_by_operator"


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
