"""`indelible verify --checkpoint` and `--proof`, offline; and `indelible proof`."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from indelible.checkpoints.proof_file import read_proof_file
from integration.command_line import Outcome, run
from integration.kept_files import POLICY, kept_checkpoint, kept_proof, record_id, verdict
from support.builders import WORKSPACE
from support.http_log import HttpLog
from support.notes import FIRST, LOG


def test_a_witnessed_checkpoint_says_up_to_where_when_and_with_which_keys(
    log: HttpLog, tmp_path: Path, policy: str
) -> None:
    file = kept_checkpoint(log, tmp_path)
    outcome = run("verify", "--checkpoint", file, "--policy", policy)
    assert outcome.status == 0
    for part in (
        f"{WORKSPACE} is witnessed up to record 10.",
        "later records are not covered by this file",
        "cosigned by w at 2026-11-23T12:01:02Z",
        f"key {LOG.key.text}, pinned by you",
        f"key {FIRST.witness_key.text}, pinned by you",
        "from when on coverage exists is not in this file",
    ):
        assert part in outcome.stdout
    facts = verdict("--checkpoint", file, "--policy", policy)
    coverage = facts["coverage"]
    assert isinstance(coverage, dict)
    assert (coverage["status"], coverage["covered_to"], facts["event"]) == ("witnessed", 10, None)
    assert coverage["covered_between"] == {"from": None, "to": "2026-11-23T12:01:02Z"}
    assert (coverage["since"], coverage["restarts"], coverage["held"]) == (None, [], None)


def test_with_the_log_s_key_alone_the_operator_is_all_there_is(
    log: HttpLog, tmp_path: Path
) -> None:
    file = kept_checkpoint(log, tmp_path)
    text = run("verify", "--checkpoint", file, "--key", LOG.key.text).stdout
    assert f"{WORKSPACE} is signed by the operator only, up to record 10." in text


def test_a_proof_says_between_which_times_its_record_was_covered(
    log: HttpLog, tmp_path: Path, policy: str
) -> None:
    file = kept_proof(log, tmp_path)
    text = run("verify", "--proof", file, "--policy", policy).stdout
    assert f"Event {record_id(7)} is record 7 of {WORKSPACE}." in text
    assert "covered between 2026-11-23T12:00:00.007000Z, when it was chained" in text
    assert "and 2026-11-23T12:01:02Z, as witnessed" in text
    facts = verdict("--proof", file, "--policy", policy)
    event = facts["event"]
    assert isinstance(event, dict)
    assert (event["id"], event["sequence"]) == (record_id(7), 7)
    coverage = facts["coverage"]
    assert isinstance(coverage, dict)
    assert coverage["covered_between"] == {
        "from": event["created_at"],
        "to": "2026-11-23T12:01:02Z",
    }


def test_a_file_without_a_key_that_is_trusted_gets_no_verdict(log: HttpLog, tmp_path: Path) -> None:
    outcome = run("verify", "--checkpoint", kept_checkpoint(log, tmp_path))
    assert (outcome.status, outcome.stdout) == (2, "")
    assert "pass --policy FILE or --key VKEY" in outcome.stderr


def test_another_policy_refuses_the_file(log: HttpLog, tmp_path: Path) -> None:
    file = kept_checkpoint(log, tmp_path)
    other = tmp_path / "other"
    for text in (
        POLICY.replace(LOG.key.text, replace(LOG, seed="x").key.text),
        POLICY.replace(FIRST.witness_key.text, replace(FIRST, seed="x").witness_key.text),
        POLICY.replace(
            "quorum w",
            f"witness v {replace(FIRST, name='v').witness_key.text}\n"
            "group both all w v\nquorum both",
        ),
    ):
        other.write_text(text)
        outcome = run("verify", "--checkpoint", file, "--policy", str(other))
        assert outcome.status == 1
        assert "is refused" in outcome.stderr
    other.write_text("nonsense\n")
    assert run("verify", "--checkpoint", file, "--policy", str(other)).status == 2


def test_an_old_file_is_not_taken_for_the_newest(log: HttpLog, tmp_path: Path, policy: str) -> None:
    file = kept_checkpoint(log, tmp_path)
    outcome = run("verify", "--checkpoint", file, "--policy", policy, "--max-age", "10m")
    assert outcome.status == 1  # the witness's clock stands still, and this machine's does not
    assert "at the step age" in outcome.stderr
    facts = verdict("--checkpoint", file, "--policy", policy, "--max-age", "10m", status=1)
    assert (facts["valid"], facts["failed_step"]) == (False, "age")
    assert run("verify", "--checkpoint", file, "--policy", policy, "--max-age", "10").status == 2


def test_a_record_of_another_event_is_refused(log: HttpLog, tmp_path: Path, policy: str) -> None:
    one = read_proof_file(Path(kept_proof(log, tmp_path, 7)).read_bytes())
    two = read_proof_file(Path(kept_proof(log, tmp_path, 8)).read_bytes())
    assert one.event
    assert two.event
    forged = replace(one, event=replace(one.event, record=two.event.record))
    (tmp_path / "forged").write_bytes(forged.encoded)
    outcome = run("verify", "--proof", str(tmp_path / "forged"), "--policy", policy)
    assert outcome.status == 1
    assert "at the step record" in outcome.stderr


@pytest.mark.parametrize("option", ["--checkpoint", "--proof"])
def test_no_byte_of_a_file_can_be_changed(
    log: HttpLog, tmp_path: Path, policy: str, option: str
) -> None:
    """Every tenth byte here; `test_mangled_proofs.py` changes each."""
    kept = kept_checkpoint if option == "--checkpoint" else kept_proof
    content = Path(kept(log, tmp_path)).read_bytes()
    mangled = tmp_path / "mangled"
    for place in range(0, len(content), 10):
        mangled.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        outcome = run("verify", option, str(mangled), "--policy", policy, "--json")
        assert outcome.status == 1, place


def test_a_file_of_the_other_kind_is_named(log: HttpLog, tmp_path: Path, policy: str) -> None:
    checkpoint, proof = kept_checkpoint(log, tmp_path), kept_proof(log, tmp_path)
    outcome = run("verify", "--proof", checkpoint, "--policy", policy)
    assert (outcome.status, "Use --checkpoint" in outcome.stderr) == (2, True)
    outcome = run("verify", "--checkpoint", proof, "--policy", policy)
    assert (outcome.status, "Use --proof" in outcome.stderr) == (2, True)


def test_a_proof_of_another_event_is_not_written(log: HttpLog, tmp_path: Path) -> None:
    other = Path(kept_proof(log, tmp_path, 8)).read_bytes()
    log.change = lambda _, __: (200, other)
    target = tmp_path / "new"
    outcome = run("proof", record_id(7), "--out", str(target))
    assert (outcome.status, target.exists()) == (1, False)
    log.change = lambda _, __: (200, b"<html>")
    outcome = run("proof", record_id(7), "--out", str(target))
    assert (outcome.status, target.exists()) == (1, False)
    log.change = lambda _, __: (404, b'{"error":"not_found","message":"No such event."}')
    outcome = run("proof", record_id(7), "--out", str(target))
    assert (outcome.status, "No such event." in outcome.stderr) == (2, True)


def test_options_that_do_not_fit_together_are_wrong_usage(
    log: HttpLog, tmp_path: Path, policy: str
) -> None:
    file = kept_checkpoint(log, tmp_path)
    for arguments in (
        ("--checkpoint", file, "--proof", file),
        ("--checkpoint", file, "--policy", policy, "--key", LOG.key.text),
        ("--checkpoint", file, "--table", "t"),
        (WORKSPACE, "--policy", policy),
        ("--file", file, "--max-age", "10m"),
        ("--checkpoint", file, "--key", FIRST.witness_key.text),
    ):
        assert run("verify", *arguments).status == 2, arguments


def test_offline_no_aws_library_and_no_http_library_is_loaded(
    log: HttpLog, tmp_path: Path, policy: str
) -> None:
    file = kept_proof(log, tmp_path)
    program = (
        "import sys\nfrom indelible.cli import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'botocore', 'boto3', 'http.client', 'urllib.request'}\n"
        "loaded = heavy & {*sys.modules}\nassert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "verify", "--proof", file, "--policy", policy],
        env={**os.environ, "INDELIBLE_URL": "http://127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
    )
    outcome = Outcome(done.returncode, done.stdout, done.stderr)
    assert outcome.status == 0, outcome.stderr
    assert "is record 7" in outcome.stdout
