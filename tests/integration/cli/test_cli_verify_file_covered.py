"""`indelible verify --file`: up to where the file is covered, and who vouches for that."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import read_proof_file
from indelible.checkpoints.workspace_map import Row, root_with_row, row_key
from indelible.filters import Filters
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.spelling import MAX_NUMBER
from integration.command_line import run
from support.builders import NOON, SECOND, a_chain
from support.covered_files import a_covered_chain, covered_lines
from support.export_lines import lines_of as export_lines
from support.export_lines import packed
from support.notes import FIRST, LOG, Signer, signed_by_log


def a_covered_file(folder: Path) -> Path:
    """An export of ten records, of which the log covers eight."""
    file = folder / "covered.ndjson.gz"
    file.write_bytes(packed(covered_lines(a_covered_chain(a_chain(10, 4), 2))))
    return file


def a_policy(folder: Path, log: Signer, *lines: str) -> str:
    """A policy file that trusts a log."""
    policy = folder / "policy"
    policy.write_text("\n".join([f"log {log.key.text}", *lines]) + "\n")
    return str(policy)


def test_the_verdict_says_up_to_where_a_file_is_covered_and_what_was_not_checked(
    tmp_path: Path,
) -> None:
    outcome = run("verify", "--file", str(a_covered_file(tmp_path)))
    assert outcome.status == 0, outcome.stderr
    shown = " ".join(outcome.stdout.split())
    assert "is valid: 10 records." in shown
    assert f"covered up to record 8 by the log {LOG.name}, run at 2026-11-23T12:01:00" in shown
    assert "signatures not checked: give the keys that you trust with --policy FILE" in shown
    assert "records after 8 are not covered" in shown


def test_a_policy_makes_the_verdict_say_who_vouches(tmp_path: Path) -> None:
    file = str(a_covered_file(tmp_path))
    alone = a_policy(tmp_path, LOG, "quorum none")
    assert "signed by the operator only" in run("verify", "--file", file, "--policy", alone).stdout
    witness = f"witness w {FIRST.witness_key.text}"
    policy = a_policy(tmp_path, LOG, witness, "quorum w")
    outcome = run("verify", "--file", file, "--policy", policy, "--json")
    coverage = json.loads(outcome.stdout)["coverage"]
    assert (coverage["covered_to"], coverage["status"]) == (8, "witnessed")
    assert coverage["covered_between"] == {"from": None, "to": "2026-11-23T12:01:02Z"}
    assert (coverage["since"], coverage["run"], coverage["findings"]) == (None, None, None)


def test_a_checkpoint_that_the_policy_does_not_accept_is_a_break(tmp_path: Path) -> None:
    policy = a_policy(tmp_path, Signer(LOG.name, "another"), "quorum none")
    outcome = run("verify", "--file", str(a_covered_file(tmp_path)), "--policy", policy, "--json")
    assert outcome.status == 1
    [found] = json.loads(outcome.stdout)["breaks"]
    assert (found["type"], found["sequence"]) == ("checkpoint_mismatch", 10)
    assert "step signature" in found["detail"]


def test_a_time_that_no_calendar_has_gets_a_verdict_all_the_same(tmp_path: Path) -> None:
    """Anybody can put such a checkpoint into a file. Nothing signs it, so it is not a break."""
    lines = covered_lines(a_covered_chain(a_chain(10, 4)))
    manifest = json.loads(lines[0])
    proof = read_proof_file(manifest["checkpoint"]["file"].encode())
    root = root_with_row(
        Row(row_key(proof.checkpoint.workspace_id), proof.checkpoint.sha256),
        proof.leaf,
        proof.map_path,
    )
    text = Checkpoint(LOG.name, 1, leaf_hash(RunEntry(MAX_NUMBER, root).encoded)).text
    made = replace(proof, note=signed_by_log(text), time=MAX_NUMBER, log_index=0, log_path=())
    manifest["checkpoint"]["file"] = made.encoded.decode()
    file = tmp_path / "late.ndjson.gz"
    file.write_bytes(packed([json.dumps(manifest).encode() + b"\n", *lines[1:]]))
    outcome = run("verify", "--file", str(file))
    assert (outcome.status, outcome.stderr) == (0, "")
    assert f"run at second {MAX_NUMBER}" in outcome.stdout
    outcome = run("verify", "--file", str(file), "--json")
    assert json.loads(outcome.stdout)["coverage"]["run_time"] == f"second {MAX_NUMBER}"


def test_a_file_without_a_checkpoint_says_so(file: Path, tmp_path: Path) -> None:
    outcome = run("verify", "--file", str(file))
    assert "not covered: The log covers no event of this workspace yet" in outcome.stdout
    older = tmp_path / "older.ndjson.gz"
    older.write_bytes(packed(export_lines(a_chain(3, 1))))
    shown = " ".join(run("verify", "--file", str(older)).stdout.split())
    assert "not covered: the file has no checkpoint" in shown


def test_a_policy_that_cannot_be_read_gives_no_verdict(file: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text("log nonsense\nquorum none\n")
    for each in (policy, tmp_path / "missing"):
        outcome = run("verify", "--file", str(file), "--policy", str(each))
        assert (outcome.status, outcome.stdout) == (2, "")
        assert "policy" in outcome.stderr


def test_without_the_package_for_signatures_the_verdict_names_it(tmp_path: Path) -> None:
    policy = a_policy(tmp_path, LOG, "quorum none")
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from indelible.cli import main\n"
        f"sys.argv = ['indelible', 'verify', '--file', {str(a_covered_file(tmp_path))!r},"
        f" '--policy', {policy!r}]\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert 'pip install "indelible[proofs]"' in " ".join(done.stdout.split())


def test_a_checkpoint_that_was_left_out_is_missed_by_those_who_have_a_policy(
    file: Path, tmp_path: Path
) -> None:
    """A rewritten chain verifies by itself. So a file without a checkpoint must not pass."""
    policy = a_policy(tmp_path, LOG, "quorum none")
    older, beyond = tmp_path / "older.ndjson.gz", tmp_path / "beyond.ndjson.gz"
    older.write_bytes(packed(export_lines(a_chain(3, 1))))
    last = Filters({}, NOON + 9 * SECOND, NOON + 10 * SECOND)
    beyond.write_bytes(packed(covered_lines(a_covered_chain(a_chain(10, 4), 2), last)))
    for each, why in (
        (file, "not covered: The log covers no event of this workspace yet"),
        (older, "not covered: the file has no checkpoint"),
        (beyond, "not covered: the log had only records 1 to 8"),
    ):
        outcome = run("verify", "--file", str(each), "--policy", policy)
        assert outcome.status == 2
        said = " ".join(outcome.stderr.split())
        assert f"Your keys vouch for no record of {each}: {why}" in said
        assert run("verify", "--file", str(each)).status == 0
