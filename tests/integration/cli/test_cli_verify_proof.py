"""`indelible verify --checkpoint` and `--proof`, and `indelible proof`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from indelible.checkpoints.proof_file import read_proof_file
from indelible.checkpoints.requests import RestartRequest
from indelible.proving.checkpoint_file import make_checkpoint_file
from integration.command_line import Outcome, run
from support.builders import NOON, WORKSPACE, event_id
from support.deployment import Deployment
from support.http_log import API_KEY, HttpLog, serving
from support.notes import FIRST, LOG
from support.proving import a_deployment, runs_of

POLICY = f"log {LOG.key.text}\nwitness w {FIRST.witness_key.text}\nquorum w\n"


def grow(deployment: Deployment, *counts: int) -> None:
    for count in counts:
        deployment.grow(WORKSPACE, count)
        deployment.run()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpLog]:
    """A log with ten records of a chain, cosigned by a witness, and served over HTTP."""
    deployment = a_deployment()
    grow(deployment, 4, 6)
    with serving(deployment) as found:
        monkeypatch.setenv("INDELIBLE_URL", found.url)
        monkeypatch.setenv("INDELIBLE_API_KEY", API_KEY)
        yield found


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """The path of a policy that wants the witness."""
    (tmp_path / "policy").write_text(POLICY)
    return str(tmp_path / "policy")


def record_id(sequence: int) -> str:
    """The id of a record of the chain."""
    return event_id(sequence, NOON + sequence * 1_000)


def kept_checkpoint(log: HttpLog, tmp_path: Path) -> str:
    file = make_checkpoint_file(runs_of(log.deployment).read(log.deployment.now), WORKSPACE)
    (tmp_path / "kept.tlog-proof").write_bytes(file.encoded)
    return str(tmp_path / "kept.tlog-proof")


def kept_proof(log: HttpLog, tmp_path: Path, sequence: int = 7) -> str:
    file = tmp_path / f"{sequence}.tlog-proof"
    outcome = run("proof", record_id(sequence), "--out", str(file))
    assert outcome.status == 0, outcome.stderr
    return str(file)


def verdict(*arguments: str, status: int = 0) -> dict[str, object]:
    outcome = run("verify", *arguments, "--json")
    assert outcome.status == status, outcome.stderr
    found: dict[str, object] = json.loads(outcome.stdout)
    return found


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
    assert (facts["assurance"], facts["covered"], facts["event"]) == ("witnessed", 10, None)


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
    """Every tenth byte here; `test_verify_proof.py` changes each."""
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


def test_the_log_of_today_goes_on_from_the_file(log: HttpLog, tmp_path: Path, policy: str) -> None:
    file = kept_checkpoint(log, tmp_path)
    grow(log.deployment, 300, 5)
    outcome = run("verify", "--checkpoint", file, "--policy", policy, "--against-log")
    assert outcome.status == 0, outcome.stderr
    assert "the log of today still contains everything that this file covers" in outcome.stdout
    assert "315 records covered" in outcome.stdout
    assert "coverage exists since 2026-11-23T12:01:00Z" in outcome.stdout
    assert log.asked[-1][1] == f"Bearer {API_KEY}"


def test_without_a_pinned_key_the_server_s_own_word_is_all_there_is(
    log: HttpLog, tmp_path: Path
) -> None:
    file = kept_checkpoint(log, tmp_path)
    outcome = run("verify", "--checkpoint", file, "--against-log")
    assert outcome.status == 0
    assert f"key {LOG.key.text}, as this server says" in outcome.stdout
    assert "signed by the operator only" in outcome.stdout


def test_a_fork_that_was_healed_is_found(log: HttpLog, tmp_path: Path, policy: str) -> None:
    file = kept_checkpoint(log, tmp_path)
    log.deployment = a_deployment()
    grow(log.deployment, 4, 5, 6)
    outcome = run("verify", "--checkpoint", file, "--policy", policy, "--against-log")
    assert outcome.status == 1
    assert "The log of today does not go on from" in outcome.stderr


def test_a_server_that_says_it_knows_nothing_is_refused(
    log: HttpLog, tmp_path: Path, policy: str
) -> None:
    file = kept_checkpoint(log, tmp_path)
    log.deployment = a_deployment()
    log.deployment.run()
    outcome = run("verify", "--checkpoint", file, "--policy", policy, "--against-log")
    assert outcome.status == 1
    assert "10 were covered" in outcome.stderr


def test_a_restart_shows_for_ever_and_names_what_is_lost(
    log: HttpLog, tmp_path: Path, policy: str
) -> None:
    file = kept_checkpoint(log, tmp_path)
    log.deployment.cut(WORKSPACE, 4)
    log.deployment.turns.waiting.append(RestartRequest(WORKSPACE, 0, 4, "restored"))
    grow(log.deployment, 3, 3)
    outcome = run("verify", "--checkpoint", file, "--policy", policy, "--against-log")
    assert outcome.status == 0
    assert "records 5 to 10 lost" in outcome.stdout
    assert "the chain of today no longer has records 5 to 10 of this file" in outcome.stdout
    assert "that records 1 to 4 are still the same is as the operator says" in outcome.stdout
    later = kept_checkpoint(log, tmp_path)
    text = run("verify", "--checkpoint", later, "--policy", policy).stdout
    assert "restarted: this is epoch 1" in text
    assert verdict("--checkpoint", later, "--policy", policy)["restarted"] is True


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, b"<html>"), "cannot be read"),
        ((500, b"oops"), "The API answered 500"),
        ((302, b"http://127.0.0.1:1/"), "The API answered 302"),
        ((429, b'{"error":"rate_limited","message":"Slower."}'), "Slower."),
    ],
)
def test_without_an_answer_there_is_no_verdict(
    log: HttpLog, tmp_path: Path, policy: str, answer: tuple[int, bytes], sentence: str
) -> None:
    file = kept_checkpoint(log, tmp_path)
    log.change = lambda _, __: answer
    outcome = run("verify", "--checkpoint", file, "--policy", policy, "--against-log")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert sentence in outcome.stderr


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
