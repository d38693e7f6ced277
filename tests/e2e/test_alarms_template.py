"""The promises of template.yaml about alarms and the dashboard; no stack is needed."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from e2e.template import of_type, properties
from indelible.ingest.receipt import Status
from support.handlers import ROOT

ALARMS = of_type("AWS::CloudWatch::Alarm")
NOTIFIED = {"Fn::If": ["NotifiesAlarms", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
RUNBOOK = "docs/operators.md"

Metric = tuple[str, str]
"""The service and the name of one of our metrics."""


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_notifies_the_topic_when_there_is_one(name: str) -> None:
    alarm = properties(name)
    assert alarm["AlarmActions"] == NOTIFIED
    assert alarm["OKActions"] == NOTIFIED
    assert alarm["TreatMissingData"] == "notBreaching"
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
    body: str = properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    return body


def test_the_dashboard_shows_every_alarm() -> None:
    alarms = json.loads(dashboard())["widgets"][0]["properties"]["alarms"]
    shown = {each.removeprefix("${").removesuffix(".Arn}") for each in alarms}
    assert shown == set(ALARMS)


def test_the_dashboard_shows_metrics_that_the_functions_emit() -> None:
    found = re.findall(r'"Indelible", "(\w+)", "service", "(\w+)"', dashboard())
    shown = {(service, name) for name, service in found}
    assert len(found) == dashboard().count('"Indelible"')
    assert shown
    assert shown <= emitted_metrics()


def test_alarms_watch_metrics_that_the_functions_emit() -> None:
    ours = [each for each in map(properties, ALARMS) if each["Namespace"] == "Indelible"]
    watched = {(each["Dimensions"][0]["Value"], each["MetricName"]) for each in ours}
    assert watched
    assert watched <= emitted_metrics()


def emitted_metrics() -> set[Metric]:
    """Every metric that a handler emits under a name written in its source."""
    return {
        (app.parent.name, name)
        for app in (ROOT / "functions").glob("*/app.py")
        for call in ast.walk(ast.parse(app.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "metrics.add_metric"
        for name in names_of(call.args[0])
    }


def names_of(argument: ast.expr) -> Iterator[str]:
    """The names that an argument of `add_metric` stands for.

    A variable stands for none, so no metric that gets its name from one can be shown or watched.
    """
    match argument:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr():
            assert ast.unparse(argument) == "f'Events{status.title()}'"
            for status in Status:
                yield f"Events{status.title()}"


def test_a_service_has_the_name_of_its_folder() -> None:
    """The dimension `service` of a metric is the value in the function's environment."""
    for name, function in of_type("AWS::Serverless::Function").items():
        settings: dict[str, Any] = function["Properties"]["Environment"]["Variables"]
        folder = name.removesuffix("Function").lower()
        assert settings["POWERTOOLS_SERVICE_NAME"] == folder
        assert function["Properties"]["CodeUri"] == f"functions/{folder}"
