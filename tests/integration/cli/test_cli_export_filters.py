"""`indelible export`: its options choose the events of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.hashes import EMPTY
from indelible.cli.stack import Stack
from indelible.filters import OCCURRED, TEXTS
from indelible.writing.build_segment import build_segment
from integration.command_line import a_workspace, chain_events, lines_of, run
from support.builders import NOON, a_queued_event, counted_entropy

OPTIONS = [f"--{name.replace('_', '-')}" for name in (*TEXTS, *OCCURRED, "metadata", "from", "to")]
"""Of each filter. An empty value must not mean everything: a script may have an unset variable."""


def test_a_range_of_times_is_exported_and_verifies(stack: Stack, tmp_path: Path) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 1, 4)
    whole, part = tmp_path / "whole.gz", tmp_path / "part.gz"
    run("export", workspace_id, "--out", str(whole))
    records = [json.loads(line)["record"] for line in lines_of(whole)[1:]]
    bounds = ["--from", records[1]["created_at"], "--to", records[5]["created_at"]]

    assert run("export", workspace_id, "--out", str(part), *bounds).status == 0

    manifest, *lines = map(json.loads, lines_of(part))
    assert [line["record"]["sequence"] for line in lines] == [2, 3, 4, 5, 6]
    assert manifest["first_sequence"] == 2
    assert run("verify", "--file", str(part)).status == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "yesterday"], ["--from"]),
        (["--to", "2026-11-01T00:00:00"], ["--to", "time zone"]),
        (["--from", "2026-11-02", "--to", "2026-11-01"], ["--from", "later than", "--to"]),
        (["--occurred-from", "2026-02-30"], ["--occurred-from"]),
        (["--actor-id", "user_*"], ["--actor-id", "--action"]),
        (["--action", "a", "--action", "b,c"], ["--action", "comma"]),
        *(([option, ""], [option]) for option in OPTIONS),
        (["--tenant-id", ""], ["--tenant-id", "1 to 1024 characters"]),
        (["--action", "a", "--action", ""], ["--action", "1 to 1024 characters"]),
        (["--metadata", "plan"], ["PATH=TEXT"]),
        (["--metadata", "a="], ["--metadata a"]),
        (["--metadata", ""], ["PATH=TEXT"]),
        (["--metadata", "a..b=x"], ["--metadata a..b"]),
        (["--metadata", "a=x", "--metadata", "a=y"], ["--metadata a", "once"]),
    ],
)
def test_a_wrong_filter_is_wrong_usage(
    stack: Stack, tmp_path: Path, options: list[str], words: list[str]
) -> None:
    outcome = run("export", a_workspace(), "--out", str(tmp_path / "x"), *options)
    assert outcome.status == 2
    for each in words:
        assert each in outcome.stderr
    assert not [*tmp_path.iterdir()]


def test_a_file_has_only_the_records_that_match_every_option(stack: Stack, tmp_path: Path) -> None:
    workspace_id, path = a_workspace(), tmp_path / "part.gz"
    events: list[dict[str, Any]] = [
        {"action": "login.failed", "metadata": {"a": {"b": "x=y"}}, "tenant_id": "org_1"},
        {"action": "login.blocked", "metadata": {"a": {"b": "x=y"}}, "tenant_id": "org_2"},
        {"action": "invoice.paid", "metadata": {"a": {"b": "x=y"}}},
        {"action": "login.failed", "metadata": {"a": {"b": "z"}}},
        {"action": "login.failed", "metadata": {"a": {"b": "x=y"}}, "actor_type": "service"},
    ]
    queued = [a_queued_event(at, NOON, actor_id="ann", **each) for at, each in enumerate(events)]
    segment = build_segment(workspace_id, EMPTY, queued, counted_entropy())
    DynamoDBLedger(stack.table).append(segment)
    wanted = ["--action", "login.failed", "--action", "login.blocked", "--metadata", "a.b=x=y"]
    wanted += ["--occurred-from", "2026-11-23", "--occurred-to", "2026-11-23", "--search", "ANN"]
    done = run("export", workspace_id, "--out", str(path), *wanted)
    assert (done.status, f"{path}: 3 events of 5 records, " in done.stdout) == (0, True)
    manifest, *lines = map(json.loads, lines_of(path))
    assert [line["record"]["sequence"] for line in lines if "record" in line] == [1, 2, 5]
    assert manifest["filters"] == {
        "action": ["login.blocked", "login.failed"],
        "metadata.a.b": "x=y",
        "search": "ANN",
        "occurred_from": "2026-11-23T00:00:00.000000Z",
        "occurred_to": "2026-11-23T23:59:59.999999Z",
    }
    verified = run("verify", "--file", str(path))
    assert verified.status == 0
    assert "login.blocked" in verified.stdout


def test_every_filter_of_the_api_is_an_option(stack: Stack) -> None:
    shown = run("export", "--help").stdout
    for option in OPTIONS:
        assert f"{option} " in shown
