"""`indelible workspace` against a stack in moto."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from indelible.accounts.keys import KEY_PREFIX_LENGTH
from indelible.accounts.limits import Charge, Limits
from indelible.aws.api_keys import DynamoDBKeys
from indelible.aws.usage import DynamoDBUsage
from indelible.cli.stack import Stack
from integration.command_line import a_workspace, chain_events, run
from support.builders import KEY_PREFIX


def shown(workspace_id: str) -> dict[str, Any]:
    outcome = run("workspace", "show", workspace_id, "--json")
    assert outcome.status == 0, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def test_a_created_workspace_is_listed_with_its_full_id_and_shown(stack: Stack) -> None:
    first, second = a_workspace("Acme"), a_workspace("A name " + 13 * "much too long ")

    listed = run("workspace", "list").stdout
    assert first in listed
    assert second in listed
    assert 13 * "much too long " in listed
    assert [each["id"] for each in json.loads(run("workspace", "list", "--json").stdout)] == [
        first,
        second,
    ]
    assert shown(first)["name"] == "Acme"
    assert shown(first)["events_per_month"] == Limits().events_per_month
    assert shown(first)["head"] is None
    assert "no records yet" in run("workspace", "show", first).stdout


def test_a_workspace_has_the_requested_limits(stack: Stack) -> None:
    limits = ["--requests-per-minute", "60", "--events-per-month", "1000"]
    limits += ["--bytes-per-minute", "131072", "--repeats-per-minute", "5"]
    networks = ["--allow", "203.0.113.0/24", "--allow", "2001:db8::/32", "--allow", "192.0.2.7"]

    outcome = run("workspace", "create", "Acme", *limits, *networks, "--json")

    made = json.loads(outcome.stdout)
    assert (made["requests_per_minute"], made["events_per_month"]) == (60, 1000)
    assert (made["bytes_per_minute"], made["repeats_per_minute"]) == (131_072, 5)
    assert made["allowlist"] == ["203.0.113.0/24", "2001:db8::/32", "192.0.2.7/32"]
    assert shown(made["id"]).items() >= made.items()


def test_set_limits_changes_the_given_limits_of_the_workspace_and_its_keys(stack: Stack) -> None:
    workspace_id = a_workspace()
    secret = run("key", "create", workspace_id).stdout.strip()

    assert run("workspace", "set-limits", workspace_id, "--events-per-month", "7").status == 0
    assert run("workspace", "set-limits", workspace_id, "--allow", "192.0.2.0/24").status == 0

    assert shown(workspace_id)["events_per_month"] == 7
    assert shown(workspace_id)["requests_per_minute"] == Limits().requests_per_minute
    assert shown(workspace_id)["repeats_per_minute"] == Limits().repeats_per_minute
    assert shown(workspace_id)["allowlist"] == ["192.0.2.0/24"]
    key = DynamoDBKeys(stack.table).find(secret[:KEY_PREFIX_LENGTH])
    assert key is not None
    assert key.policy.limits == Limits(events_per_month=7)
    assert key.policy.allowlist == ("192.0.2.0/24",)

    assert run("workspace", "set-limits", workspace_id, "--allow-all").status == 0
    assert shown(workspace_id)["allowlist"] == []
    assert shown(workspace_id)["events_per_month"] == 7


def test_show_prints_usage_keys_and_head(stack: Stack) -> None:
    workspace_id = a_workspace()
    *_, last = chain_events(stack, workspace_id, 2, 3)
    now = time.time_ns() // 1_000
    DynamoDBUsage(stack.table).reserve(workspace_id, KEY_PREFIX, Charge(5), Limits(), now)
    run("key", "create", workspace_id)
    revoked = run("key", "create", workspace_id).stdout[:KEY_PREFIX_LENGTH]
    run("key", "revoke", revoked)

    facts = shown(workspace_id)

    assert facts["events_this_month"] == 5
    assert (facts["active_keys"], facts["revoked_keys"]) == (1, 1)
    assert facts["head"]["sequence"] == 5
    assert facts["head"]["event_hash"] == last.event_hash.hex()
    assert f"5:{last.event_hash.hex()}" in run("workspace", "show", workspace_id).stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--allow", "10.0.0.1/8"], "10.0.0.0/8"),
        (["--allow", "example.com"], "must be an IP address or a network"),
        (["--requests-per-minute", "0"], "must be a whole number from 1"),
        (["--requests-per-minute", "1000000"], "999,999"),
        (["--events-per-month", "-5"], "must be a whole number from 1"),
        (["--bytes-per-minute", "131071"], "from 131,072"),
        (["--repeats-per-minute", "0"], "must be a whole number from 1"),
        (["--events-per-month", "9" * 60], "must be a whole number from 1"),
        (["--events-per-month", "many"], "must be a whole number from 1"),
    ],
)
@pytest.mark.parametrize("command", [("create", "Acme"), ("set-limits", "ws_none")])
def test_an_invalid_limit_is_a_usage_error_that_says_why(
    stack: Stack, command: tuple[str, str], arguments: list[str], complaint: str
) -> None:
    outcome = run("workspace", *command, *arguments)

    assert outcome.status == 2
    assert complaint in outcome.stderr
    assert json.loads(run("workspace", "list", "--json").stdout) == []


@pytest.mark.parametrize("arguments", [[], ["--allow", "192.0.2.0/24", "--allow-all"]])
def test_set_limits_requires_a_change_and_no_contradiction(
    stack: Stack, arguments: list[str]
) -> None:
    assert run("workspace", "set-limits", a_workspace(), *arguments).status == 2


def test_a_workspace_without_a_name_is_refused(stack: Stack) -> None:
    assert run("workspace", "create", " ").status == 2


@pytest.mark.parametrize("command", [["show"], ["set-limits", "--allow-all"]])
def test_an_unknown_workspace_gives_one_sentence(stack: Stack, command: list[str]) -> None:
    outcome = run("workspace", command[0], "ws_none", *command[1:])

    assert outcome.status == 1
    assert outcome.stdout == ""
    assert outcome.stderr.splitlines() == [
        "There is no workspace ws_none; `indelible workspace list` shows them."
    ]


def test_a_name_cannot_control_the_terminal(stack: Stack) -> None:
    workspace_id = a_workspace("\x1b[2J[bold]Acme[/bold]\u202e")

    for outcome in (run("workspace", "list"), run("workspace", "show", workspace_id)):
        assert "\\x1b[2J[bold]Acme[/bold]\\u202e" in outcome.stdout
        assert "\x1b" not in outcome.stdout
