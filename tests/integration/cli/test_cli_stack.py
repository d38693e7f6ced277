"""Which stack a command uses, and its error when there is none."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from indelible.aws import clients
from indelible.cli.stack import LOCAL_FILE, Stack, find_stack
from integration.command_line import a_workspace, run

LOCAL = {
    "base_url": "http://127.0.0.1:1/",
    "api_key": "imk_",
    "workspace_id": "ws_",
    "endpoint_url": "http://127.0.0.1:1",
    "table_name": "local-table",
    "queue_url": "http://127.0.0.1:1/000000000000/messages.fifo",
    "dlq_url": "http://127.0.0.1:1/000000000000/dead-letters.fifo",
    "region": "us-east-1",
}


@pytest.fixture
def nowhere(tmp_path: Path, new_session: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a stack; changes of the environment are undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in [each for each in os.environ if each.startswith(("AWS_", "INDELIBLE_"))]:
        del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    return tmp_path


def write_local(folder: Path, stack: dict[str, str]) -> None:
    (folder / LOCAL_FILE).parent.mkdir()
    (folder / LOCAL_FILE).write_text(json.dumps(stack))


def test_the_option_names_the_stack(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace_id = a_workspace()
    monkeypatch.setenv("INDELIBLE_STACK", "another")

    assert workspace_id in run("workspace", "list", "--stack", "under-test").stdout
    outcome = run("workspace", "list")
    assert outcome.status == 2
    assert "another does not exist" in outcome.stderr


def test_the_region_may_be_in_either_variable(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    clients.session.cache_clear()

    assert run("workspace", "list").status == 0


def test_the_stack_may_be_named_before_the_command_and_after_it_goes_first(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = run("workspace", "create", "Acme").stdout.strip()
    monkeypatch.setenv("INDELIBLE_STACK", "absent")
    assert run("workspace", "list").status == 2
    assert workspace_id in run("--stack", "under-test", "workspace", "list").stdout
    both = run("--stack", "absent", "workspace", "list", "--stack", "under-test")
    assert workspace_id in both.stdout


@pytest.mark.parametrize("command", [[], ["workspace"], ["workspace", "list"], ["dlq", "redrive"]])
def test_h_is_help_everywhere(command: list[str]) -> None:
    assert run(*command, "-h").stdout == run(*command, "--help").stdout != ""


def test_a_stack_that_is_not_ours_is_named(stack: Stack) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}}
    boto3.client("cloudformation").create_stack(
        StackName="other", TemplateBody=json.dumps(template)
    )

    outcome = run("workspace", "list", "--stack", "other")

    assert outcome.status == 2
    assert "TableName" in outcome.stderr


def test_without_a_stack_the_error_names_both_ways_to_give_one(nowhere: Path) -> None:
    outcome = run("workspace", "list")

    assert outcome.status == 2
    assert "--stack" in outcome.stderr
    assert "make up" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_the_local_stack_is_found_from_a_subfolder_and_nothing_else_is_used(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as running:
        local = {**LOCAL, "endpoint_url": f"http://127.0.0.1:{running.getsockname()[1]}"}
        write_local(nowhere, local)
        found = _found_below(nowhere, monkeypatch)

    assert found.table.name == "local-table"
    assert found.dead_letter_queue_url == LOCAL["dlq_url"]
    for client in (found.table.client, found.sqs):
        assert client.meta.endpoint_url == local["endpoint_url"]
        assert client.meta.region_name == "us-east-1"


def _found_below(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The stack that is found from a subfolder, in spite of the user's own AWS settings."""
    below = nowhere / "docs" / "decisions"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    os.environ |= {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "token"}

    return find_stack(None)


def test_a_local_stack_that_is_down_gives_one_sentence(nowhere: Path) -> None:
    write_local(nowhere, LOCAL)
    for command in (["workspace", "list"], ["verify", "ws_1"], ["dlq", "list"], ["tail", "ws_1"]):
        outcome = run(*command)
        assert outcome.status == 2
        assert outcome.stderr == "The local stack is not running. `make up` starts it.\n"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"endpoint_url": "x"}'])
def test_a_corrupt_stack_file_is_named(nowhere: Path, content: str) -> None:
    write_local(nowhere, LOCAL)
    (nowhere / LOCAL_FILE).write_text(content)

    outcome = run("workspace", "list")

    assert outcome.status == 2
    assert str(LOCAL_FILE) in outcome.stderr


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, "No AWS Region is set. Set AWS_REGION"),
        ({"AWS_REGION": "eu-west-1"}, "credentials"),
        ({"AWS_PROFILE": "nobody"}, "nobody"),
    ],
)
def test_missing_aws_settings_give_one_sentence(
    nowhere: Path, variables: dict[str, str], complaint: str
) -> None:
    settings = {"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none"}
    os.environ |= {**settings, **variables}

    outcome = run("verify", "ws_1", "--stack", "any")

    assert outcome.status == 2
    assert complaint in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


WITHOUT_AWS = "import sys; sys.modules['botocore'] = None; "
MAIN = "from indelible.cli import main; sys.argv[1:] = {}; main()"


@pytest.mark.parametrize("arguments", [["--help"], ["verify", "--help"], ["--version"]])
def test_help_needs_no_aws_library(arguments: list[str]) -> None:
    outcome = python(WITHOUT_AWS + MAIN.format(arguments))

    assert outcome.returncode == 0, outcome.stderr
    assert "indelible" in outcome.stdout


@pytest.mark.parametrize("arguments", [["workspace", "list"], ["verify", "ws_1"], ["dlq", "list"]])
def test_a_command_without_the_aws_library_names_what_to_install(arguments: list[str]) -> None:
    outcome = python(WITHOUT_AWS + MAIN.format(arguments))

    assert outcome.returncode == 2
    assert "indelible[aws]" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_the_command_line_imports_no_aws_library_before_it_needs_one() -> None:
    outcome = python("import sys, indelible.cli; print(sys.modules.keys() & {'botocore'})")

    assert outcome.stdout == "set()\n"
