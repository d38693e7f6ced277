"""`indelible verify --against-log`: the log of today goes on from a file that was kept, or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from indelible.checkpoints.requests import RestartRequest
from integration.command_line import run
from integration.kept_files import grow, kept_checkpoint, verdict
from support.builders import WORKSPACE
from support.http_log import API_KEY, HttpLog
from support.notes import LOG
from support.proving import a_deployment


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
    facts = verdict("--checkpoint", file, "--policy", policy, "--against-log")
    coverage, answer = facts["coverage"], facts["against_log"]
    assert isinstance(coverage, dict)
    assert isinstance(answer, dict)
    [restart] = answer["coverage"]["restarts"]
    assert (restart["old_size"], restart["kept_size"], restart["lost"]) == (10, 4, 6)
    assert (answer["kept"], answer["lost"], answer["coverage"]["covered_to"]) == (4, 6, 10)
    assert (coverage["restarts"], coverage["since"]) == ([], "2026-11-23T12:01:00Z")
    assert "the chain of today no longer has records 5 to 10 of this file" in outcome.stdout
    assert "that records 1 to 4 are still the same is as the operator says" in outcome.stdout
    later = kept_checkpoint(log, tmp_path)
    text = run("verify", "--checkpoint", later, "--policy", policy).stdout
    assert "restarted: this is epoch 1" in text
    facts = verdict("--checkpoint", later, "--policy", policy)
    coverage = facts["coverage"]
    assert isinstance(coverage, dict)
    assert (facts["restarted"], coverage["epoch"], coverage["restarts"]) == (True, 1, None)


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
