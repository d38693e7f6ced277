"""The promises of template.yaml about checkpoints, read from the file; no stack is needed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from e2e.template import RESOURCES, TEMPLATE, properties
from indelible.proving.event_proof import READY_SECONDS
from support.gateway import routes_of

SCHEDULED = {
    "CheckpointFunction": ("rate(1 minute)", 120),
    "WatcherFunction": ("rate(5 minutes)", 300),
}
HOUR, DAY = 3600, 24 * 3600

CONDITIONS = {
    "CheckpointErrorsAlarm", "CheckpointFunction", "CheckpointLog", "CheckpointRole",
    "ContradictionsAlarm", "CoverageLagAlarm", "ExportCheckpointsPolicy", "GrowthQueue",
    "GrowthQueuePolicy", "HeldWorkspacesAlarm",
    "LockedBucket", "LockedBucketPolicy", "ProofsErrorsAlarm", "ProofsFailuresAlarm",
    "ProofsFunction", "ProofsLog", "ProofsRole", "ScheduleRole", "SigningKey", "SigningKeyAlias",
    "SigningPolicy", "StateBucket", "StateBucketPolicy", "WatcherFoundAlarm", "WatcherFunction",
    "WatcherLateAlarm", "WatcherLog", "WatcherRole",
}  # fmt: skip
"""Every resource that is there for checkpoints."""

OWN = {
    "LockedBucket": "HasLockedBucket",
    "LockedBucketPolicy": "HasLockedBucket",
    "SigningKey": "HasSigningKey",
    "SigningKeyAlias": "HasSigningKey",
}
"""Resources that are not there either when a parameter names another one."""


def condition(*names: str) -> dict[str, Any]:
    return {"Fn::And": [{"Condition": each} for each in names]}


def test_checkpoints_are_on_unless_a_parameter_switches_them_off() -> None:
    parameter = TEMPLATE["Parameters"]["Checkpoints"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("on", ["on", "off"])
    made = TEMPLATE["Conditions"]
    assert made["HasCheckpoints"] == {"Fn::Equals": [{"Ref": "Checkpoints"}, "on"]}
    assert made["HasLockedBucket"] == condition("HasCheckpoints", "UsesOwnLockedBucket")
    assert made["HasSigningKey"] == condition("HasCheckpoints", "UsesOwnSigningKey")


def test_switched_off_they_leave_no_resource_behind() -> None:
    conditions = {**dict.fromkeys(CONDITIONS, "HasCheckpoints"), **OWN}
    found = {
        name: each["Condition"]
        for name, each in RESOURCES.items()
        if each.get("Condition", "").startswith("Has")
    }
    assert found == conditions
    named = re.compile(
        "|".join(f'"{each}(?:[.][A-Za-z]+)?"|[$]{{{each}[.}}]' for each in CONDITIONS)
    )
    for name, each in {**RESOURCES, **TEMPLATE["Outputs"]}.items():
        text = json.dumps(without_choices(each))
        assert each.get("Condition", "").startswith("Has") or not named.search(text), name


def without_choices(value: Any) -> Any:
    """The value without what it has only where there are checkpoints."""
    match value:
        case {"Fn::If": ["HasCheckpoints", _, otherwise]}:
            return without_choices(otherwise)
        case dict():
            return {name: without_choices(each) for name, each in value.items()}
        case list():
            return [without_choices(each) for each in value]
    return value


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_run_that_was_missed_is_not_made_up_for(name: str) -> None:
    """Refused runs would otherwise wait for six hours, and all come at once."""
    rate, seconds = SCHEDULED[name]
    function = properties(name)
    once = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert function["EventInvokeConfig"] == once
    [event] = function["Events"].values()
    assert event["Type"] == "ScheduleV2"
    schedule = event["Properties"]
    assert schedule["ScheduleExpression"] == rate
    assert schedule["RetryPolicy"] == once
    assert schedule["RoleArn"] == {"Fn::GetAtt": "ScheduleRole.Arn"}
    assert schedule["OmitName"] is True, "two stacks of an account need two names"
    assert function["Timeout"] == seconds


def test_an_idle_run_costs_little() -> None:
    """It waits for AWS most of its time, so memory beyond that of all functions is paid in vain."""
    function = properties("CheckpointFunction")
    assert "MemorySize" not in function
    assert function["Tracing"] == properties("WatcherFunction")["Tracing"] == "PassThrough"


def test_a_note_waits_for_a_run_that_takes_all_its_time() -> None:
    queue = properties("GrowthQueue")
    assert queue["VisibilityTimeout"] == properties("CheckpointFunction")["Timeout"]
    assert HOUR < queue["MessageRetentionPeriod"] == 4 * DAY
    assert queue["SqsManagedSseEnabled"] is True
    assert "FifoQueue" not in queue


def test_the_indexer_knows_the_queue_of_notes_where_there_are_checkpoints() -> None:
    variables = properties("IndexerFunction")["Environment"]["Variables"]
    assert variables["GROWTH_QUEUE_URL"] == {
        "Fn::If": ["HasCheckpoints", {"Ref": "GrowthQueue"}, {"Ref": "AWS::NoValue"}]
    }


def test_the_log_has_the_name_of_the_api_unless_a_parameter_names_it() -> None:
    variables = properties("CheckpointFunction")["Environment"]["Variables"]
    assert variables["LOG_ORIGIN"] == {
        "Fn::If": [
            "HasLogOrigin",
            {"Ref": "LogOrigin"},
            {"Fn::Sub": "${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/log"},
        ]
    }


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("", True),
        ("audit.example.com/log", True),
        ("audit.example.com:8443/logs/2026", True),
        ("https://audit.example.com/log", False),
        ("audit example", False),
        ("audit.example.com/a+b", False),
        ("audit.example.com/log/", False),
    ],
)
def test_a_log_has_a_name_that_a_key_may_have(origin: str, allowed: bool) -> None:
    """A schema-less URL without spaces and plus signs (c2sp.org/tlog-checkpoint, signed-note)."""
    pattern = TEMPLATE["Parameters"]["LogOrigin"]["AllowedPattern"]
    assert bool(re.search(pattern, origin)) is allowed


def test_the_routes_of_checkpoints_are_those_of_the_function_for_proofs() -> None:
    assert sorted(routes_of("ProofsFunction")) == [
        ("ANY", "/v1/anchors"),
        ("ANY", "/v1/anchors/{anchor_id}"),
        ("ANY", "/v1/anchors/{anchor_id}/verify"),
        ("ANY", "/v1/checkpoint"),
        ("ANY", "/v1/checkpoint/consistency"),
        ("ANY", "/v1/events/{event_id}/proof"),
        ("ANY", "/v1/log-keys"),
        ("ANY", "/v1/public/anchors/lookup"),
        ("ANY", "/v1/public/anchors/{anchor_id}/verify"),
    ]


def test_coverage_that_falls_behind_or_stops_rings_within_minutes() -> None:
    alarm = properties("CoverageLagAlarm")
    assert (alarm["MetricName"], alarm["Threshold"]) == ("CoverageLag", READY_SECONDS)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 180
    assert alarm["TreatMissingData"] == "breaching"
