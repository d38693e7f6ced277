"""No event content and no key ever reaches a log or a metric."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.aws_faults import answering
from support.pipeline import SINGLE, Caller, Pipeline, client_for

SECRETS = [f"secret{n:02d}content" for n in range(30)]


def event_of_secrets() -> dict[str, Any]:
    """An event in which no value, and no name chosen by the client, may be logged."""
    s = iter(SECRETS)
    names = [
        "actor_id", "action", "actor_name", "actor_type", "action_category", "resource",
        "resource_id", "resource_name", "session_id", "tenant_id", "idempotency_key",
        "ip_address", "user_agent",
    ]  # fmt: skip
    return {
        **{name: next(s) for name in names},
        "metadata": {next(s): [next(s), {next(s): next(s)}]},
        "targets": [{"type": next(s), "id": next(s), "name": next(s), "metadata": {"a": next(s)}}],
    }


def assert_secret(caller: Caller, *outputs: str) -> None:
    everything = "".join(outputs)
    assert caller.key not in everything
    assert caller.key[20:] not in everything
    assert [each for each in SECRETS if each in everything] == []


def captured(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    out, err = capfd.readouterr()
    logged = [json.dumps(record.__dict__, default=str) for record in caplog.records]
    return [out, err, caplog.text, *logged]


def bodies() -> dict[str, str]:
    good = json.dumps(event_of_secrets())
    unknown = json.dumps({**event_of_secrets(), SECRETS[25]: SECRETS[26]})
    wrong = json.dumps({name: [SECRETS[27]] for name in event_of_secrets()})
    huge = json.dumps({**event_of_secrets(), "version": 10**30})
    return {
        "valid": good,
        "unknown field": unknown,
        "wrong types": wrong,
        "too large a number": huge,
        "cut off": good[:-1],
        "a stray secret": good + SECRETS[28],
        "a surrogate": good.replace(SECRETS[0], SECRETS[0] + "\\ud800"),
        "NaN": good.replace(f'"{SECRETS[3]}"', "NaN"),
        "just text": SECRETS[29],
        "a string": json.dumps(SECRETS[29]),
    }


@pytest.mark.parametrize("name", bodies())
def test_no_request_leaves_its_content_in_the_logs(
    pipeline: Pipeline,
    caller: Caller,
    name: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name_of_logger in ("indelible", "ingest", "writer"):
        caplog.set_level("DEBUG", logger=name_of_logger)
    body = bodies()[name]
    for path, sent in ((SINGLE, body), ("/v1/events/batch", f'{{"events":[{body}]}}')):
        pipeline.send(sent, caller=caller, path=path)
        pipeline.send(sent, caller=caller, path=path)
    pipeline.send(body, headers=[("Authorization", f"Bearer {caller.key}x")])
    if messages := pipeline.take_messages():
        pipeline.write(messages)
        pipeline.write([{**each, "body": each["body"][:-4]} for each in messages])
    output = captured(capfd, caplog)
    assert '"service":"ingest"' in output[0]
    assert_secret(caller, *output)


@pytest.mark.parametrize(
    "operation", ["GetItem", "BatchGetItem", "UpdateItem", "BatchExecuteStatement", "PutItem"]
)
def test_no_failure_leaves_content_in_the_logs(
    pipeline: Pipeline,
    caller: Caller,
    operation: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = json.dumps(event_of_secrets())
    of_ingest = client_for(pipeline.ingest, operation)
    for client in (of_ingest, pipeline.writer.writer.ledger._table.client):
        with answering(client, operation, *["InternalServerError"] * 50):
            pipeline.send(body, caller=caller, path=SINGLE)
            if messages := pipeline.take_messages():
                pipeline.write(messages, seconds=3.2)
    output = captured(capfd, caplog)
    assert '"service":"ingest"' in output[0]
    assert_secret(caller, *output)


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def test_the_correlation_id_travels_from_the_request_to_the_writers_log_line(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.post(caller, event_of_secrets(), path=SINGLE, request_id="request-4711")
    pipeline.drain()
    logged = [line for line in lines(capsys.readouterr().out) if "message" in line]
    [accepted] = [line for line in logged if line["message"] == "accepted"]
    [chained] = [line for line in logged if line["message"] == "chained"]
    assert accepted["correlation_id"] == chained["correlation_id"] == "request-4711"
    assert accepted["workspace_id"] == chained["workspace_id"] == caller.workspace_id
    assert (accepted["queued"], chained["events"]) == (1, 1)


def counted(capsys: pytest.CaptureFixture[str], metric: str) -> list[float]:
    """The sum of a metric per request since the last call."""
    logged = [line for line in lines(capsys.readouterr().out) if "_aws" in line]
    return [sum(line[metric]) for line in logged if metric in line]


def test_conflicts_are_counted_whether_the_request_is_refused_or_not(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"actor_id": "a", "action": "b", "idempotency_key": "k"}
    other = {**good, "action": "c"}
    pipeline.post_events(caller, good, other, other)
    assert counted(capsys, "IdempotencyConflicts") == [2]
    pipeline.post_events(caller, other)
    pipeline.post_events(caller, other, {})
    pipeline.post_events(caller, {})
    assert counted(capsys, "IdempotencyConflicts") == [1, 1, 0]


def test_invalid_events_are_counted_whether_the_request_is_refused_or_not(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline.post_events(caller, {}, {}).status == 422
    assert pipeline.post_events(caller, {"actor_id": "a", "action": "b"}, {}).status == 202
    assert counted(capsys, "EventsInvalid") == [2, 1]


def test_metrics_count_the_outcomes_of_events(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"actor_id": "a", "action": "b", "idempotency_key": "k"}
    pipeline.post_events(caller, good, good, {}, {"actor_id": "a", "action": "b"})
    pipeline.drain()
    metrics: dict[str, Any] = {}
    for line in lines(capsys.readouterr().out):
        if "_aws" in line:
            metrics |= {name: sum(v) for name, v in line.items() if isinstance(v, list)}
    assert (metrics["EventsQueued"], metrics["EventsDuplicate"]) == (2, 1)
    assert (metrics["EventsInvalid"], metrics["EventsFailed"]) == (1, 0)
    assert metrics["IdempotencyConflicts"] == 0
    assert metrics["EventsChained"] == 2
    assert "EventsRepeated" not in metrics
    assert 0 <= metrics["ChainLag"] < 60_000
