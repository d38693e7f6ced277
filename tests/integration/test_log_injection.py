"""Whatever a request or a message contains, each line of a log is one JSON object of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.export_pipeline import ExportPipeline
from support.builders import an_event
from support.gateway import Headers
from support.pipeline import BATCH, SINGLE, Caller, Pipeline

FORGED = '{"level":"ERROR","message":"forged","service":"writer"}'
TEXTS = {
    "a line of its own": f"x\n{FORGED}\n",
    "a carriage return": f"x\r{FORGED}\r",
    "a line separator": f"x\u2028{FORGED}\u2028",
    "an end of the text before": f'x"}}\n{FORGED}\n{{"a":"',
    "a terminal's commands": "x\x1b[2J\x1b]0;forged\x07\x9b1A",
    "formats": "%s%n%(message)s {0.__class__} ${jndi:ldap://forged}",
    "a surrogate": "x\ud800forged",
}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Every printed line, for readers of every kind of line separator."""
    printed = capsys.readouterr().out
    assert not {"\r", "\x1b", "\x07", "\x9b", "\u2028"} & set(printed)
    found = [json.loads(line) for line in printed.splitlines()]
    assert all(isinstance(each, dict) for each in found)
    assert all(each.get("message") != "forged" for each in found)
    assert len(found) > 0
    return found


def hostile_headers(text: str) -> Headers:
    names = ["User-Agent", "X-Forwarded-For", "X-Amzn-Trace-Id", "Origin", "X-Request-Id", text]
    return [(name, text) for name in names]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_request_adds_no_line_to_the_log_of_ingest(
    pipeline: Pipeline, caller: Caller, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = hostile_headers(text)
    event = an_event(action=text, metadata={text: text}, idempotency_key=text)
    good = an_event(action="x", metadata={text.replace("\ud800", ""): 1})
    for sent in (event, good, {**event, text: 1}, text):
        pipeline.send(json.dumps(sent), caller=caller, path=SINGLE, headers=headers)
    pipeline.send(text, caller=caller, path=BATCH)
    pipeline.send("{}", headers=[("Authorization", f"Bearer {text}")])
    pipeline.send("{}", caller=caller, path=f"/v1/{text}")
    pipeline.send("{}", caller=caller, method=text)
    pipeline.drain()
    assert all("forged" not in json.dumps(each) for each in lines(capsys) if "path" not in each)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_request_adds_no_line_to_the_log_of_query(
    pipeline: Pipeline, caller: Caller, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("actor_id", "search", "from", "cursor", "limit", text):
        pipeline.get(caller, "/v1/events", **{name: text})
    for path in (f"/v1/events/{text}", "/v1/verify", f"/v1/{text}"):
        pipeline.get(caller, path, cursor=text)
    lines(capsys)


def test_no_name_or_value_chosen_by_a_client_is_in_a_log(
    pipeline: Pipeline,
    export_pipeline: ExportPipeline,
    caller: Caller,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A response may repeat the text to the client that sent it."""
    message = pipeline.get(caller, "/v1/events", secret="x").json["message"]
    assert "secret" in message
    for parameters in ({"actor_id": "secret" * 500}, {"limit": "secret"}, {"from": "secret"}):
        pipeline.get(caller, "/v1/events", **parameters)
    pipeline.get(caller, "/v1/verify", secret="x")
    pipeline.get(caller, "/v1/events/x", secret="x")
    exporting = export_pipeline.new_caller()
    for body in ({"secret": 1}, {"filters": {"secret": "x"}}, {"filters": {"secret": 1}}):
        assert "secret" in export_pipeline.post(exporting, body).json["message"]
    assert all("secret" not in json.dumps(each) for each in lines(capsys))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_request_adds_no_line_to_the_log_of_exports(
    export_pipeline: ExportPipeline, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = export_pipeline.new_caller(events=1)
    for body in ({"format": text}, {"filters": {"actor_id": text}}, {text: text}, text):
        export_pipeline.post(caller, body)
    export_pipeline.get(caller, text)
    lines(capsys)


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "a surrogate"])
def test_a_message_adds_no_line_to_the_log_of_the_writer(
    pipeline: Pipeline, caller: Caller, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An attacker who can send to the queue controls the body, the group and the attributes.

    SQS carries no surrogates:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    text = TEXTS[name]
    pipeline.post_events(caller, an_event())
    [message] = pipeline.take_messages()
    for changed in ({"body": text}, {"messageId": text}):
        pipeline.write([{**message, **changed}])
    attributes = {**message["attributes"], "MessageGroupId": text}
    pipeline.write([{**message, "attributes": attributes, "messageAttributes": {text: text}}])
    lines(capsys)
