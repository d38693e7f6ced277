"""Wrong usage is explained in the words of the command line, and the help shows what is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from indelible.cli.stack import Stack
from integration.command_line import a_workspace, run
from support.notes import LOG

EXPORT = ["export", "ws_1", "--out", "x.gz"]
LIBRARY = ("Value error", "Input should", "<bool>", "Traceback")


def complaint(*arguments: str) -> str:
    """What a command says of wrong usage, without the frame and its line breaks."""
    outcome = run(*arguments)
    assert outcome.status == 2, outcome
    assert not any(words in outcome.stderr for words in LIBRARY)
    return re.sub(r"[\s│]+", " ", outcome.stderr)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["key", "create", "ws_1", "--scope", "events:delete"],
            "'--scope': must be one of events:write, events:read",
        ),
        ([*EXPORT, "--format", "xlsx"], "'--format': must be one of csv, ndjson"),
        (["tail", "ws_1", "-n", "-1"], "must be a whole number of at least 0"),
        (["tail", "ws_1", "-n", "ten"], "must be a whole number of at least 0"),
        (["tail", "ws_1", "-n", "9" * 5_000], "must be a whole number of at least 0"),
        (["export", "ws_1", "--out", ""], "'--out': must name a file"),
        (["verify", "--file", ""], "'--file': must name a file"),
        ([*EXPORT, "--metadata", "=x"], "--metadata needs PATH=TEXT"),
        ([*EXPORT, "--metadata", "a"], "--metadata needs PATH=TEXT"),
        ([*EXPORT, "--action", "a,b"], "For several actions, repeat `--action`."),
        (["key", "revoke", "imk_nope"], "the first 20 characters of the key, as `key list` shows"),
        (["key", "revoke", "imk_nope"], "(imk_ and 16 letters and digits), or the whole key"),
    ],
)
def test_wrong_usage_says_what_is_needed(arguments: list[str], sentence: str) -> None:
    assert sentence in complaint(*arguments)


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "indelible", "verify", "--proof"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "requires an argument" in done.stderr) == (2, True)


def test_a_wrong_file_is_named_in_whole_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, missing = tmp_path / "other", tmp_path / "missing"
    other.write_text("hello\n")
    known = ["--key", LOG.key.text]
    outcome = run("verify", "--proof", str(other), *known)
    no_proof = "no proof: its first line is not c2sp.org/tlog-proof@v1"
    said = f"{other} is refused. It cannot be read: {no_proof}.\n"
    assert (outcome.status, outcome.stderr) == (1, said)
    outcome = run("verify", "--proof", str(missing), *known)
    said = f"{missing} cannot be read: No such file or directory.\n"
    assert (outcome.status, outcome.stderr) == (2, said)
    outcome = run("verify", "--proof", str(other), "--policy", str(missing))
    assert (outcome.status, outcome.stderr) == (2, said)
    monkeypatch.setenv("INDELIBLE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("INDELIBLE_API_KEY", "imk_x")
    outcome = run("receipts", "check", str(missing), *known)
    assert (outcome.status, outcome.stderr) == (2, said)
    outcome = run("verify", "--proof", str(other), "--policy", "/dev/zero")
    assert (outcome.status, "at most 65,536 are read" in outcome.stderr) == (2, True)
    outcome = run("verify", "--proof", str(other), "--policy", str(other))
    assert outcome.status == 2
    assert outcome.stderr.startswith(f"{other} is no policy: line 1 of the policy: 'hello' has ")


def test_advice_for_json_is_not_given_on_the_command_line() -> None:
    assert "JSON" not in complaint(*EXPORT, "--action", "a,b")


@pytest.mark.parametrize("command", ["list", "redrive", "discard"])
@pytest.mark.parametrize(
    "url", ["https://sqs.eu-central-1.amazonaws.com/123456789012/gone.fifo", "http://x/y", "y"]
)
def test_a_queue_that_does_not_exist_is_named(stack: Stack, command: str, url: str) -> None:
    options = [] if command == "list" else ["--yes"]
    outcome = run("dlq", command, "--from-queue", url, *options)
    assert outcome.status == 1
    assert outcome.stderr == f"No queue in this account and Region has the URL {url}.\n"


def test_the_values_of_an_option_are_read_as_before(stack: Stack) -> None:
    workspace_id = a_workspace()
    made = run("key", "create", workspace_id, "--scope", "events:read", "--scope", "events:write")
    assert made.status == 0
    assert "events:read events:write" in run("key", "list", workspace_id).stdout
    assert run("tail", workspace_id, "--no-follow").status == 0
    assert run("tail", workspace_id, "--no-follow", "-n", "0").status == 0


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["workspace", "create"],
        ["workspace", "set-limits"],
        ["tail"],
        ["export"],
        ["dlq", "list"],
    ],
)
def test_the_help_shows_no_type_of_a_flag(command: list[str]) -> None:
    shown = run(*command, "-h").stdout
    assert "--help" in shown
    assert "bool" not in shown


def test_the_help_of_workspaces_begins_with_creating_one_and_ends_with_deleting() -> None:
    shown = run("workspace", "-h").stdout
    commands = re.findall(r"^│ ([a-z][a-z-]+)  ", shown, re.MULTILINE)
    assert commands == ["create", "list", "show", "set-limits", "rename", "delete"]


def test_the_help_of_renaming_does_not_speak_of_a_new_id() -> None:
    assert "generated" not in run("workspace", "rename", "-h").stdout


def test_the_help_names_the_values_to_choose_from() -> None:
    assert "csv|ndjson" in run("export", "-h").stdout
    assert "events:write|events:read" in run("key", "create", "-h").stdout
