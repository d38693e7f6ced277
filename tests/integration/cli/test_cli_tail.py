"""`indelible tail` against a stack in moto."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

import pytest
from indelible import zstd
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import event_hashes_of, read_records
from indelible.cli.stack import Stack
from indelible.writing.build_segment import build_segment
from integration.command_line import a_workspace, chain_events, run
from support.builders import a_queued_event
from support.tampering import with_a_byte_changed


def sequences(output: str) -> list[int]:
    return [int(line.split()[0]) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("lines", "shown"), [(0, []), (1, [7]), (4, [4, 5, 6, 7]), (99, [1, 2, 3, 4, 5, 6, 7])]
)
def test_the_newest_records_are_shown_in_order(stack: Stack, lines: int, shown: list[int]) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 2, 2)

    outcome = run("tail", workspace_id, "--lines", str(lines), "--no-follow")

    assert outcome.status == 0
    assert sequences(outcome.stdout) == shown


def test_a_record_is_shown_with_its_event_hash(stack: Stack) -> None:
    workspace_id = a_workspace()
    (segment,) = chain_events(stack, workspace_id, 3)

    lines = run("tail", workspace_id, "--no-follow").stdout.splitlines()
    objects = run("tail", workspace_id, "--no-follow", "--json").stdout.splitlines()

    for line, event_hash in zip(lines, event_hashes_of(segment), strict=True):
        assert line.endswith(event_hash.hex()[:16])
    assert [json.loads(each) for each in objects] == [
        {"event_hash": event_hash.hex(), "record": json.loads(record)}
        for event_hash, record in zip(event_hashes_of(segment), read_records(segment), strict=True)
    ]
    assert "user_2hG9kLm" in lines[0]
    assert "document.created" in lines[0]
    assert "doc_1" in lines[0]


def test_new_records_appear_once_each_until_the_command_is_interrupted(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = a_workspace()
    arriving = [2, 0, 3]

    def wait(_: float) -> None:
        if not arriving:
            raise KeyboardInterrupt
        if size := arriving.pop(0):
            chain_events(stack, workspace_id, size)

    monkeypatch.setattr(time, "sleep", wait)

    outcome = run("tail", workspace_id)

    assert outcome.status == 130
    assert sequences(outcome.stdout) == [1, 2, 3, 4, 5]


def test_an_event_cannot_control_the_terminal(stack: Stack) -> None:
    workspace_id = a_workspace()
    hostile = a_queued_event(action="\x1b]0;owned\x07[red]x", actor_id="a\nb")
    DynamoDBLedger(stack.table).append(build_segment(workspace_id, EMPTY, [hostile], os.urandom))

    outcome = run("tail", workspace_id, "--no-follow")

    assert len(outcome.stdout.splitlines()) == 1
    assert "\\x1b]0;owned\\x07[red]x" in outcome.stdout
    assert "\x1b" not in outcome.stdout


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "JSON"])
def test_no_character_of_an_event_reaches_the_terminal_that_is_not_printable(
    stack: Stack, options: list[str]
) -> None:
    """U+009B begins a command too, and U+202E turns the rest of a line around."""
    workspace_id = a_workspace()
    hostile = "\x1b[2J\x9b2J\u202e\u2066\r\b\u2028[/red]"
    event = a_queued_event(action=hostile, actor_id=hostile, resource_id=hostile)
    DynamoDBLedger(stack.table).append(build_segment(workspace_id, EMPTY, [event], os.urandom))

    outcome = run("tail", workspace_id, "--no-follow", *options)

    assert outcome.status == 0
    assert outcome.stdout.endswith("\n")
    assert outcome.stdout[:-1].isprintable()


def test_a_record_nested_too_deeply_gives_one_sentence(stack: Stack) -> None:
    workspace_id = a_workspace()
    [segment] = chain_events(stack, workspace_id, 1)
    deep = b'{"sequence":1,"created_at":"x","metadata":' + b"[" * 100_000
    item = item_of(replace(segment, records=zstd.compress(deep)))
    stack.table.client.put_item(TableName=stack.table.name, Item=item)
    for options in ([], ["--json"]):
        outcome = run("tail", workspace_id, "--no-follow", *options)
        assert (outcome.status, outcome.stdout) == (1, "")
        assert outcome.stderr.startswith("A record cannot be read")


def test_an_unknown_workspace_gives_one_sentence(stack: Stack) -> None:
    outcome = run("tail", "ws_none")

    assert outcome.status == 1
    assert len(outcome.stderr.splitlines()) == 1


def test_a_record_that_does_not_hash_is_shown_without_an_event_hash(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 2, 3, 1)
    ledger = DynamoDBLedger(stack.table)
    _, second, _ = ledger.ascending(workspace_id, 1)
    changed = with_a_byte_changed(second)
    stack.table.client.put_item(TableName=stack.table.name, Item=item_of(changed))

    lines = run("tail", workspace_id, "--no-follow").stdout.splitlines()
    objects = run("tail", workspace_id, "--no-follow", "--json").stdout.splitlines()

    assert [line.endswith("  damaged") for line in lines] == [False, False, *[True] * 3, False]
    assert [json.loads(each)["event_hash"] is None for each in objects] == [
        False, False, *[True] * 3, False
    ]  # fmt: skip
    assert json.loads(objects[3])["record"]["actor_id"] == "user_2hG9kLn"
