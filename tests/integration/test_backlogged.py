"""The writer has a workspace refused when it cannot chain in time; ingest then answers 429."""

from __future__ import annotations

from typing import Any

import pytest
from support.aws_faults import answering, counting
from support.builders import MINUTE, an_event
from support.pipeline import Caller, Pipeline, now


def a_minute_ago(message: dict[str, Any], minutes: float) -> dict[str, Any]:
    sent = str(now() // 1_000 - int(minutes * 60_000))
    return {**message, "attributes": {**message["attributes"], "SentTimestamp": sent}}


def test_a_workspace_whose_delivery_fails_is_refused_for_a_minute(
    pipeline: Pipeline, caller: Caller
) -> None:
    other = pipeline.new_caller()
    pipeline.post_events(other, an_event())
    ids = pipeline.post_events(caller, an_event()).ids
    messages = pipeline.take_messages()
    [mine] = [m for m in messages if m["attributes"]["MessageGroupId"] == caller.workspace_id]
    with answering(pipeline.writer.table.client, "PutItem", *["InternalServerError"] * 9):
        assert pipeline.write([mine], seconds=5.6) == [mine["messageId"]]
    refused = pipeline.post_events(caller, an_event())
    assert (refused.status, refused.json["error"]) == (429, "backlogged")
    assert refused.headers["retry-after"] == ["30"]
    assert pipeline.take_messages() == []
    assert pipeline.post_events(other, an_event()).status == 202
    assert pipeline.post_events(caller, an_event(), at=now() + MINUTE + 1_000_000).status == 202
    assert pipeline.write([mine]) == []
    assert ids[0] in pipeline.chained_ids(caller.workspace_id)


def test_a_workspace_whose_messages_wait_too_long_is_refused(
    pipeline: Pipeline, caller: Caller
) -> None:
    pipeline.post_events(caller, an_event())
    [message] = pipeline.take_messages()
    with counting(pipeline.writer.backlog._table.client) as calls:
        assert pipeline.write([a_minute_ago(message, 1.9)]) == []
    assert calls == []
    assert pipeline.post_events(caller, an_event()).status == 202
    [message] = pipeline.take_messages()
    assert pipeline.write([a_minute_ago(message, 2.1)]) == []
    assert pipeline.post_events(caller, an_event()).status == 429


@pytest.mark.parametrize("seconds", [3.0, 20.0])
def test_failing_to_refuse_a_workspace_fails_no_message(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str], seconds: float
) -> None:
    ids = pipeline.post_events(caller, an_event()).ids
    [message] = pipeline.take_messages()
    client = pipeline.writer.backlog._table.client
    with answering(client, "UpdateItem", "ThrottlingException") as to_come:
        assert pipeline.write([a_minute_ago(message, 3)], seconds=seconds) == []
    assert to_come == []
    assert "not refused" in capsys.readouterr().out
    assert pipeline.chained_ids(caller.workspace_id) == ids
    assert pipeline.post_events(caller, an_event()).status == 202
