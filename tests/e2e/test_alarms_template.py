"""The promises of template.yaml about alarms and the dashboard; no stack is needed."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.template import RESOURCES, of_type, properties, with_checkpoints
from indelible.ingest.receipt import Status
from support.handlers import ROOT
from support.template import read_template

ALARMS = of_type("AWS::CloudWatch::Alarm")
NOTIFIED = {"Fn::If": ["NotifiesAlarms", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
RUNBOOK = "docs/operators.md"

OURS = {"Fn::Sub": "Indelible/${AWS::StackName}"}
"""The namespace of our metrics; each stack has one of its own."""

Metric = tuple[str, str]
"""The service and the name of one of our metrics."""

RING_IN_SILENCE = {"CoverageLagAlarm", "WatcherLateAlarm"}
"""Whoever stops the functions behind these must not stop their alarms too."""


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_notifies_the_topic_when_there_is_one(name: str) -> None:
    alarm = properties(name)
    assert alarm["AlarmActions"] == NOTIFIED
    assert alarm["OKActions"] == NOTIFIED
    assert alarm["TreatMissingData"] == ("breaching" if name in RING_IN_SILENCE else "notBreaching")
    assert alarm["ComparisonOperator"].startswith("GreaterThan")


def test_no_two_alarms_watch_the_same() -> None:
    """Two alarms would if one was copied from the other and not changed."""
    watched = [
        json.dumps([alarm[each] for each in ("Namespace", "MetricName", "Dimensions")])
        for alarm in map(properties, ALARMS)
    ]
    assert len(set(watched)) == len(ALARMS)


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_has_a_line_in_the_runbook(name: str) -> None:
    assert properties(name)["AlarmDescription"].endswith(f" See {RUNBOOK}.")
    assert name in runbook_lines()


def test_the_runbook_has_no_line_for_an_absent_alarm() -> None:
    assert sorted(runbook_lines()) == sorted(ALARMS)


def runbook_lines() -> list[str]:
    """The alarms for which docs/operators.md has a list item: "- `A`, `B`: what it means …"."""
    text = (ROOT / RUNBOOK).read_text()
    items = re.findall(r"^- (`\w+Alarm`(?:, `\w+Alarm`)*): \S", text, re.MULTILINE)
    return [name for names in items for name in re.findall(r"\w+", names)]


def dashboard() -> str:
    """The body of the dashboard with checkpoints on, before CloudFormation fills in names."""
    body: str
    body, values = properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    for name, value in values.items():
        if text := with_checkpoints(value).get("Fn::Sub"):
            body = body.replace(f"${{{name}}}", text)
    return body


def test_the_dashboard_names_nothing_of_checkpoints_where_there_are_none() -> None:
    body, values = properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    for name in ("AlarmsOfCheckpoints", "WidgetsOfCheckpoints"):
        condition, _, otherwise = values[name]["Fn::If"]
        assert (condition, otherwise) == ("HasCheckpoints", "")
        body = body.replace(f"${{{name}}}", "")
    alarms = json.loads(body)["widgets"][0]["properties"]["alarms"]
    named = {each.removeprefix("${").removesuffix(".Arn}") for each in alarms}
    assert named == {each for each in ALARMS if "Condition" not in RESOURCES[each]}


def test_the_dashboard_shows_every_alarm() -> None:
    alarms = json.loads(dashboard())["widgets"][0]["properties"]["alarms"]
    shown = {each.removeprefix("${").removesuffix(".Arn}") for each in alarms}
    assert shown == set(ALARMS)


def test_the_dashboard_shows_metrics_that_the_functions_emit() -> None:
    found = re.findall(
        r'"Indelible/\$\{AWS::StackName\}", "(\w+)", "service", "(\w+)"', dashboard()
    )
    shown = {(service, name) for name, service in found}
    assert len(found) == dashboard().count('"Indelible')
    assert shown
    assert shown <= emitted_metrics()


def test_alarms_watch_metrics_that_the_functions_emit() -> None:
    ours = [each for each in map(properties, ALARMS) if each["Namespace"] == OURS]
    watched = {(each["Dimensions"][0]["Value"], each["MetricName"]) for each in ours}
    assert watched
    assert watched <= emitted_metrics()


def emitted_metrics() -> set[Metric]:
    """Every metric that a function emits: its own, and those of the API that it serves."""
    apps = {app.parent.name: app for app in (ROOT / "functions").glob("*/app.py")}
    own = {(service, name) for service, app in apps.items() for name in metrics_in(app)}
    of_the_api = metrics_in(ROOT / "layers/common/indelible/web/api.py")
    assert of_the_api
    return own | {(s, name) for s in apps if is_behind_the_api(s) for name in of_the_api}


def metrics_in(source: Path) -> set[str]:
    """The metrics that a file emits under names written in it."""
    return {
        name
        for call in ast.walk(ast.parse(source.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "metrics.add_metric"
        for name in names_of(call.args[0])
    }


def is_behind_the_api(service: str) -> bool:
    events = properties(f"{service.title()}Function")["Events"].values()
    return any(each["Type"] == "Api" for each in events)


@pytest.mark.parametrize("service", ["ingest", "query", "exports", "proofs"])
@pytest.mark.parametrize("metric", [(OURS, "RequestsFailed"), ("AWS/Lambda", "Errors")])
def test_a_function_behind_the_api_has_an_alarm_for_bugs_and_for_crashes(
    service: str, metric: tuple[object, str]
) -> None:
    assert is_behind_the_api(service)
    dimension = (
        {"Name": "service", "Value": service}
        if metric[0] == OURS
        else {"Name": "FunctionName", "Value": {"Ref": f"{service.title()}Function"}}
    )
    watched = [
        (each["Namespace"], each["MetricName"], each["Dimensions"])
        for each in map(properties, ALARMS)
    ]
    assert (*metric, [dimension]) in watched


def test_a_message_that_the_writer_sets_aside_rings_an_alarm() -> None:
    alarm = properties("MessagesSetAsideAlarm")
    assert (alarm["MetricName"], alarm["Threshold"]) == ("MessagesQuarantined", 0)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "writer"}]


def names_of(argument: ast.expr) -> Iterator[str]:
    """The names that an argument of `add_metric` stands for; none for an unknown variable."""
    match argument:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr():
            assert ast.unparse(argument) == "f'Events{status.title()}'"
            for status in Status:
                yield f"Events{status.title()}"


def test_two_stacks_of_an_account_do_not_share_metrics() -> None:
    of_all = read_template()["Globals"]["Function"]["Environment"]["Variables"]
    assert of_all["POWERTOOLS_METRICS_NAMESPACE"] == OURS


def test_a_service_has_the_name_of_its_folder() -> None:
    """The dimension `service` of a metric is the value in the function's environment."""
    for name, function in of_type("AWS::Serverless::Function").items():
        settings: dict[str, Any] = function["Properties"]["Environment"]["Variables"]
        folder = name.removesuffix("Function").lower()
        assert settings["POWERTOOLS_SERVICE_NAME"] == folder
        assert function["Properties"]["CodeUri"] == f"functions/{folder}"
