"""Every function answers every sample at first try, run without Docker as `make invoke` runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from e2e.client import chained
from indelible.aws.ledger import DynamoDBLedger

from tools.local.aws import root_session
from tools.local.invoke import invoke
from tools.local.role_functions import credentials_of
from tools.local.samples import fill
from tools.local.settings import ROOT
from tools.local.stack import Stack
from tools.local.waiting import wait_until

Workspaces = Callable[[], tuple[str, str]]

FUNCTIONS = (
    "checkpoint", "exporter", "exports", "indexer", "ingest", "proofs", "query", "viewer",
    "watcher", "writer",
)  # fmt: skip
ANSWERS: dict[str, tuple[str, Any]] = {
    "ingest-batch": ("202", {"events": 3}),
    "ingest-ndjson": ("202", {"events": 3}),
    "ingest-single": ("202", {"status": "queued"}),
    "query-list": ("200", {"data": 2}),
    "query-get": ("200", {"data": {"action": "comment.added", "actor": {"name": "James Rivera"}}}),
    "query-verify": ("200", {"data": {"valid": True, "events_checked": 3}}),
    "exports-create": ("202", {"data": {"status": "pending"}}),
    "exports-get": ("200", {"data": {"status": "pending", "format": "csv"}}),
    "proofs-checkpoint": ("409", {"error": "not_ready"}),
    "proofs-consistency": ("409", {"error": "not_ready"}),
    "viewer-page": ("200", "<!doctype html>"),
}
"""Status and parts of the body that the samples of requests get. A number is a list's length."""


@pytest.fixture
def own_stack(stack: Stack, new_workspace: Workspaces) -> Stack:
    """The local stack with a workspace and a key of the test's own."""
    workspace_id, api_key = new_workspace()
    return replace(stack, workspace_id=workspace_id, api_key=api_key)


def sample(name: str) -> str:
    return (ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")


def answer_to(stack: Stack, name: str) -> Any:
    """What the function of a sample returns. The sample's name begins with the function's.

    It is run again while other tests keep the stack too busy to answer it in time.
    """

    def in_time() -> tuple[Any] | None:
        answer = invoke(stack, name.partition("-")[0], fill(stack, sample(name)))
        assert not answer.failed, answer.value
        return None if is_late(answer.value) else (answer.value,)

    return wait_until("the stack has time for it", in_time)[0]


def is_late(answer: Any) -> bool:
    """Whether it is the contract's 503: the table has not answered the function in time."""
    return isinstance(answer, dict) and answer.get("statusCode") == httpx.codes.SERVICE_UNAVAILABLE


def deployed_answer(stack: Stack, function: str, event: object) -> Any:
    client = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    answer = client.invoke(FunctionName=stack.functions[function], Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def coverage_in(answer: Any) -> Any:
    data = json.loads(answer["body"])["data"]
    return data.get("coverage") if isinstance(data, dict) else None


def holds(body: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return all(holds(body[name], each) for name, each in expected.items())
    return len(body) == expected if isinstance(body, list) else bool(body == expected)


def test_every_function_has_a_sample_and_every_sample_is_tried() -> None:
    names = {each.stem for each in ROOT.glob("events/*.json")}
    deliveries = {
        "checkpoint-run", "exporter-step", "indexer-stream", "watcher-run", "writer-delivery",
    }  # fmt: skip
    assert {each.partition("-")[0] for each in names} == set(FUNCTIONS)
    assert {each.parent.name for each in ROOT.glob("functions/*/app.py")} == set(FUNCTIONS)
    assert names == set(ANSWERS) | deliveries


@pytest.mark.parametrize("name", ANSWERS)
def test_a_sample_request_is_answered_at_first_try(own_stack: Stack, name: str) -> None:
    if name.startswith("query"):
        answer_to(own_stack, "writer-delivery")
    status, expected = ANSWERS[name]
    answer = answer_to(own_stack, name)
    assert str(answer["statusCode"]) == status, answer
    body = answer["body"]
    shown = json.loads(body) if body.startswith("{") else body.partition("\n")[0]
    assert holds(shown, expected), answer


@pytest.mark.parametrize("name", ["query-list", "query-get", "query-verify"])
def test_a_function_answers_as_the_deployed_one_does(own_stack: Stack, name: str) -> None:
    answer_to(own_stack, "writer-delivery")

    def of_one_run() -> tuple[Any, Any] | None:
        """Both answers. A deployed process knows a newer run after a minute at the latest.

        It takes the time from the request, so each try needs a request of its own.
        """
        event = fill(own_stack, sample(name))
        ours = invoke(own_stack, "query", event).value
        deployed = deployed_answer(own_stack, "query", event)
        if is_late(ours) or is_late(deployed):
            return None
        return (ours, deployed) if coverage_in(ours) == coverage_in(deployed) else None

    ours, deployed = wait_until("both functions know the same run of the log", of_one_run)
    assert ours == deployed


def test_an_event_is_sent_for_the_sample_that_gets_one(own_stack: Stack) -> None:
    answer = answer_to(own_stack, "query-get")
    assert json.loads(answer["body"])["data"]["action"] == "comment.added"


def test_the_sample_delivery_is_chained_again_at_every_try(
    own_stack: Stack, ledger: DynamoDBLedger
) -> None:
    for tries in (1, 2):
        assert answer_to(own_stack, "writer-delivery") == {"batchItemFailures": []}
        actions = [each["action"] for each in chained(ledger, own_stack.workspace_id)]
        assert actions == ["document.created", "document.shared", "comment.added"] * tries
    assert json.loads(answer_to(own_stack, "ingest-batch")["body"])["events"][0]["id"]


def test_the_sample_step_writes_the_file_of_an_export(own_stack: Stack) -> None:
    answer_to(own_stack, "writer-delivery")
    step = fill(own_stack, sample("exporter-step"))
    export_id = json.loads(step["Records"][0]["body"])["export_id"]
    answer = invoke(own_stack, "exporter", step)
    assert (answer.failed, answer.value) == (False, {"batchItemFailures": []})
    get = sample("exports-get").replace("019ab2f4-5c1e-7d3a-9d41-5f0c8e6a2b17", export_id)
    shown = invoke(own_stack, "exports", fill(own_stack, get)).value
    assert isinstance(shown, dict)
    export = json.loads(shown["body"])["data"]
    assert (export["status"], export["total_rows"]) == ("completed", 3)


def test_the_sample_of_the_stream_is_read(own_stack: Stack) -> None:
    answer_to(own_stack, "writer-delivery")
    assert answer_to(own_stack, "indexer-stream") is None


@pytest.mark.parametrize("name", ["checkpoint-run", "watcher-run"])
def test_a_scheduled_function_runs_without_being_scheduled(own_stack: Stack, name: str) -> None:
    assert answer_to(own_stack, name) is None


def test_a_function_has_the_rights_of_its_role(own_stack: Stack) -> None:
    for function, role in own_stack.roles.items():
        session = credentials_of(own_stack, function)
        sts = boto3.client(
            "sts",
            endpoint_url=own_stack.endpoint_url,
            region_name=own_stack.region,
            aws_access_key_id=session["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=session["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=session["AWS_SESSION_TOKEN"],
        )
        assert role.rpartition("/")[2] in sts.get_caller_identity()["Arn"]


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.local.invoke", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_answer_goes_to_standard_output_and_the_log_to_standard_error(stack: Stack) -> None:
    ended = run_tool("query", "events/query-verify.json")
    assert (ended.returncode, json.loads(ended.stdout)["statusCode"]) == (0, 200), ended.stderr
    assert "REPORT RequestId" in ended.stderr
    assert stack.api_key not in ended.stdout + ended.stderr


def test_a_function_that_fails_ends_with_status_1(tmp_path: Path, stack: Stack) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"Records": [{"body": "{}"}]}')
    ended = run_tool("exporter", str(event))
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["errorType"] == "Unreadable"
    assert ended.stderr.endswith("The function exporter failed.\n")


@pytest.mark.parametrize(
    ("function", "event", "sentence"),
    [
        (
            "writers",
            "events/writer-delivery.json",
            "the functions are checkpoint, exporter, exports",
        ),
        ("", "", "The functions are checkpoint, exporter, exports"),
        ("writer", "events/none.json", "EVENT events/none.json cannot be read"),
        ("writer", "README.md", "EVENT README.md is not JSON"),
        ("writer", "", "The samples of writer are events/writer-delivery.json"),
    ],
)
def test_a_wrong_name_ends_with_a_sentence(function: str, event: str, sentence: str) -> None:
    ended = run_tool(function, event)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
